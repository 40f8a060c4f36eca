// Arguments of helper calls, proved one after the other against the prototype in platform/.

import type { ArgumentKind } from '../../platform/helper-types.js';
import type { XdpHelper } from '../../platform/helpers.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { markPrecise, markSlotPrecise } from '../prune/precision.js';
import { Rejected, reject } from '../rejected.js';
import type { KnownMap } from '../state/known-map.js';
import { FLAG, type Register, type RegisterKind } from '../state/register.js';
import { BYTE, byteAt, byteOf, isScalarSpill, slotOf } from '../state/stack.js';
import type { Walker } from '../walk/walker.js';
import { proveDynptr } from './dynptr.js';
import { requireHelperMemory } from './helper-memory.js';
import { type OwningField, proveKptrField, requireOwned } from './kptr.js';
import { proveLockOrTimer } from './locks.js';
import { requireAlignment, requireFixedOffset } from './memory.js';
import { typeName } from './names.js';

/** What the proofs found out about a call, for its effect. */
export interface CallFacts {
  readonly helper: XdpHelper;
  map: KnownMap | undefined;
  mapUid: number;
  /** Constant key, where nullness of an array's value can be told from it. */
  constantKey: bigint | undefined;
  /** Constant size of the memory that is returned. */
  allocationBytes: number;
  /** Greatest size that was passed; limits some results. */
  maximumSize: bigint | undefined;
  /** Stack memory that the helper fills. */
  filled: { readonly register: number; readonly bytes: number } | undefined;
  /** Reference among the arguments. */
  referenceId: number;
  /** Argument register whose reference is given back. */
  released: number | undefined;
  subprogram: number | undefined;
  dynptr: { readonly id: number; readonly referenceId: number; readonly type: string } | undefined;
  /** The dynptr to make once all arguments are proved. */
  createsDynptr: { readonly register: number; readonly type: string } | undefined;
  /** The field of bpf_kptr_xchg. */
  kptr: OwningField | undefined;
  /** The per-CPU object of which an instance is asked for. */
  perCpuObject: Register | undefined;
}

/** Proves every argument of a call. */
export function proveArguments(walker: Walker, helper: XdpHelper): CallFacts {
  const facts: CallFacts = {
    helper,
    map: undefined,
    mapUid: 0,
    constantKey: undefined,
    allocationBytes: 0,
    maximumSize: undefined,
    filled: undefined,
    referenceId: 0,
    released: undefined,
    subprogram: undefined,
    dynptr: undefined,
    createsDynptr: undefined,
    kptr: undefined,
    perCpuObject: undefined,
  };
  helper.arguments.forEach((_, at) => {
    proveArgument(walker, facts, at);
  });
  return facts;
}

function proveArgument(walker: Walker, facts: CallFacts, at: number): void {
  const { helper } = facts;
  const want = wantedOf(facts, helper.arguments[at]!);
  const number = at + 1;
  const register = walker.read(number);
  if (want.kind === 'anything') return;
  if (register.isPacketPointer && !helper.packetAccess) {
    reject('EACCES', 'helper access to the packet is not allowed', number);
  }
  const isNullGiven = register.isNull && mayBeNull(want);
  if (!isNullGiven) {
    requireType(register, number, want, helper.name);
    if (isKptr(want) && facts.kptr !== undefined) requireOwned(register, number, facts.kptr);
    requireOffset(register, number, helper.releases === at);
  }
  if (helper.releases === at) noteRelease(walker, facts, want, register, number);
  noteReference(facts, register, number, want);
  proveKind(walker, facts, want, at, register);
}

const SOCKET_MAPS: ReadonlySet<number> = new Set([15, 18]);
const BLOOM_FILTER = 30;

/** What an argument for a map's value wants of this map: maps of sockets take sockets, a Bloom filter looks for the value given. */
function wantedOf({ map, helper }: CallFacts, want: ArgumentKind): ArgumentKind {
  if (want.kind !== 'mapValue' || map === undefined) return want;
  if (map.type === BLOOM_FILTER && helper.name === 'map_peek_elem') return { ...want, access: 'read' };
  if (!SOCKET_MAPS.has(map.type)) return want;
  if (want.access === 'write') reject('EINVAL', 'invalid arg_type for sockmap/sockhash');
  return { kind: 'socketObject' };
}

function mayBeNull(want: ArgumentKind): boolean {
  return ('mayBeNull' in want && want.mayBeNull) || want.kind === 'stackOrNull';
}

const MEMORY: readonly RegisterKind[] = ['stack', 'packet', 'packetMeta', 'mapKey', 'mapValue', 'memory'];
const MEMORY_TEXT = 'fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_';

