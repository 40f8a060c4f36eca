// When two types count as the same for CO-RE. libbpf 1.x bpf_core_fields_are_compat, bpf_core_types_are_compat, bpf_core_types_match.
import { type Btf, essentialName } from '../../btf/btf.js';
import { skipModifiers } from '../../btf/resolve.js';
import type { BtfComposite, BtfEnum, BtfForward, BtfFunctionPrototype, BtfType } from '../../btf/types.js';
import { InputError } from '../../support/errors.js';

/** A type in its BTF. */
export interface TypeRef {
  readonly btf: Btf;
  readonly id: number;
}

/** Work that comparing may still do: types of a hostile file can be compared without end. */
export interface CoreBudget {
  steps: number;
}

/** 5 million comparisons, half a second; an object needs some hundreds per relocation against a kernel's types. */
export function newCoreBudget(): CoreBudget {
  return { steps: 5_000_000 };
}

/** Takes one step. Throws InputError `core-budget` when there are none left. */
export function step(budget: CoreBudget): void {
  budget.steps--;
  if (budget.steps < 0) throw new InputError('core-budget', 'the types are too entangled to be compared');
}

/** libbpf's limit on chains of pointers and arrays, and on function prototypes inside each other. */
const MAX_DEPTH = 32;

function tooDeep(): InputError {
  return new InputError('core-depth', '-22');
}

function resolve({ btf, id }: TypeRef): BtfType {
  return skipModifiers(btf, id);
}

/** Equal kinds, where the two widths of enums count as one. */
export function kindsCompatible(a: BtfType, b: BtfType): boolean {
  return a.kind === b.kind || (isEnum(a) && isEnum(b));
}

function isEnum(type: BtfType): type is BtfEnum {
  return type.kind === 'enum' || type.kind === 'enum64';
}

function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union';
}

/** True where a field of type `target` can stand in for one of type `local`: size and sign of integers may differ. */
export function fieldsCompatible(local: TypeRef, target: TypeRef, budget: CoreBudget): boolean {
  let a = resolve(local);
  let b = resolve(target);
  for (;;) {
    step(budget);
    if (isComposite(a) && isComposite(b)) return true;
    if (!kindsCompatible(a, b)) return false;
    if (a.kind !== 'array' || b.kind !== 'array') return scalarsCompatible(a, b);
    a = resolve({ btf: local.btf, id: a.elementTypeId });
    b = resolve({ btf: target.btf, id: b.elementTypeId });
  }
}

function scalarsCompatible(a: BtfType, b: BtfType): boolean {
  switch (a.kind) {
    case 'ptr':
    case 'float':
      return true;
    case 'fwd':
    case 'enum':
    case 'enum64':
      return a.name === '' || b.name === '' || essentialName(a.name) === essentialName(b.name);
    case 'int':
      return a.bitOffset === 0 && b.kind === 'int' && b.bitOffset === 0;
    default:
      return false;
  }
}

/** True where the types have the same shape, names and sizes apart: for type_exists, type_size and type_id_target. */
export function typesCompatible(local: TypeRef, target: TypeRef, budget: CoreBudget): boolean {
  // The kinds before typedefs are skipped must agree as well.
  if (!kindsCompatible(local.btf.typeById(local.id), target.btf.typeById(target.id))) return false;
  return shapesCompatible(local, target, MAX_DEPTH, budget);
}

function shapesCompatible(local: TypeRef, target: TypeRef, level: number, budget: CoreBudget): boolean {
  let a = resolve(local);
  let b = resolve(target);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    step(budget);
    if (!kindsCompatible(a, b)) return false;
    if (a.kind === 'int') return a.bitOffset === 0 && b.kind === 'int' && b.bitOffset === 0;
    if (a.kind === 'func_proto' && b.kind === 'func_proto') {
      if (!parametersCompatible(a, b, local.btf, target.btf, level, budget)) return false;
      a = resolve({ btf: local.btf, id: a.returnTypeId });
      b = resolve({ btf: target.btf, id: b.returnTypeId });
      continue;
    }
    const next = pointees(a, b);
    if (next === undefined) return isPlain(a);
    a = resolve({ btf: local.btf, id: next[0] });
    b = resolve({ btf: target.btf, id: next[1] });
  }
  throw tooDeep();
}

/** What pointers point to and arrays hold. */
function pointees(a: BtfType, b: BtfType): readonly [number, number] | undefined {
  if (a.kind === 'ptr' && b.kind === 'ptr') return [a.typeId, b.typeId];
  if (a.kind === 'array' && b.kind === 'array') return [a.elementTypeId, b.elementTypeId];
  return undefined;
}

function isPlain(type: BtfType): boolean {
  return type.kind === 'void' || isComposite(type) || isEnum(type) || type.kind === 'fwd';
}

