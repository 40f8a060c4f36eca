// What must hold before an instruction may run, in the order in which Linux asks. The list depends on the instruction alone; rules/prove.ts holds it
// against a state, and rules/ moves the state on.
import type { Instruction, Operand, Register, SizeBytes, Width } from '../isa/instruction.js';

/** One thing that must hold. */
export type Obligation =
  /** The register was written. */
  | { readonly kind: 'readable'; readonly register: Register }
  /** The register is not the frame pointer. */
  | { readonly kind: 'writable'; readonly register: Register }
  /** As `writable`; the register's old contents are lost before the accesses behind it. */
  | { readonly kind: 'clobbered'; readonly register: Register }
  /** A constant divisor is not 0. */
  | { readonly kind: 'divisor'; readonly value: number }
  /** A constant shift count is less than the width. */
  | { readonly kind: 'shift'; readonly bits: number; readonly width: Width }
  /** The pointer leads to memory that takes atomic operations. */
  | { readonly kind: 'atomicTarget'; readonly base: Register; readonly verb: 'stores into' | 'loads from' }
  | MemoryAccess;

/** Bytes at base + offset are accessible. */
export interface MemoryAccess {
  readonly kind: 'access';
  readonly mode: 'read' | 'write';
  readonly base: Register;
  readonly offset: number;
  readonly size: SizeBytes;
  /** Register that is filled or stored; undefined for constants and for accesses that only test. */
  readonly value: Register | undefined;
  /** The constant that is stored. */
  readonly constant: number | undefined;
  readonly isSigned: boolean;
  /** Natural alignment is required wherever the memory is. */
  readonly mustAlign: boolean;
}

/** The obligations of an instruction; calls have their own, made of their prototypes. */
export function obligationsOf(instruction: Instruction): readonly Obligation[] {
  switch (instruction.kind) {
    case 'alu':
      return arithmeticObligations(instruction);
    case 'neg':
    case 'byteswap':
      return [readable(instruction.dst), writable(instruction.dst)];
    case 'movsx':
      return [readable(instruction.src), writable(instruction.dst)];
    case 'load': {
      const { base, dst, offset, size, isSigned } = instruction;
      return [readable(base), writable(dst), access({ mode: 'read', base, offset, size, value: dst, isSigned })];
    }
    case 'store': {
      const { base, offset, size, source } = instruction;
      const value = source.kind === 'register' ? source.register : undefined;
      const constant = source.kind === 'immediate' ? source.value : undefined;
      return [...ofOperand(source), readable(base), access({ mode: 'write', base, offset, size, value, constant })];
    }
    case 'atomic':
      return atomicObligations(instruction);
    case 'loadAcquire': {
      const { base, dst, offset, size } = instruction;
      const load = access({ mode: 'read', base, offset, size, value: dst, mustAlign: true });
      return [readable(base), writable(dst), load, { kind: 'atomicTarget', base, verb: 'loads from' }];
    }
    case 'storeRelease': {
      const { base, src, offset, size } = instruction;
      const store = access({ mode: 'write', base, offset, size, value: src, mustAlign: true });
      return [readable(src), readable(base), store, { kind: 'atomicTarget', base, verb: 'stores into' }];
    }
    case 'branch':
      return [readable(instruction.dst), ...ofOperand(instruction.source)];
    case 'loadImmediate64':
      return [writable(instruction.dst)];
    default:
      return [];
  }
}

const readable = (register: Register): Obligation => ({ kind: 'readable', register });
const writable = (register: Register): Obligation => ({ kind: 'writable', register });
const ofOperand = (operand: Operand): readonly Obligation[] =>
  operand.kind === 'register' ? [readable(operand.register)] : [];

function arithmeticObligations(instruction: Extract<Instruction, { kind: 'alu' }>): readonly Obligation[] {
  const { op, width, dst, source } = instruction;
  if (op === 'mov') return [...ofOperand(source), writable(dst)];
  const list = [...ofOperand(source), readable(dst)];
  if (source.kind === 'immediate') {
    if (DIVISIONS.has(op)) list.push({ kind: 'divisor', value: source.value });
    if (SHIFTS.has(op)) list.push({ kind: 'shift', bits: source.value, width });
  }
  return [...list, writable(dst)];
}

const DIVISIONS: ReadonlySet<string> = new Set(['div', 'sdiv', 'mod', 'smod']);
const SHIFTS: ReadonlySet<string> = new Set(['lsh', 'rsh', 'arsh']);

function atomicObligations(instruction: Extract<Instruction, { kind: 'atomic' }>): readonly Obligation[] {
  const { op, fetch, size, base, offset, src } = instruction;
  const result = op === 'cmpxchg' ? 0 : fetch ? src : undefined;
  const place = { base, offset, size, mustAlign: true } as const;
  return [
    readable(src),
    readable(base),
    ...(op === 'cmpxchg' ? [readable(0)] : []),
    { kind: 'atomicTarget', base, verb: 'stores into' },
    ...(result === undefined ? [] : [{ kind: 'clobbered', register: result } as const]),
    access({ mode: 'read', ...place }),
    ...(result === undefined ? [] : [access({ mode: 'read', ...place, value: result })]),
    access({ mode: 'write', ...place }),
  ];
}

function access(fields: Pick<MemoryAccess, 'mode' | 'base' | 'offset' | 'size'> & Partial<MemoryAccess>): MemoryAccess {
  return { kind: 'access', value: undefined, constant: undefined, isSigned: false, mustAlign: false, ...fields };
}