/** Which registers a kind of argument takes, and the kernel's list of them. */
const ACCEPTED: Partial<
  Record<ArgumentKind['kind'], { readonly kinds: readonly RegisterKind[]; readonly text: string }>
> = {
  context: { kinds: ['context'], text: 'ctx' },
  map: { kinds: ['map'], text: 'map_ptr' },
  mapKey: { kinds: MEMORY, text: MEMORY_TEXT },
  mapValue: { kinds: MEMORY, text: MEMORY_TEXT },
  memory: { kinds: MEMORY, text: MEMORY_TEXT },
  fixedMemory: { kinds: MEMORY, text: MEMORY_TEXT },
  size: { kinds: ['scalar'], text: 'scalar' },
  allocationSize: { kinds: ['scalar'], text: 'scalar' },
  anything: { kinds: ['scalar'], text: 'scalar' },
  spinLock: { kinds: ['mapValue', 'object'], text: 'map_value, ptr_' },
  timer: { kinds: ['mapValue'], text: 'map_value' },
  dynptr: { kinds: ['stack', 'dynptr'], text: 'fp, dynptr_ptr' },
  callback: { kinds: ['function'], text: 'func' },
  stackOrNull: { kinds: ['stack'], text: 'fp' },
  constantText: { kinds: ['mapValue'], text: 'map_value' },
  socketObject: {
    kinds: ['socketCommon', 'socket', 'xdpSocket', 'object'],
    text: 'sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_',
  },
  socketCommon: { kinds: ['socketCommon', 'socket', 'xdpSocket'], text: 'sock_common, sock, tcp_sock, xdp_sock' },
  kernelObject: { kinds: ['object'], text: 'ptr_, trusted_ptr_, rcu_ptr_' },
  perCpuObject: { kinds: ['object'], text: 'percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_' },
  ringbufMemory: { kinds: ['memory'], text: 'ringbuf_mem' },
  kptrDestination: { kinds: ['mapValue', 'object'], text: 'map_value, ptr_' },
};

function requireType(register: Register, number: number, want: ArgumentKind, helper: string): void {
  const accepted = ACCEPTED[want.kind];
  if (accepted === undefined) return;
  let { flags } = register;
  if (isReadOnly(want)) flags &= ~FLAG.readOnly;
  if (mayBeNull(want)) flags &= ~FLAG.maybeNull;
  const isKind = accepted.kinds.includes(register.kind) || (accepted.kinds === MEMORY && isTrustedObject(register));
  if (!isKind || !fitsFlags(register.kind, flags, want)) {
    reject('EACCES', `R${number} type=${typeName(register)} expected=${accepted.text}`, number);
  }
  if (register.kind === 'object') requireObject(register, number, want, helper);
}

/** Whether the helper promises not to write; of map values it does not. */
function isReadOnly(want: ArgumentKind): boolean {
  return 'access' in want && want.access === 'read' && want.kind !== 'mapValue';
}

function isTrustedObject({ kind, flags }: Register): boolean {
  return kind === 'object' && flags === FLAG.trusted;
}

/** Structs of the kernel that begin with a struct sock_common. */
const SOCKETS =
  /^(sock|sock_common|(inet|tcp|udp|raw|unix|mptcp|smc|vsock)6?_sock|inet_(connection|timewait)_sock|(inet_|tcp_)?request_sock|tcp_timewait_sock)$/;

/** Structs of the kernel serve as memory that is only read, and as sockets where they are some. */
function requireObject(
  { typeName: struct, flags, kind }: Register,
  number: number,
  want: ArgumentKind,
  helper: string,
): void {
  if (ACCEPTED[want.kind]?.kinds === MEMORY) {
    if (isReadOnly(want)) return;
    const name = `R${number} type=${typeName({ kind, flags })}`;
    reject('EACCES', `bpf_${helper}() may write into memory pointed by ${name}`, number);
  }
  if (want.kind !== 'socketObject' || SOCKETS.test(struct)) return;
  reject('EACCES', `R${number} is of type ${struct} but sock_common is expected`, number);
}

/** What else may be said of an accepted pointer. */
function fitsFlags(kind: RegisterKind, flags: number, want: ArgumentKind): boolean {
  if (want.kind === 'ringbufMemory') return flags === FLAG.ringbuf;
  if (kind === 'object') return fitsObject(flags, want);
  if (kind === 'memory') return (flags & ~(FLAG.ringbuf | (takesSlices(want) ? FLAG.packetSlice : 0))) === 0;
  return flags === 0;
}