function parametersCompatible(
  a: BtfFunctionPrototype,
  b: BtfFunctionPrototype,
  local: Btf,
  target: Btf,
  level: number,
  budget: CoreBudget,
): boolean {
  if (a.parameters.length !== b.parameters.length) return false;
  if (a.parameters.length > 0 && level <= 0) throw tooDeep();
  return a.parameters.every((parameter, at) => {
    const from = { btf: local, id: parameter.typeId };
    return shapesCompatible(from, { btf: target, id: b.parameters[at]!.typeId }, level - 1, budget);
  });
}

/** True where the types agree member by member, by name and type: for type_matches. */
export function typesMatch(local: TypeRef, target: TypeRef, budget: CoreBudget): boolean {
  return match(local, target, false, MAX_DEPTH, budget);
}

function match(local: TypeRef, target: TypeRef, isBehindPointer: boolean, level: number, budget: CoreBudget): boolean {
  if (level <= 0) throw tooDeep();
  let behind = isBehindPointer;
  let a = resolve(local);
  let b = resolve(target);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    step(budget);
    if (!namesMatch(a.name, b.name)) return false;
    if (a.kind === 'func_proto') {
      if (b.kind !== 'func_proto' || !parametersMatch(a, b, local.btf, target.btf, behind, level, budget)) return false;
      a = resolve({ btf: local.btf, id: a.returnTypeId });
      b = resolve({ btf: target.btf, id: b.returnTypeId });
      continue;
    }
    const next = pointees(a, b);
    if (next === undefined) return matchPlain(a, b, local.btf, target.btf, behind, level, budget);
    if (a.kind === 'array' && b.kind === 'array' && a.elementCount !== b.elementCount) return false;
    if (a.kind === 'ptr') behind = true;
    a = resolve({ btf: local.btf, id: next[0] });
    b = resolve({ btf: target.btf, id: next[1] });
  }
  throw tooDeep();
}

/** Anonymous only with anonymous; flavours do not count. */
function namesMatch(local: string, target: string): boolean {
  return target === '' ? local === '' : essentialName(local) === essentialName(target);
}

function matchPlain(
  a: BtfType,
  b: BtfType,
  local: Btf,
  target: Btf,
  behind: boolean,
  level: number,
  budget: CoreBudget,
): boolean {
  switch (a.kind) {
    case 'void':
      return b.kind === 'void';
    case 'fwd':
      return forwardMatches(a, b, behind);
    case 'enum':
    case 'enum64':
      return isEnum(b) && enumsMatch(a, b, budget);
    case 'int':
      return b.kind === 'int' && a.sizeBytes === b.sizeBytes && a.isSigned === b.isSigned;
    case 'struct':
    case 'union':
      if (behind) return a.kind === b.kind || (b.kind === 'fwd' && b.isUnion === (a.kind === 'union'));
      return isComposite(b) && a.kind === b.kind && membersMatch(a, b, local, target, level, budget);
    default:
      return false;
  }
}

function forwardMatches(a: BtfForward, b: BtfType, behind: boolean): boolean {
  if (b.kind === 'fwd') return a.isUnion === b.isUnion;
  return behind && b.kind === (a.isUnion ? 'union' : 'struct');
}

function enumsMatch(a: BtfEnum, b: BtfEnum, budget: CoreBudget): boolean {
  if (a.sizeBytes !== b.sizeBytes || a.values.length > b.values.length) return false;
  budget.steps -= b.values.length;
  const names = new Set(b.values.map(value => essentialName(value.name)));
  return a.values.every(value => {
    step(budget);
    return names.has(essentialName(value.name));
  });
}

function membersMatch(
  a: BtfComposite,
  b: BtfComposite,
  local: Btf,
  target: Btf,
  level: number,
  budget: CoreBudget,
): boolean {
  if (a.members.length > b.members.length) return false;
  return a.members.every(member =>
    b.members.some(candidate => {
      step(budget);
      if (!namesMatch(member.name, candidate.name)) return false;
      return match({ btf: local, id: member.typeId }, { btf: target, id: candidate.typeId }, false, level - 1, budget);
    }),
  );
}

function parametersMatch(
  a: BtfFunctionPrototype,
  b: BtfFunctionPrototype,
  local: Btf,
  target: Btf,
  behind: boolean,
  level: number,
  budget: CoreBudget,
): boolean {
  if (a.parameters.length !== b.parameters.length) return false;
  return a.parameters.every((parameter, at) =>
    match(
      { btf: local, id: parameter.typeId },
      { btf: target, id: b.parameters[at]!.typeId },
      behind,
      level - 1,
      budget,
    ),
  );
}
