// Conditional jumps: outcomes known beforehand, and what each side teaches about numbers, packet ranges and null pointers.
import type { BranchOp, Instruction } from '../../isa/instruction.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { evaluate } from '../number/arithmetic.js';
import { constant } from '../number/bounds.js';
import { FLIPPED, NEGATED, outcome, refine } from '../number/compare.js';
import { zeroExtend32 } from '../number/resize.js';
import { U32_MASK, U64_MAX } from '../number/tnum.js';
import { markPrecise } from '../prune/precision.js';
import { AT_PACKET_END, BEYOND_PACKET_END, FLAG, pointer, type Register, scalar } from '../state/register.js';
import { isScalarSpill } from '../state/stack.js';
import type { State } from '../state/state.js';
import type { LinkedPlace } from '../state/trace.js';
import type { Walker } from '../walk/walker.js';
import { fieldsOfType, hasLock } from './allocated.js';
import { releaseQuietly } from './references.js';

type Branch = Extract<Instruction, { kind: 'branch' }>;

/** Walks on with the fall-through side and pushes the other, or follows the only side there is. Gives the next slot. */
export function branch(walker: Walker, instruction: Branch): number {
  const { dst, source, offset } = instruction;
  const left = walker.get(dst);
  const right = source.kind === 'register' ? walker.get(source.register) : scalar(constant(BigInt(source.value)));
  const known = knownOutcome(instruction, left, right);
  const target = walker.slot + 1 + offset;
  if (known !== undefined) {
    if (!left.isPointer) markPrecise(walker, dst);
    if (source.kind === 'register' && !right.isPointer) markPrecise(walker, source.register);
    return known ? target : walker.slot + 1;
  }
  const linked = linkedPlaces(walker, left, right);
  if (linked.length > 1 && walker.state.trace !== undefined) walker.state.trace.linked = linked;
  const taken = walker.push(target, 'EFAULT');
  learnNumbers(walker, instruction, taken, linked);
  learnNullness(walker, instruction, left, right, taken);
  if (!learnNull(walker, instruction, left, taken)) learnPacketRange(walker, instruction, left, right, taken);
  return walker.slot + 1;
}

function knownOutcome({ op, width }: Branch, left: Register, right: Register): boolean | undefined {
  if (width === 64 && isPacketPair(left, right)) return packetOutcome(op, left, right);
  const [a, b, relation] = isKnownWord(right, width) ? [left, right, op] : [right, left, FLIPPED[op]];
  if (a.isPointer) {
    if (!isKnownWord(b, width) || (b.bounds.bits.value & (width === 32 ? U32_MASK : U64_MAX)) !== 0n) return undefined;
    if (!isNeverNull(a)) return undefined;
    return relation === 'jeq' ? false : relation === 'jne' ? true : undefined;
  }
  return b.isPointer ? undefined : outcome(relation, width, a.bounds, b.bounds);
}

function isKnownWord(register: Register, width: 32 | 64): boolean {
  if (register.kind !== 'scalar') return false;
  const { mask } = register.bounds.bits;
  return (width === 32 ? mask & 0xffff_ffffn : mask) === 0n;
}

const NEVER_NULL: ReadonlySet<Register['kind']> = new Set(['socket', 'socketCommon', 'mapValue', 'mapKey', 'map']);

function isNeverNull(register: Register): boolean {
  if (register.isNullable) return false;
  if (register.kind === 'memory') return (register.flags & FLAG.untrusted) === 0;
  if (register.kind === 'object')
    return (register.flags & (FLAG.trusted | FLAG.allocated)) !== 0 || register.referenceId !== 0;
  return NEVER_NULL.has(register.kind);
}

const PACKET_KINDS: ReadonlySet<Register['kind']> = new Set(['packet', 'packetMeta', 'packetEnd']);

function isPacketPair(left: Register, right: Register): boolean {
  return PACKET_KINDS.has(left.kind) && PACKET_KINDS.has(right.kind);
}

/** A pointer that an earlier comparison placed at or beyond the end compares the same again. */
function packetOutcome(op: BranchOp, left: Register, right: Register): boolean | undefined {
  const isFlipped = right.kind !== 'packetEnd';
  if (isFlipped && left.kind !== 'packetEnd') return undefined;
  const { range } = isFlipped ? right : left;
  if (range >= 0) return undefined;
  switch (isFlipped ? FLIPPED[op] : op) {
    case 'jgt':
      return range === BEYOND_PACKET_END ? true : undefined;
    case 'jle':
      return range === BEYOND_PACKET_END ? false : undefined;
    case 'jge':
      return true;
    case 'jlt':
      return false;
    default:
      return undefined;
  }
}

