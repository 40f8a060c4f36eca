// Arithmetic on what is known of registers: bounds of numbers, offsets of pointers, and the union of two paths.
import type { AluOp, BranchOp, Width } from '../../isa/instruction.js';
import {
  anyOf,
  constant,
  isConstant,
  type PointerFact,
  type ScalarFact,
  someOf,
  U64_MAX,
  type ValueFact,
  type Values,
} from './ranges.js';

/** More different contents of a register than this are given up as unknown. */
const MAX_VALUES = 8;
/** More different constants than this become a range. */
const MAX_CONSTANTS = 5;

/** dst op source; undefined where nothing can be said. */
export function arithmetic(op: AluOp, width: Width, dst: Values, source: Values): Values {
  if (op === 'mov') return width === 64 ? source : map(source, low32);
  if (dst === undefined || source === undefined) return width === 32 && !LOSING.includes(op) ? [someOf(32)] : undefined;
  if (dst.length === 1 && source.length === 1) return [combine(op, width, dst[0]!, source[0]!)];
  const results = dst.flatMap(left => source.map(right => combine(op, width, left, right)));
  return results.length === 1 ? results : unite(results);
}

function map(values: Values, change: (value: ValueFact) => ValueFact): Values {
  if (values === undefined) return [someOf(32)];
  return values.length === 1 ? [change(values[0]!)] : unite(values.map(change));
}

function low32(value: ValueFact): ValueFact {
  if (value.kind === 'pointer') return anyOf(32);
  if (value.maximum <= 0xffff_ffffn) return value;
  if (isConstant(value)) return constant(BigInt.asUintN(32, value.minimum));
  return value.mayBeNarrower ? someOf(32, value.isVarying) : anyOf(32);
}

function combine(op: AluOp, width: Width, left: ValueFact, right: ValueFact): ValueFact {
  if (left.kind === 'scalar' && right.kind === 'scalar') return combineScalars(op, width, left, right);
  if (width === 64 && op === 'add') {
    if (left.kind === 'pointer' && right.kind === 'scalar') return moved(left, right, 1n);
    if (left.kind === 'scalar' && right.kind === 'pointer') return moved(right, left, 1n);
  }
  if (width === 64 && op === 'sub' && left.kind === 'pointer' && right.kind === 'scalar')
    return moved(left, right, -1n);
  // The kernel takes a difference of pointers for any 64-bit number, of whatever width it is.
  return anyOf(op === 'sub' ? 64 : width);
}

/** The pointer moved by a number, up or down. */
function moved(pointer: PointerFact, by: ScalarFact, sign: 1n | -1n): PointerFact {
  const [least, most] = signedBounds(by);
  const isVarying = pointer.isVarying || by.isVarying;
  if (least === undefined || most === undefined || pointer.minimum === undefined || pointer.maximum === undefined) {
    return { ...pointer, isVarying, minimum: undefined, maximum: undefined };
  }
  const [low, high] = sign === 1n ? [least, most] : [-most, -least];
  return { ...pointer, isVarying, minimum: pointer.minimum + low, maximum: pointer.maximum + high };
}

/** Bounds as signed numbers, undefined where they are too far apart to mean a distance. */
function signedBounds({ minimum, maximum }: ScalarFact): readonly [bigint, bigint] | readonly [undefined, undefined] {
  const [low, high] = [BigInt.asIntN(64, minimum), BigInt.asIntN(64, maximum)];
  return low <= high && high - low <= 0xffff_ffffn ? [low, high] : [undefined, undefined];
}

function combineScalars(op: AluOp, width: Width, left: ScalarFact, right: ScalarFact): ScalarFact {
  const [a, b] = width === 32 ? [low32(left) as ScalarFact, low32(right) as ScalarFact] : [left, right];
  // Of these the kernel knows nothing afterwards, not even that a 32-bit operation clears the upper half.
  if (isUntracked(op, width, b)) return someOf(64, a.isVarying || b.isVarying);
  if (isConstant(a) && isConstant(b)) return exactly(op, width, a.minimum, b.minimum);
  const isVarying = a.isVarying || b.isVarying;
  const bounds = boundsOf(op, a, b);
  const limit = (1n << BigInt(width)) - 1n;
  if (bounds !== undefined && bounds[0] >= 0n && bounds[1] <= limit) {
    const [minimum, maximum] = bounds;
    return { kind: 'scalar', minimum, maximum, mayBeNarrower: true, isVarying: isVarying && minimum !== maximum };
  }
  // A number of which nothing is known stays one, for the kernel too, under what mixes all its bits.
  const isOpen = [a, b].some(({ maximum, mayBeNarrower }) => maximum === U64_MAX && !mayBeNarrower);
  return isOpen && MIXING.includes(op) ? anyOf(width) : someOf(width, isVarying);
}