function fitsObject(flags: number, want: ArgumentKind): boolean {
  const trust = FLAG.trusted | FLAG.rcu;
  if (want.kind === 'spinLock' || want.kind === 'kptrDestination') return flags === FLAG.allocated;
  if (want.kind === 'perCpuObject') return (flags & FLAG.perCpu) !== 0 && (flags & ~(trust | FLAG.perCpu)) === 0;
  const own = isKptr(want) && (flags & FLAG.allocated) !== 0 ? FLAG.allocated | FLAG.perCpu : 0;
  return (flags & ~(trust | own)) === 0;
}

function isKptr(want: ArgumentKind): boolean {
  return want.kind === 'kernelObject' && want.object === 'kptr';
}

/** Memory of a dynptr on the packet is no key and no value of a map. */
function takesSlices({ kind }: ArgumentKind): boolean {
  return kind === 'memory' || kind === 'fixedMemory';
}

/** Pointers into memory may stand anywhere in it; others must be as they were given. */
function requireOffset(register: Register, number: number, isReleased: boolean): void {
  if (isReleased && register.kind !== 'stack') {
    if (register.offset !== 0) {
      const text = `R${number} must have zero offset when passed to release func or trusted arg to kfunc`;
      reject('EINVAL', text, number);
    }
    if (register.isPointer) requireFixedOffset(register, number, false);
    return;
  }
  if (register.kind === 'scalar' || MEMORY.includes(register.kind)) return;
  requireFixedOffset(register, number, register.kind === 'object');
}

function noteRelease(walker: Walker, facts: CallFacts, want: ArgumentKind, register: Register, number: number): void {
  if (want.kind === 'dynptr') {
    if (register.kind !== 'stack') reject('EINVAL', 'cannot release unowned const bpf_dynptr', number);
    const slot = walker.state.frames[register.frame]!.slot(-register.offset / 8 - 1);
    if (slot.object === undefined || slot.object.referenceId === 0) {
      reject('EINVAL', `arg ${number} is an unacquired reference`, number);
    }
  } else if (register.referenceId === 0 && !register.isNull) {
    reject('EINVAL', `R${number} must be referenced when passed to release function`, number);
  }
  facts.released = number;
}

function noteReference(facts: CallFacts, register: Register, number: number, want: ArgumentKind): void {
  if (register.referenceId === 0 || want.kind === 'kptrDestination') return;
  if (facts.referenceId !== 0) {
    reject(
      'EFAULT',
      `more than one arg with ref_obj_id R${number} ${register.referenceId} ${facts.referenceId}`,
      number,
    );
  }
  facts.referenceId = register.referenceId;
}

function proveKind(walker: Walker, facts: CallFacts, want: ArgumentKind, at: number, register: Register): void {
  const number = at + 1;
  switch (want.kind) {
    case 'map':
      return proveMap(facts, register, number);
    case 'mapKey':
      return proveKey(walker, facts, register, number);
    case 'mapValue':
      return proveValue(walker, facts, want, register, number);
    case 'fixedMemory':
      proveMemory(walker, facts, {
        base: register,
        number,
        size: want.sizeBytes,
        mayBeEmpty: false,
        access: want.access,
      });
      if (want.isAligned) requireAlignment(register, 0, want.sizeBytes, true);
      return;
    case 'size':
      return proveSize(walker, facts, at, register);
    case 'allocationSize':
      if (register.constant === undefined) reject('EACCES', `R${number} is not a known constant'`, number);
      facts.allocationBytes = Number(register.constant & 0xffff_ffffn);
      return markPrecise(walker, number);
    case 'callback':
      facts.subprogram = register.subprogram;
      return;
    case 'constantText':
      return proveText(register, number);
    case 'spinLock':
    case 'timer':
      return proveLockOrTimer(walker, facts, want.kind, register, number);
    case 'kptrDestination':
      facts.kptr = proveKptrField(walker, register, number);
      return;
    case 'perCpuObject':
      facts.perCpuObject = register;
      return;
    case 'dynptr':
      return proveDynptr(walker, facts, want, register, number);
    default:
  }
}

function proveMap(facts: CallFacts, register: Register, number: number): void {
  if (facts.map !== undefined && (facts.map !== register.map || facts.mapUid !== register.mapUid)) {
    const uids = `R1 map_uid=${facts.mapUid} doesn't match map pointer in R2 map_uid=${register.mapUid}`;
    reject('EINVAL', `timer pointer in ${uids}`, number);
  }
  facts.map = register.map;
  facts.mapUid = register.mapUid;
}

const ARRAY_TYPES: ReadonlySet<number> = new Set([2, 6]);

