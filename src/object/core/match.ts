// Finds in a candidate type what an access names in the object's own type. libbpf 1.x bpf_core_spec_match, bpf_core_match_member.
import { type Btf, essentialName } from '../../btf/btf.js';
import { asComposite, skipModifiers } from '../../btf/resolve.js';
import { InputError } from '../../support/errors.js';
import { type Access, type AccessStep, bytesOf, emptyAccess, isFlexibleArray, MAX_PATH_LENGTH } from './access.js';
import { type CoreBudget, fieldsCompatible, step, typesCompatible, typesMatch } from './compatible.js';

/**
 * The same access in type `targetId` of `target`, undefined where that type has no such thing.
 * @throws InputError `core-access`, `core-depth` (an errno as message), `core-budget`
 */
export function matchAccess(local: Access, target: Btf, targetId: number, budget: CoreBudget): Access | undefined {
  const access = emptyAccess(target, local.kind, targetId);
  switch (local.kind.group) {
    case 'type': {
      const compare = local.kind.title === 'type_matches' ? typesMatch : typesCompatible;
      const isSame = compare({ btf: local.btf, id: local.rootTypeId }, { btf: target, id: targetId }, budget);
      return isSame ? access : undefined;
    }
    case 'enumerator':
      return matchEnumerator(local, access, budget);
    case 'field':
      return matchField(local, access, budget);
  }
}

function matchEnumerator(local: Access, access: Access, budget: CoreBudget): Access | undefined {
  const type = skipModifiers(access.btf, access.rootTypeId);
  if (type.kind !== 'enum' && type.kind !== 'enum64') return undefined;
  budget.steps -= type.values.length;
  step(budget);
  const wanted = essentialName(local.steps[0]?.name ?? '');
  const index = type.values.findIndex(value => essentialName(value.name) === wanted);
  if (index < 0) return undefined;
  access.steps.push({ typeId: type.id, index, name: type.values[index]!.name });
  access.indices.push(index);
  return access;
}

function matchField(local: Access, access: Access, budget: CoreBudget): Access | undefined {
  let typeId = access.rootTypeId;
  for (const [at, wanted] of local.steps.entries()) {
    const next =
      wanted.name === undefined
        ? matchIndex(access, typeId, wanted, at)
        : matchMember(local, access, typeId, wanted, budget);
    if (next === undefined) return undefined;
    typeId = next;
  }
  return access;
}

/** An array element; the first index counts whole objects of the root type. Gives the element's type. */
function matchIndex(access: Access, typeId: number, { index }: AccessStep, at: number): number | undefined {
  let element = skipModifiers(access.btf, typeId);
  if (at > 0) {
    if (element.kind !== 'array') return undefined;
    if (index >= element.elementCount && !isFlexibleArray(access.btf, access.steps.at(-1), element)) return undefined;
    element = skipModifiers(access.btf, element.elementTypeId);
  }
  requireRoom(access);
  access.steps.push({ typeId: element.id, index, name: undefined });
  access.indices.push(index);
  access.bitOffset += index * bytesOf(access.btf, element.id) * 8;
  return element.id;
}

function requireRoom(access: Access): void {
  if (access.indices.length >= MAX_PATH_LENGTH) throw new InputError('core-depth', '-7');
}

/** Going into an anonymous struct costs as much as comparing so many members. */
const DESCENT_STEPS = 8;

/** A member by name, also inside anonymous structs and unions. Gives its type. */
function matchMember(
  local: Access,
  access: Access,
  typeId: number,
  wanted: AccessStep,
  budget: CoreBudget,
): number | undefined {
  const composite = asComposite(access.btf, typeId);
  const own = asComposite(local.btf, wanted.typeId)?.members[wanted.index];
  if (composite === undefined || own === undefined) return undefined;
  for (let index = 0; index < composite.members.length; index++) {
    const member = composite.members[index]!;
    step(budget);
    requireRoom(access);
    if (member.name !== '' && member.name !== wanted.name) continue;
    access.bitOffset += member.bitOffset;
    access.indices.push(index);
    if (member.name !== '') {
      access.steps.push({ typeId: composite.id, index, name: member.name });
      const isSame = fieldsCompatible(
        { btf: local.btf, id: own.typeId },
        { btf: access.btf, id: member.typeId },
        budget,
      );
      return isSame ? member.typeId : undefined;
    }
    budget.steps -= DESCENT_STEPS;
    const found = matchMember(local, access, member.typeId, wanted, budget);
    if (found !== undefined || access.steps.at(-1)?.name === wanted.name) return found;
    access.bitOffset -= member.bitOffset;
    access.indices.pop();
  }
  return undefined;
}