const DIVISIONS: readonly AluOp[] = ['div', 'mod', 'sdiv', 'smod'];
const SHIFTS: readonly AluOp[] = ['lsh', 'rsh', 'arsh'];

/** Operations after which the kernel may know nothing of what a 32-bit result fits. */
const LOSING: readonly AluOp[] = [...DIVISIONS, ...SHIFTS, 'sub'];

/** Divisions, and shifts by what is not a constant or too large. */
function isUntracked(op: AluOp, width: Width, by: ScalarFact): boolean {
  return DIVISIONS.includes(op) || (SHIFTS.includes(op) && !(isConstant(by) && by.minimum < BigInt(width)));
}

const MIXING: readonly AluOp[] = ['add', 'sub', 'or', 'xor', 'mul', 'lsh'];

/** Both operands known: the result as RFC 9669 defines it. */
function exactly(op: AluOp, width: Width, a: bigint, b: bigint): ScalarFact {
  return constant(BigInt.asUintN(width, EXACT[op](a, b, width)));
}

type Exact = (a: bigint, b: bigint, width: Width) => bigint;

const EXACT: Readonly<Record<AluOp, Exact>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => (b === 0n ? 0n : a / b),
  sdiv: (a, b, width) => (b === 0n ? 0n : BigInt.asIntN(width, a) / BigInt.asIntN(width, b)),
  mod: (a, b) => (b === 0n ? a : a % b),
  smod: (a, b, width) => (b === 0n ? a : BigInt.asIntN(width, a) % BigInt.asIntN(width, b)),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  xor: (a, b) => a ^ b,
  lsh: (a, b, width) => a << (b & BigInt(width - 1)),
  rsh: (a, b, width) => a >> (b & BigInt(width - 1)),
  arsh: (a, b, width) => BigInt.asIntN(width, a) >> (b & BigInt(width - 1)),
  mov: (_a, b) => b,
};

/** Bounds of the result before it is cut to its width. */
function boundsOf(op: AluOp, a: ScalarFact, b: ScalarFact): readonly [bigint, bigint] | undefined {
  switch (op) {
    case 'add':
      return [a.minimum + b.minimum, a.maximum + b.maximum];
    case 'sub':
      return [a.minimum - b.maximum, a.maximum - b.minimum];
    case 'mul':
      return [a.minimum * b.minimum, a.maximum * b.maximum];
    case 'and':
      return [0n, lesser(a.maximum, b.maximum)];
    case 'or':
    case 'xor':
      return [0n, allBitsOf(a.maximum | b.maximum)];
    case 'lsh':
      return [a.minimum << b.minimum, a.maximum << b.minimum];
    case 'rsh':
      return [a.minimum >> b.minimum, a.maximum >> b.minimum];
    default:
      return undefined;
  }
}

function allBitsOf(value: bigint): bigint {
  return (1n << BigInt(value.toString(2).length)) - 1n;
}

/** What a register may hold where paths meet: a few constants, or one range; pointers to different things stay apart. */
export function unite(values: readonly ValueFact[], isWidening = false): Values {
  const united = uniteScalars(
    values.filter(value => value.kind === 'scalar'),
    isWidening,
  );
  for (const value of values) {
    if (value.kind === 'pointer')
      addPointer(united, isWidening ? { ...value, minimum: undefined, maximum: undefined } : value);
  }
  return united.length > MAX_VALUES ? undefined : united;
}

/** Adds a pointer; one into the packet makes the range of offsets wider, others stay apart. */
function addPointer(united: ValueFact[], pointer: PointerFact): void {
  const index = united.findIndex(other => isSame(other, pointer) || (pointer.to === 'packet' && isPacket(other)));
  const known = united[index];
  if (known?.kind !== 'pointer') united.push(pointer);
  else if (!isSame(known, pointer)) united[index] = spanning(known, pointer);
}