function learnNumbers(walker: Walker, instruction: Branch, taken: State, linked: readonly LinkedPlace[]): void {
  const { op, width, dst, source } = instruction;
  const register = source.kind === 'register' ? source.register : undefined;
  const left = walker.get(dst);
  const right = register === undefined ? undefined : walker.get(register);
  if (left.kind !== 'scalar' || (right !== undefined && right.kind !== 'scalar')) return;
  const bounds = right?.bounds ?? constant(BigInt(source.kind === 'immediate' ? source.value : 0));
  for (const [state, relation] of [
    [walker.state, NEGATED[op]],
    [taken, op],
  ] as const) {
    const [a, b] = refine(relation, width, left.bounds, bounds, register === dst);
    const { registers } = state.frame;
    registers[dst] = left.withBounds(a);
    if (register !== undefined && right !== undefined) {
      registers[register] = (register === dst ? registers[dst]! : right).withBounds(register === dst ? a : b);
      if (right.id !== 0) synchronise(state, registers[register]!, register, linked);
    }
    if (left.id !== 0) synchronise(state, registers[dst]!, dst, linked);
  }
}

const MAX_LINKED = 6;
const NO_PLACES: readonly LinkedPlace[] = [];

function isTied({ kind, id }: Register): boolean {
  return kind === 'scalar' && id !== 0;
}

/** Registers and spilled numbers tied to those compared, as far as they are still needed; one too many loses its tie. */
function linkedPlaces(walker: Walker, left: Register, right: Register): readonly LinkedPlace[] {
  if (!isTied(left) && !isTied(right)) return NO_PLACES;
  const places: LinkedPlace[] = [];
  if (isTied(right)) collectLinked(walker, right.id, places);
  if (isTied(left)) collectLinked(walker, left.id, places);
  return places;
}

function collectLinked(walker: Walker, id: number, places: LinkedPlace[]): void {
  const { frames } = walker.state;
  for (let number = frames.length - 1; number >= 0; number--) {
    const frame = frames[number]!;
    const next = frames[number + 1];
    const live = walker.plan.live[next === undefined ? walker.slot : next.callSite]!;
    for (let index = 0; index < 10; index++) {
      const register = frame.registers[index]!;
      if ((live & (1 << index)) === 0 || register.kind !== 'scalar' || register.id !== id) continue;
      if (!addPlace(places, { frame: number, isRegister: true, index })) {
        frame.registers[index] = register.with({ id: 0, sumWidth: 0, offset: 0 });
      }
    }
    frame.slots.forEach((slot, index) => {
      if (!isScalarSpill(slot) || slot.register.id !== id) return;
      if (!addPlace(places, { frame: number, isRegister: false, index })) {
        frame.slots[index] = { ...slot, register: slot.register.with({ id: 0, sumWidth: 0, offset: 0 }) };
      }
    });
  }
}

function addPlace(places: LinkedPlace[], place: LinkedPlace): boolean {
  const same = (other: LinkedPlace) =>
    other.frame === place.frame && other.isRegister === place.isRegister && other.index === place.index;
  if (places.some(same)) return true;
  if (places.length === MAX_LINKED) return false;
  places.push(place);
  return true;
}

/** Gives what is known of one number to the others that are tied to it. */
function synchronise(state: State, known: Register, at: number, linked: readonly LinkedPlace[]): void {
  const current = state.frames.length - 1;
  for (const { frame: number, isRegister, index } of linked) {
    if (isRegister && number === current && index === at) continue;
    const frame = state.frames[number]!;
    const other = isRegister ? frame.registers[index]! : frame.slot(index).register;
    if (other.kind !== 'scalar' || other.id !== known.id) continue;
    const learned = derive(known, other);
    if (isRegister) frame.registers[index] = learned;
    else frame.slots[index] = { ...frame.slot(index), register: learned };
  }
}

/** `other` is `known` with another constant added. */
function derive(known: Register, other: Register): Register {
  const isPlain = known.sumWidth === 0 && other.sumWidth === 0;
  if (isPlain || (known.sumWidth === other.sumWidth && known.offset === other.offset)) return known;
  if (known.sumWidth !== 0 && other.sumWidth !== 0 && known.sumWidth !== other.sumWidth) return other;
  const is32 = known.sumWidth === 32 || other.sumWidth === 32;
  const sum = evaluate('add', 64, known.bounds, constant(BigInt(other.offset - known.offset)));
  return other.withBounds(is32 ? zeroExtend32(sum) : sum);
}

/** A possibly-null pointer that equals one that is not null is not null. */
function learnNullness(walker: Walker, instruction: Branch, left: Register, right: Register, taken: State): void {
  const { op, width, dst, source } = instruction;
  if (width === 32 || source.kind !== 'register' || !left.isPointer || !right.isPointer) return;
  if (left.isNullable === right.isNullable || left.kind === 'object' || right.kind === 'object') return;
  const equal = op === 'jeq' ? taken : op === 'jne' ? walker.state : undefined;
  if (equal === undefined) return;
  const register = right.isNullable ? source.register : dst;
  const { registers } = equal.frame;
  registers[register] = withoutNull(registers[register]!);
}

