// Arguments of kfuncs. What a parameter wants is said by its C type and by the suffix of its name.
import type { Kfunc } from '../../platform/kfuncs.js';
import { markPrecise } from '../prune/precision.js';
import { reject } from '../rejected.js';
import { FLAG, type Register } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { initialisedDynptr, requireRoom } from './dynptr.js';
import { provenSize } from './helper-arguments.js';
import { requireHelperMemory } from './helper-memory.js';
import { type IteratorPlace, proveIterator } from './iterators.js';
import { servesAs } from './kernel-struct.js';
import { requireFixedOffset } from './memory.js';
import { typeName } from './names.js';

/** What the proofs found out about a call, for its effect. */
export interface KfuncFacts {
  /** Reference that the call gives back. */
  released: number | undefined;
  newDynptr:
    | { readonly register: number; readonly type: string; readonly referenceId: number; readonly isReadOnly: boolean }
    | undefined;
  /** Memory of a dynptr that is returned. */
  slice:
    | {
        readonly bytes: number;
        readonly isReadOnly: boolean;
        readonly isPacket: boolean;
        readonly dynptrId: number;
        readonly referenceId: number;
      }
    | undefined;
  iterator:
    | { readonly place: IteratorPlace; readonly type: string; readonly step: 'new' | 'next' | 'destroy' }
    | undefined;
}

/** Proves every argument of a call. */
export function proveKfuncArguments(walker: Walker, name: string, kfunc: Kfunc): KfuncFacts {
  const facts: KfuncFacts = { released: undefined, newDynptr: undefined, slice: undefined, iterator: undefined };
  kfunc.parameters.forEach((declaration, at) => {
    proveParameter(walker, { name, kfunc, facts }, declaration, at);
  });
  if (kfunc.flags.includes('release') && facts.released === undefined) {
    reject('EINVAL', `release kernel function ${name} expects refcounted PTR_TO_BTF_ID`);
  }
  return facts;
}

interface Call {
  readonly name: string;
  readonly kfunc: Kfunc;
  readonly facts: KfuncFacts;
}

function proveParameter(walker: Walker, call: Call, declaration: string, at: number): void {
  const number = at + 1;
  if (/__(ign|prog|irq_flag)$/.test(declaration)) return;
  const register = walker.argument(number);
  if (!declaration.includes('*')) return proveNumber(walker, register, number, declaration);
  if (register.isNull && /__(opt|nullable)$/.test(declaration)) return;
  if (isTrustedOnly(call.kfunc) && (register.isNull || register.isNullable) && !declaration.endsWith('__nullable')) {
    reject('EACCES', `Possibly NULL pointer passed to trusted arg${at}`, number);
  }
  if (register.kind === 'map' && (declaration.includes('struct bpf_map *') || declaration.endsWith('map'))) return;
  if (declaration.includes('struct xdp_md *') || call.name === 'bpf_cast_to_kern_ctx')
    return proveContext(register, at);
  if (declaration.includes('struct bpf_dynptr *')) return proveDynptrParameter(walker, call, declaration, at, register);
  const iterator = /struct bpf_iter_(\w+) \*/.exec(declaration)?.[1];
  if (iterator !== undefined) return proveIteratorParameter(walker, call, iterator, at, register);
  if (register.kind === 'object' || SOCKET_OBJECTS[register.kind] !== undefined) {
    return proveObject(walker, call, declaration, register, number);
  }
  if (register.isNullable) {
    reject('EACCES', `Possibly NULL pointer passed to trusted arg${at}`, number);
  }
  proveMemory(walker, call, declaration, at, register);
}

function proveNumber(walker: Walker, register: Register, number: number, declaration: string): void {
  if (register.kind !== 'scalar') reject('EINVAL', `R${number} is not a scalar`, number);
  if (!/__(k|szk)$/.test(declaration)) return;
  if (register.constant === undefined) reject('EINVAL', `R${number} must be a known constant`, number);
  markPrecise(walker, number);
}

function proveContext(register: Register, at: number): void {
  if (register.kind !== 'context') {
    reject('EINVAL', `arg#${at} expected pointer to ctx, but got ${typeName(register)}`, at + 1);
  }
  requireFixedOffset(register, at + 1, false);
}

/** Pointers that are structs of the kernel under another name. */
const SOCKET_OBJECTS: Partial<Record<Register['kind'], string>> = { socket: 'sock', socketCommon: 'sock_common' };

/** Arguments must not be NULL, and must be known to lead to what they say. */
function isTrustedOnly({ flags }: Kfunc): boolean {
  return flags.includes('trustedArgs') || flags.includes('release') || flags.includes('rcu');
}