function proveKey(walker: Walker, facts: CallFacts, register: Register, number: number): void {
  const map = facts.map;
  if (map === undefined) return reject('EACCES', 'invalid map_ptr to access map->key', number);
  const memory = { base: register, register: number, size: map.keyBytes, mode: 'read', mayBeEmpty: false } as const;
  requireHelperMemory(walker, memory);
  if (ARRAY_TYPES.has(map.type)) facts.constantKey = constantKey(walker, register, map.keyBytes);
}

/** The key where it is a constant on the stack: of an array, such a lookup cannot fail. */
function constantKey(walker: Walker, key: Register, bytes: number): bigint | undefined {
  if (key.kind !== 'stack' || key.bounds.bits.mask !== 0n) return undefined;
  const offset = key.offset + Number(BigInt.asIntN(64, key.bounds.bits.value));
  const index = slotOf(offset);
  const slot = walker.state.frames[key.frame]!.slot(index);
  const count = (kind: number): number => {
    let size = 0;
    for (let at = byteOf(offset); at >= 0 && byteAt(slot.bytes, at) === kind; at--) size++;
    return size;
  };
  if (count(BYTE.zero) >= bytes) return 0n;
  if (!isScalarSpill(slot) || count(BYTE.spill) !== bytes || slot.register.constant === undefined) return undefined;
  markSlotPrecise(walker, key.frame, index);
  return slot.register.constant;
}

function proveValue(
  walker: Walker,
  facts: CallFacts,
  want: Extract<ArgumentKind, { kind: 'mapValue' }>,
  register: Register,
  number: number,
): void {
  if (want.mayBeNull && register.isNull) return;
  if (facts.map === undefined) return reject('EACCES', 'invalid map_ptr to access map->value', number);
  const size = facts.map.valueBytes;
  proveMemory(walker, facts, { base: register, number, size, mayBeEmpty: false, access: want.access });
}

interface PassedMemory {
  readonly base: Register;
  readonly number: number;
  readonly size: number;
  readonly mayBeEmpty: boolean;
  readonly access: 'read' | 'write' | 'update';
}

function proveMemory(walker: Walker, facts: CallFacts, memory: PassedMemory): void {
  const { base, number, size, mayBeEmpty, access } = memory;
  const mode = access === 'read' ? 'read' : 'write';
  const isUninitialised = access === 'write';
  const fills = requireHelperMemory(walker, { base, register: number, size, mode, mayBeEmpty, isUninitialised });
  if (fills) facts.filled = { register: number, bytes: size };
}

/** A size and the memory in the register before it. */
function proveSize(walker: Walker, facts: CallFacts, at: number, register: Register): void {
  const number = at + 1;
  const want = facts.helper.arguments[at]!;
  const memory = facts.helper.arguments[at - 1]!;
  const mayBeEmpty = want.kind === 'size' && want.mayBeZero;
  const access = 'access' in memory ? memory.access : 'read';
  facts.maximumSize = register.bounds.umax;
  const size = provenSize(register, number, mayBeEmpty);
  const isConstant = register.bounds.bits.mask === 0n;
  const used = access === 'write' && !isConstant ? 'update' : access;
  proveMemory(walker, facts, { base: walker.get(at), number: at, size, mayBeEmpty, access: used });
  markPrecise(walker, number);
}

/** The greatest size; throws where the size is not bounded as it must be. */
export function provenSize(register: Register, number: number, mayBeEmpty: boolean): number {
  const { smin, umin, umax } = register.bounds;
  if (smin < 0n) {
    reject('EACCES', `R${number} min value is negative, either use unsigned or 'var &= const'`, number);
  }
  if (umin === 0n && !mayBeEmpty) {
    reject('EACCES', `R${number} invalid zero-sized read: u64=[${umin},${umax}]`, number);
  }
  if (umax >= BigInt(VERIFIER_LIMIT.MAX_VARIABLE_SIZE)) {
    reject('EACCES', `R${number} unbounded memory access, use 'var &= const' or 'if (var < const)'`, number);
  }
  return Number(umax);
}

function proveText(register: Register, number: number): void {
  const { map, bounds, offset } = register;
  if (map === undefined || map.canWrite) reject('EACCES', `R${number} does not point to a readonly map'`, number);
  if (bounds.bits.mask !== 0n) reject('EACCES', `R${number} is not a constant address'`, number);
  const { constants } = map;
  if (constants === undefined) throw new Rejected('EACCES', ['no direct value access support for this map type']);
  const start = offset + Number(bounds.bits.value);
  if (start >= map.valueBytes) {
    reject('EACCES', `invalid access to map value, value_size=${map.valueBytes} off=${start} size=1`, number);
  }
  if (!constants.subarray(start).includes(0) && start + constants.length >= map.valueBytes) {
    reject('EINVAL', 'string is not zero-terminated', number);
  }
}