function isPacket(value: ValueFact): boolean {
  return value.kind === 'pointer' && value.to === 'packet';
}

function spanning(a: PointerFact, b: PointerFact): PointerFact {
  const isBounded =
    a.minimum !== undefined && b.minimum !== undefined && a.maximum !== undefined && b.maximum !== undefined;
  return {
    ...a,
    minimum: isBounded ? lesser(a.minimum, b.minimum) : undefined,
    maximum: isBounded ? greater(a.maximum, b.maximum) : undefined,
    isVarying: a.isVarying && b.isVarying,
  };
}

function uniteScalars(numbers: readonly ScalarFact[], isWidening: boolean): ValueFact[] {
  const different = numbers.filter((value, index) => numbers.findIndex(other => isSame(other, value)) === index);
  const [first, ...others] = different;
  if (first === undefined || others.length === 0) return different;
  if (isWidening) return [someOf(64)];
  if (different.length <= MAX_CONSTANTS && different.every(isConstant)) return different;
  const [minimum, maximum] = others.reduce(
    ([low, high], value) => [lesser(low, value.minimum), greater(high, value.maximum)],
    [first.minimum, first.maximum],
  );
  return [
    { kind: 'scalar', minimum, maximum, mayBeNarrower: true, isVarying: different.every(item => item.isVarying) },
  ];
}

/** Whether two facts say the same. */
export function isSame(a: ValueFact, b: ValueFact): boolean {
  if (a.minimum !== b.minimum || a.maximum !== b.maximum) return false;
  if (a.kind === 'scalar' || b.kind === 'scalar') {
    if (a.kind !== 'scalar' || b.kind !== 'scalar') return false;
    return a.mayBeNarrower === b.mayBeNarrower && a.isVarying === b.isVarying;
  }
  return (
    a.to === b.to && a.isVarying === b.isVarying && a.map === b.map && a.frame === b.frame && a.nullId === b.nullId
  );
}

/** Whether two registers' contents are described alike. */
export function areSame(a: Values, b: Values): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((value, index) => isSame(value, b[index]!));
}

/** Whether a comparison of two known numbers holds. */
export function compare(op: BranchOp, width: Width, a: bigint, b: bigint): boolean {
  const isSigned = op.startsWith('js') && op !== 'jset';
  const cut = isSigned ? BigInt.asIntN : BigInt.asUintN;
  return COMPARISONS[op](cut(width, a), cut(width, b));
}

const COMPARISONS: Readonly<Record<BranchOp, (a: bigint, b: bigint) => boolean>> = {
  jeq: (a, b) => a === b,
  jne: (a, b) => a !== b,
  jgt: (a, b) => a > b,
  jge: (a, b) => a >= b,
  jlt: (a, b) => a < b,
  jle: (a, b) => a <= b,
  jset: (a, b) => (a & b) !== 0n,
  jsgt: (a, b) => a > b,
  jsge: (a, b) => a >= b,
  jslt: (a, b) => a < b,
  jsle: (a, b) => a <= b,
};

/** Bounds that a number keeps where `number op limit` came out as `holds`; undefined where that cannot be. */
export function narrowed(value: ScalarFact, op: BranchOp, limit: bigint, holds: boolean): ScalarFact | undefined {
  const effective = holds ? op : OPPOSITE[op];
  let { minimum, maximum } = value;
  if (effective === 'jeq') [minimum, maximum] = [greater(minimum, limit), lesser(maximum, limit)];
  if (effective === 'jgt') minimum = greater(minimum, limit + 1n);
  if (effective === 'jge') minimum = greater(minimum, limit);
  if (effective === 'jlt') maximum = lesser(maximum, limit - 1n);
  if (effective === 'jle') maximum = lesser(maximum, limit);
  if (minimum > maximum) return undefined;
  const isOpen = minimum !== maximum;
  return { kind: 'scalar', minimum, maximum, mayBeNarrower: isOpen, isVarying: isOpen && value.isVarying };
}

const OPPOSITE: Readonly<Record<BranchOp, BranchOp>> = {
  jeq: 'jne',
  jne: 'jeq',
  jgt: 'jle',
  jge: 'jlt',
  jlt: 'jge',
  jle: 'jgt',
  jset: 'jset',
  jsgt: 'jsle',
  jsge: 'jslt',
  jslt: 'jsge',
  jsle: 'jsgt',
};

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