function proveObject(
  walker: Walker,
  { kfunc, facts, name }: Call,
  declaration: string,
  register: Register,
  number: number,
): void {
  if (register.isNullable) reject('EACCES', `Possibly NULL pointer passed to trusted arg${number - 1}`, number);
  requireTrust(kfunc, register, number);
  const struct = register.kind === 'object' ? register.typeName : SOCKET_OBJECTS[register.kind]!;
  const wanted = /struct (\w+) \*/.exec(declaration)?.[1];
  if (wanted !== undefined && !isOfStruct(walker, kfunc, struct, register, wanted)) {
    const places = `expected pointer to STRUCT ${wanted} but R${number} has a pointer to STRUCT ${struct}`;
    reject('EINVAL', `kernel function ${name} args#${number - 1} ${places}`, number);
  }
  if (!kfunc.flags.includes('release')) return;
  if (register.referenceId === 0) {
    reject('EINVAL', `release kernel function ${name} expects refcounted PTR_TO_BTF_ID`, number);
  }
  facts.released = register.referenceId;
}

function requireTrust(kfunc: Kfunc, register: Register, number: number): void {
  const isTrusted = register.referenceId !== 0 || (register.flags & FLAG.trusted) !== 0;
  if (isTrusted || !isTrustedOnly(kfunc)) return;
  if (!kfunc.flags.includes('rcu')) reject('EINVAL', `R${number} must be referenced or trusted`, number);
  if ((register.flags & FLAG.rcu) === 0) reject('EINVAL', `R${number} must be a rcu pointer`, number);
}

/** What is given back must be just what was taken; elsewhere a struct that begins with the one wanted will do. */
function isOfStruct(walker: Walker, kfunc: Kfunc, struct: string, register: Register, wanted: string): boolean {
  const isStrict = kfunc.flags.includes('release') || `${struct}___init` === wanted || struct === `${wanted}___init`;
  return isStrict
    ? struct === wanted && register.offset === 0
    : servesAs(walker.settings.kernelTypes, struct, register.offset, wanted);
}

const READ_ONLY = new Set(['bpf_dynptr_slice']);

function proveDynptrParameter(walker: Walker, call: Call, declaration: string, at: number, register: Register): void {
  const { facts, name } = call;
  if (declaration.endsWith('__uninit')) {
    requireRoom(walker, register, at + 1, at);
    const source = name === 'bpf_dynptr_clone' ? initialisedDynptr(walker, walker.get(1), 0) : undefined;
    facts.newDynptr = {
      register: at + 1,
      type: source?.type ?? 'xdp',
      referenceId: source?.referenceId ?? 0,
      isReadOnly: source?.isReadOnly ?? false,
    };
    return;
  }
  const { id, referenceId, type } = initialisedDynptr(walker, register, at);
  if (!name.startsWith('bpf_dynptr_slice')) return;
  const size = walker.get(4).constant;
  const bytes = size === undefined ? 0 : Number(size & 0xffff_ffffn);
  facts.slice = { bytes, isReadOnly: READ_ONLY.has(name), isPacket: type === 'xdp', dynptrId: id, referenceId };
}

function proveIteratorParameter(walker: Walker, call: Call, type: string, at: number, register: Register): void {
  const { kfunc, facts } = call;
  const step = kfunc.flags.includes('iterNew') ? 'new' : kfunc.flags.includes('iterNext') ? 'next' : 'destroy';
  facts.iterator = { place: proveIterator(walker, register, type, step, at), type, step };
}

/** Sizes of what pointers without a size parameter lead to. */
const SIZES: readonly (readonly [pattern: RegExp, bytes: number])[] = [
  [/\b(u64|s64|long) \*/, 8],
  [/\b(u32|int|__u32|enum \w+) \*/, 4],
  [/\b(u16|__be16) \*/, 2],
  [/union nf_inet_addr \*/, 16],
];

function proveMemory(walker: Walker, { kfunc }: Call, declaration: string, at: number, register: Register): void {
  const number = at + 1;
  const next = kfunc.parameters[at + 1];
  const hasSize = next !== undefined && /__szk?$/.test(next);
  const bytes = hasSize ? sizeArgument(walker, at + 1) : SIZES.find(([pattern]) => pattern.test(declaration))?.[1];
  if (bytes === undefined) {
    const type = declaration
      .replace(/^const /, '')
      .replace(/ \*.*/, '')
      .replace(/^(struct|union|enum) /, word => word.toUpperCase());
    return reject('EINVAL', `arg#${at} pointer type ${type} must point to scalar, or struct with scalar`, number);
  }
  const memory = { base: register, register: number, size: bytes, mayBeEmpty: hasSize } as const;
  requireHelperMemory(walker, { ...memory, mode: 'read' });
  if (!declaration.startsWith('const')) requireHelperMemory(walker, { ...memory, mode: 'write' });
}

function sizeArgument(walker: Walker, at: number): number {
  const register = walker.read(at + 1);
  if (register.kind !== 'scalar') reject('EINVAL', `R${at + 1} is not a scalar`, at + 1);
  const size = provenSize(register, at + 1, true);
  markPrecise(walker, at + 1);
  return size;
}