/** `if r == 0`: every copy is null on one side and a pointer on the other. True where this was such a comparison. */
function learnNull(walker: Walker, instruction: Branch, left: Register, taken: State): boolean {
  const { op, width, source } = instruction;
  const isTest = width === 64 && source.kind === 'immediate' && source.value === 0 && (op === 'jeq' || op === 'jne');
  if (!isTest || !left.isNullable) return false;
  decideNull(walker, walker.state, left, op === 'jne');
  decideNull(walker, taken, left, op === 'jeq');
  return true;
}

function decideNull(walker: Walker, state: State, tested: Register, isNull: boolean): void {
  const { id, referenceId } = tested;
  if (isNull && referenceId !== 0 && referenceId === id) releaseQuietly(state, referenceId);
  state.changeAll(register => {
    if (!register.isNullable || register.id !== id) return register;
    if (isNull) return scalar(register.bounds);
    const found = withoutNull(register);
    return holdsLock(walker, found) ? found : found.with({ id: 0 });
  });
}

const LOCKS: ReadonlySet<string> = new Set(['bpf_spin_lock', 'bpf_res_spin_lock']);
const MAP_TYPE = { xskmap: 17, sockmap: 15, sockhash: 18 } as const;

/** Pointers to values with a lock keep their id, which tells one value's lock from another's. */
function holdsLock(walker: Walker, register: Register): boolean {
  if (register.kind === 'mapValue') return register.map!.fields.some(({ name }) => LOCKS.has(name));
  return register.kind === 'object' && hasLock(fieldsOfType(walker, register.typeId));
}

/** The pointer once it is known not to be null: what a lookup in a map of maps or of sockets really gave. */
export function withoutNull(register: Register): Register {
  const flags = register.flags & ~FLAG.maybeNull;
  const { map } = register;
  if (register.kind !== 'mapValue' || map === undefined) return register.with({ flags });
  if (map.inner !== undefined) {
    const isTimed = map.inner.fields.some(({ name }) => name === 'bpf_timer' || name === 'bpf_wq');
    const ids = { id: register.id, mapUid: isTimed ? register.id : 0 };
    return pointer('map', { flags, map: map.inner, ...ids });
  }
  if (map.type === MAP_TYPE.xskmap) return pointer('xdpSocket', { flags, id: register.id });
  if (map.type === MAP_TYPE.sockmap || map.type === MAP_TYPE.sockhash) {
    return pointer('socket', { flags, id: register.id, referenceId: register.referenceId });
  }
  return register.with({ flags });
}

/** Whether the pair is one whose comparison bounds the packet: pointer and end, or metadata and packet start. */
function boundsPacket(low: Register, high: Register): boolean {
  if (low.kind === 'packet') return high.kind === 'packetEnd';
  if (low.kind !== 'packetMeta' || high.kind !== 'packet') return false;
  return high.offset === 0 && high.bounds.bits.mask === 0n && high.bounds.bits.value === 0n && high.id === 0;
}

/** What a comparison of a packet pointer with the end teaches on both sides. */
function learnPacketRange(walker: Walker, instruction: Branch, left: Register, right: Register, taken: State): void {
  const { op, width, dst, source } = instruction;
  if (width === 32 || source.kind !== 'register') return;
  const isDirect = boundsPacket(left, right);
  if (!isDirect && !boundsPacket(right, left)) return;
  const [packet, at] = isDirect ? [left, dst] : [right, source.register];
  switch (isDirect ? op : FLIPPED[op]) {
    case 'jgt':
      return learnSides(walker.state, taken, packet, at, false);
    case 'jge':
      return learnSides(walker.state, taken, packet, at, true);
    case 'jlt':
      return learnSides(taken, walker.state, packet, at, true);
    case 'jle':
      return learnSides(taken, walker.state, packet, at, false);
    default:
  }
}

/**
 * In `before` the pointer stands before the end (or at it, unless `isStrict`); in `behind` it does not.
 */
function learnSides(before: State, behind: State, packet: Register, at: number, isStrict: boolean): void {
  recordRange(before, packet, isStrict);
  const { registers } = behind.frame;
  const register = registers[at]!;
  if (register.kind !== 'packet') return;
  registers[at] = register.with({ range: isStrict ? AT_PACKET_END : BEYOND_PACKET_END });
}

const MAX_OFFSET = VERIFIER_LIMIT.MAX_PACKET_OFFSET;

function recordRange(state: State, packet: Register, isStrict: boolean): void {
  const { offset, bounds, kind, id } = packet;
  if (offset < 0 || (offset === 0 && isStrict)) return;
  const limit = BigInt(MAX_OFFSET);
  if (bounds.umax > limit || bounds.umax + BigInt(offset) > limit) return;
  const range = offset + (isStrict ? 1 : 0);
  state.changeAll(register =>
    register.kind === kind && register.id === id && register.range < range ? register.with({ range }) : register,
  );
}
