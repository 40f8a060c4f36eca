// Applies the CO-RE relocations of an object: adapts offsets, sizes, type ids and enumerators to the types of a target. libbpf 1.x
// bpf_object__relocate_core.
import type { Btf } from '../../btf/btf.js';
import type { BtfExt, CoreRelocation } from '../../btf/ext.js';
import type { ElfSection } from '../../elf/elf.js';
import { InputError } from '../../support/errors.js';
import { blame, type FunctionIndex } from '../functions.js';
import { type PlacedRecord, placed } from '../source-info.js';
import type { RelocationSpec } from '../spec.js';
import { type Access, describeAccess, describePath, parseAccess } from './access.js';
import { type Candidates, findCandidates } from './candidates.js';
import { type CoreBudget, newCoreBudget } from './compatible.js';
import { CORE_KINDS, type KnownCoreKind } from './kinds.js';
import { matchAccess } from './match.js';
import { patchInstruction } from './patch.js';
import { type CoreResult, resultOf } from './values.js';

/** What relocating draws on. */
export interface CoreInput {
  readonly functions: FunctionIndex;
  readonly code: readonly ElfSection[];
  readonly btf: Btf | undefined;
  readonly ext: BtfExt | undefined;
  /** The object's own types where not given. */
  readonly target: Btf | undefined;
}

/**
 * Patches the functions' code in place. What cannot be relocated becomes the `problem` of its function; what has no target becomes poison.
 * Gives a row per relocation.
 */
export function applyCoreRelocations(input: CoreInput): readonly RelocationSpec[] {
  const { btf, ext, functions, code } = input;
  if (btf === undefined || ext === undefined) return [];
  const work: CoreWork = {
    local: btf,
    target: input.target ?? btf,
    candidates: new Map(),
    budget: newCoreBudget(),
  };
  const rows: RelocationSpec[] = [];
  for (const item of placed(ext.relocations, functions, code)) rows.push(relocate(work, item));
  return rows;
}

interface CoreWork {
  readonly local: Btf;
  readonly target: Btf;
  /** By local type. Candidates that did not match an access are dropped, as in libbpf. */
  readonly candidates: Map<number, Candidates>;
  readonly budget: CoreBudget;
}

function relocate(work: CoreWork, item: PlacedRecord<CoreRelocation>): RelocationSpec {
  const { fn, record } = item;
  const kind = CORE_KINDS[record.kind];
  const row = (symbol: string, result: string): RelocationSpec => ({
    section: fn.section.name,
    offsetBytes: record.offsetBytes,
    type: kind?.title ?? `core_relo_${record.kind}`,
    symbol,
    result,
  });
  let symbol = `type [${record.typeId}] ${record.access}`;
  try {
    if (kind === undefined) throw failed(item, `unrecognized CO-RE relocation unknown (${record.kind})`);
    const local = parse(work, item, kind);
    symbol = nameAccess(local);
    return row(symbol, patch(work, item, local));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    blame(fn, 'apply CO-RE', error);
    return row(symbol, `unusable: ${error.message}`);
  }
}

function failed({ fn, number }: PlacedRecord<CoreRelocation>, what: string): InputError {
  return new InputError('core', `prog '${fn.name}': relo #${number}: ${what}`);
}

function parse({ local: btf }: CoreWork, item: PlacedRecord<CoreRelocation>, kind: KnownCoreKind): Access {
  const { typeId, access, offsetBytes } = item.record;
  if (offsetBytes % 8 !== 0) throw failed(item, `instruction offset ${offsetBytes} is not aligned`);
  try {
    return parseAccess(btf, kind, item.record);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const type = btf.typeById(typeId);
    const name = type.name === '' ? '<anon>' : type.name;
    throw failed(item, `parsing [${typeId}] ${type.kind} ${name} + ${access} failed: ${error.message}`);
  }
}

/** Patches; tells what became of the instruction. */
function patch(work: CoreWork, item: PlacedRecord<CoreRelocation>, local: Access): string {
  const result = resolve(work, item, local);
  const outcome = attempt(item, () => patchInstruction(item.fn.code, item.slot, result));
  if (outcome === 'patched') return `${result.original} -> ${result.patched}`;
  const text = `failed to resolve CO-RE relocation ${describeAccess(local)}`;
  item.fn.targets.set(item.slot, { kind: 'poison', text });
  return result.isWidthWrong ? 'poison: the field has another size and is no unsigned integer' : 'poison: no target';
}

function attempt<T>(item: PlacedRecord<CoreRelocation>, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw failed(item, error.message);
  }
}

function resolve(work: CoreWork, item: PlacedRecord<CoreRelocation>, local: Access): CoreResult {
  if (local.kind.title === 'type_id_local') return attempt(item, () => resultOf(local, local));
  if (work.local.typeById(local.rootTypeId).name === '') {
    throw failed(item, `<${local.kind.name}> (${item.record.kind}) relocation doesn't support anonymous types`);
  }
  const known = work.candidates.get(local.rootTypeId);
  const candidates = known ?? findCandidates(work.local, local.rootTypeId, work.target);
  const agreed = agree(work, item, local, candidates);
  work.candidates.set(local.rootTypeId, agreed.matching.length > 0 ? agreed.matching : candidates);
  return agreed.result ?? attempt(item, () => resultOf(local, undefined));
}

interface Agreement {
  readonly matching: Candidates;
  /** Undefined where no candidate has what is asked for. */
  readonly result: CoreResult | undefined;
}

/** All candidates that match must come to the same result. */
function agree(work: CoreWork, item: PlacedRecord<CoreRelocation>, local: Access, candidates: Candidates): Agreement {
  const matching: number[] = [];
  let first: { readonly access: Access; readonly result: CoreResult } | undefined;
  for (const [number, id] of candidates.entries()) {
    const access = matchCandidate(work, item, local, number, id);
    if (access === undefined) continue;
    const result = attempt(item, () => resultOf(local, access));
    first ??= { access, result };
    requireSame(item, { access, result }, first);
    matching.push(id);
  }
  return { matching, result: first?.result };
}

function matchCandidate(
  work: CoreWork,
  item: PlacedRecord<CoreRelocation>,
  local: Access,
  number: number,
  id: number,
): Access | undefined {
  try {
    return matchAccess(local, work.target, id, work.budget);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw failed(item, `error matching candidate #${number} [${id}]: ${error.message}`);
  }
}

function requireSame(
  item: PlacedRecord<CoreRelocation>,
  { access, result }: { readonly access: Access; readonly result: CoreResult },
  first: { readonly access: Access; readonly result: CoreResult },
): void {
  if (access.bitOffset !== first.access.bitOffset) {
    throw failed(item, `field offset ambiguity: ${access.bitOffset} != ${first.access.bitOffset}`);
  }
  if (result.isPoisoned === first.result.isPoisoned && result.patched === first.result.patched) return;
  const say = ({ isPoisoned, patched }: CoreResult): string => `${isPoisoned ? 'failure' : 'success'} ${patched}`;
  throw failed(item, `relocation decision ambiguity: ${say(result)} != ${say(first.result)}`);
}

/** `struct iphdr.protocol`, `enum bpf_attach_type::BPF_XDP`. */
function nameAccess(access: Access): string {
  const root = access.btf.typeById(access.rootTypeId);
  const name = `${root.kind} ${root.name === '' ? '<anon>' : root.name}`;
  if (access.kind.group === 'type') return name;
  return access.kind.group === 'enumerator' ? `${name}::${access.steps[0]?.name}` : name + describePath(access);
}
