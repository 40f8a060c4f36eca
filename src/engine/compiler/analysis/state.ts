// What is known at one place of a function: values of registers and stack words, and how much of the packet has been compared with data_end.
import { type BaseId, DATA, DATA_META, isSame, maximum, UNKNOWN, type Value } from './value.js';

/** For a base B, that `data_meta <= B + low` and `B + high <= data_end`. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

const NOTHING: Extent = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
const DATA_EXTENT: Extent = { low: 0, high: 0 };
const REGISTERS = 11;

/** Changes as instructions are walked over. */
export class State {
  readonly registers: Value[];
  /** By offset from the frame pointer: 64-bit words that hold something known. */
  readonly stack: Map<number, Value>;
  readonly extents: Map<BaseId, Extent>;

  constructor(registers: Value[], stack: Map<number, Value>, extents: Map<BaseId, Extent>) {
    this.registers = registers;
    this.stack = stack;
    this.extents = extents;
  }

  /** At the start of a function; `first` is in r1. */
  static atEntry(first: Value): State {
    const registers = new Array<Value>(REGISTERS).fill(UNKNOWN);
    registers[1] = first;
    registers[10] = { kind: 'stack', offset: 0 };
    return new State(registers, new Map(), new Map());
  }

  copy(): State {
    return new State(this.registers.slice(), new Map(this.stack), this.usedExtents());
  }

  extent(id: BaseId): Extent {
    return this.extents.get(id) ?? (id === DATA || id === DATA_META ? DATA_EXTENT : NOTHING);
  }

  /** Learns that both bounds hold. */
  widen(id: BaseId, { low, high }: Extent): void {
    const known = this.extent(id);
    this.extents.set(id, { low: Math.min(known.low, low), high: Math.max(known.high, high) });
  }

  /** A base gets its id anew: whatever was called so before is not known any more. */
  redefine(id: BaseId): void {
    this.extents.delete(id);
    this.replace(value => (value.kind === 'packet' && value.id === id ? UNKNOWN : value));
  }

  /** The packet may have moved. */
  forgetPacket(): void {
    this.extents.clear();
    this.replace(value => (value.kind === 'packet' || value.kind === 'packetEnd' ? UNKNOWN : value));
  }

  /** A lookup's result turned out to be there. */
  found(id: number): void {
    this.replace(value =>
      value.kind === 'valueOrNull' && value.id === id ? { kind: 'value', map: value.map, offset: 0 } : value,
    );
  }

  /** A word of the stack was written. What holds nothing known is left out: that is most of it, and states are many. */
  keep(offset: number, value: Value): void {
    if (value.kind === 'unknown') this.stack.delete(offset);
    else this.stack.set(offset, value);
  }

  /** Bytes of the stack were written that may hold anything. */
  forgetStack(offset: number, sizeBytes: number): void {
    for (const word of this.stack.keys()) if (word < offset + sizeBytes && offset < word + 8) this.stack.delete(word);
  }

  replace(change: (value: Value) => Value): void {
    for (const [at, value] of this.registers.entries()) this.registers[at] = change(value);
    for (const [at, value] of this.stack) this.keep(at, change(value));
  }

  /** Extents of bases that a register or stack word still refers to. */
  private usedExtents(): Map<BaseId, Extent> {
    const used = new Map<BaseId, Extent>();
    if (this.extents.size === 0) return used;
    for (const value of this.registers) this.keepExtent(value, used);
    for (const value of this.stack.values()) this.keepExtent(value, used);
    return used;
  }

  private keepExtent(value: Value, used: Map<BaseId, Extent>): void {
    const extent = value.kind === 'packet' ? this.extents.get(value.id) : undefined;
    if (extent !== undefined && value.kind === 'packet') used.set(value.id, extent);
  }
}

/**
 * What holds on both ways into a block, where `before` is what is known of the block so far; undefined where that is all that is known already.
 * @param newBase the id of a packet pointer in a register that differs between the ways
 */
export function join(before: State, incoming: State, newBase: (register: number) => BaseId): State | undefined {
  const joined = new State([...before.registers], new Map(), new Map());
  const made = new Map<number, Extent>();
  const isOwn = (value: Value, register: number): boolean => value.kind === 'packet' && value.id === newBase(register);
  let isChanged = false;
  for (const [register, a] of before.registers.entries()) {
    const b = incoming.registers[register]!;
    const isMine = isOwn(a, register);
    if (!isMine && isSame(a, b)) continue;
    joined.registers[register] = joinRegister(before, incoming, register, newBase(register), made);
    if (!isSame(joined.registers[register]!, a)) isChanged = true;
  }
  for (const [offset, value] of before.stack) {
    const other = incoming.stack.get(offset);
    if (other !== undefined && isSame(value, other)) joined.stack.set(offset, value);
    else isChanged = true;
  }
  if (joinExtents(joined, before, incoming, made)) isChanged = true;
  return isChanged ? joined : undefined;
}

function joinRegister(before: State, incoming: State, register: number, id: BaseId, made: Map<number, Extent>): Value {
  const a = before.registers[register]!;
  const b = incoming.registers[register]!;
  if (a.kind !== 'packet' || b.kind !== 'packet') return joinNumbers(a, b);
  const [left, right] = [before.extent(a.id), incoming.extent(b.id)];
  const low = Math.max(left.low - a.offset, right.low - b.offset);
  const high = Math.min(left.high - a.offset, right.high - b.offset);
  // What shrinks from one round of a loop to the next would go on shrinking.
  const isAgain = a.id === id;
  made.set(id, {
    low: isAgain && low > left.low ? Number.POSITIVE_INFINITY : low,
    high: isAgain && high < left.high ? Number.NEGATIVE_INFINITY : high,
  });
  return { kind: 'packet', id, offset: 0 };
}

/** Numbers are joined to the next of a few sizes, so that loops come to an end. */
function joinNumbers(a: Value, b: Value): Value {
  const [left, right] = [maximum(a), maximum(b)];
  if (left === undefined || right === undefined) return UNKNOWN;
  if (a.kind === 'scalar' && right <= left) return a;
  const most = Math.max(left, right);
  return { kind: 'scalar', max: most <= 0xff ? 0xff : most <= 0xffff ? 0xffff : 0xffff_ffff };
}

/** Keeps what holds on both sides; whether that is less than `before` knew. */
function joinExtents(joined: State, before: State, incoming: State, made: ReadonlyMap<number, Extent>): boolean {
  let isChanged = false;
  for (const value of [...joined.registers, ...joined.stack.values()]) {
    if (value.kind !== 'packet') continue;
    const left = before.extent(value.id);
    const known = made.get(value.id);
    const right = incoming.extent(value.id);
    const both = known ?? { low: Math.max(left.low, right.low), high: Math.min(left.high, right.high) };
    if (both.low !== left.low || both.high !== left.high) isChanged = true;
    joined.extents.set(value.id, both);
  }
  return isChanged;
}
