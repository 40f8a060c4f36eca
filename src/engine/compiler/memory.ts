// Loads, stores and atomic operations: the address, the check that it may be accessed, the access.
import type { AtomicOp, Instruction, Operand, SizeBytes } from '../../isa/instruction.js';
import type { Check } from './analysis/analyse.js';
import type { FunctionWriter } from './function.js';
import { I32, I64, type Label, type Local } from './wasm/code.js';
import { type MemoryOp, OP, type Op } from './wasm/opcodes.js';

const LOAD: Record<SizeBytes, MemoryOp> = { 1: 'i64_load8_u', 2: 'i64_load16_u', 4: 'i64_load32_u', 8: 'i64_load' };
const LOAD_SIGNED: Record<SizeBytes, MemoryOp> = {
  1: 'i64_load8_s',
  2: 'i64_load16_s',
  4: 'i64_load32_s',
  8: 'i64_load',
};
const STORE: Record<SizeBytes, MemoryOp> = {
  1: 'i64_store8',
  2: 'i64_store16',
  4: 'i64_store32',
  8: 'i64_store',
};

/** Bits of the last argument of the import `allowed`; the size is above them. */
export const ACCESS = { write: 1, signed: 2, SIZE_SHIFT: 4 } as const;

/** An access as checks see it. */
interface Access {
  readonly slot: number;
  readonly base: number;
  readonly offset: number;
  readonly size: SizeBytes;
  readonly flags: number;
}

/** dst = memory[base + offset] */
export function writeLoad(f: FunctionWriter, slot: number, instruction: Instruction & { kind: 'load' }): void {
  const { base, offset, size, isSigned, dst } = instruction;
  if (writeBoundLoad(f, f.findings.check(slot), dst)) return;
  const memoryOffset = pushAddress(f, { slot, base, offset, size, flags: isSigned ? ACCESS.signed : 0 });
  f.code.memory(isSigned ? LOAD_SIGNED[size] : LOAD[size], memoryOffset);
  f.pop(dst);
}

/** dst = data, data_end or data_meta, where these are at hand in locals. */
function writeBoundLoad(f: FunctionWriter, check: Check, dst: number): boolean {
  if (check.kind !== 'contextField' || f.bounds === undefined) return false;
  const local = [f.bounds.data, f.bounds.dataEnd, f.bounds.dataMeta][check.offset / 4];
  if (local === undefined) return false;
  f.code.get(local);
  f.pop(dst);
  return true;
}

/** memory[base + offset] = source */
export function writeStore(f: FunctionWriter, slot: number, instruction: Instruction & { kind: 'store' }): void {
  const { base, offset, size, source } = instruction;
  const memoryOffset = pushAddress(f, { slot, base, offset, size, flags: ACCESS.write });
  pushValue(f, source);
  f.code.memory(STORE[size], memoryOffset);
}

function pushValue(f: FunctionWriter, source: Operand): void {
  if (source.kind === 'register') f.push(source.register);
  else f.code.i64(source.value);
}

/** A load that no later access passes: as any other here, where one program runs at a time. */
export function writeLoadAcquire(
  f: FunctionWriter,
  slot: number,
  instruction: Instruction & { kind: 'loadAcquire' },
): void {
  const { base, offset, size, dst } = instruction;
  const memoryOffset = pushAlignedAddress(f, { slot, base, offset, size, flags: 0 });
  f.code.memory(LOAD[size], memoryOffset);
  f.pop(dst);
}

/** A store that no earlier access passes. */
export function writeStoreRelease(
  f: FunctionWriter,
  slot: number,
  instruction: Instruction & { kind: 'storeRelease' },
): void {
  const { base, offset, size, src } = instruction;
  const memoryOffset = pushAlignedAddress(f, { slot, base, offset, size, flags: ACCESS.write });
  f.push(src);
  f.code.memory(STORE[size], memoryOffset);
}

const COMBINE: Record<Exclude<AtomicOp, 'xchg' | 'cmpxchg'>, Op> = {
  add: OP.i64_add,
  or: OP.i64_or,
  and: OP.i64_and,
  xor: OP.i64_xor,
};

/** Read-modify-write; nothing else runs meanwhile, so an ordinary load and store do. */
export function writeAtomic(f: FunctionWriter, slot: number, instruction: Instruction & { kind: 'atomic' }): void {
  const { op, base, offset, size, src, fetch } = instruction;
  const { code } = f;
  const address = f.local(I32);
  const old = f.local(I64);
  const memoryOffset = pushAlignedAddress(f, { slot, base, offset, size, flags: ACCESS.write });
  code.tee(address);
  code.memory(LOAD[size], memoryOffset);
  code.set(old);
  if (op === 'cmpxchg') {
    writeCompareExchange(f, instruction, address, old, memoryOffset);
    return;
  }
  code.get(address);
  if (op === 'xchg') f.push(src);
  else {
    code.get(old);
    f.push(src);
    code.op(COMBINE[op]);
  }
  code.memory(STORE[size], memoryOffset);
  if (!fetch) return;
  code.get(old);
  f.pop(src);
}

/** Stores src where r0 equals the old value; r0 becomes the old value. The 32-bit form compares low halves. */
function writeCompareExchange(
  f: FunctionWriter,
  { size, src }: Instruction & { kind: 'atomic' },
  address: Local,
  old: Local,
  memoryOffset: number,
): void {
  const { code } = f;
  f.push(0);
  if (size === 4) code.op(OP.i32_wrap_i64, OP.i64_extend_i32_u);
  code.get(old);
  code.op(OP.i64_eq);
  const equal = code.if();
  code.get(address);
  f.push(src);
  code.memory(STORE[size], memoryOffset);
  code.end(equal);
  code.get(old);
  f.pop(0);
}

/** Leaves an i32 address on the stack, checked; gives the constant to add to it. */
function pushAddress(f: FunctionWriter, access: Access): number {
  if (f.unit.isChecked) writeCheck(f, access);
  f.push(access.base);
  f.code.op(OP.i32_wrap_i64);
  if (access.offset >= 0) return access.offset;
  f.code.i32(access.offset);
  f.code.op(OP.i32_add);
  return 0;
}

/** As pushAddress, for an access that must be naturally aligned. */
function pushAlignedAddress(f: FunctionWriter, access: Access): number {
  const memoryOffset = pushAddress(f, access);
  if (!f.unit.isChecked) return memoryOffset;
  const { code } = f;
  const address = f.scratch(I32);
  code.tee(address);
  code.get(address);
  code.i32(memoryOffset);
  code.op(OP.i32_add);
  code.i32(access.size - 1);
  code.op(OP.i32_and);
  f.stopIf(access.slot, 'access');
  return memoryOffset;
}

/** Stops the program unless the access is known to be allowed, or the likely place or the host says that it is. */
function writeCheck(f: FunctionWriter, access: Access): void {
  const check = f.findings.check(access.slot);
  if (check.kind === 'none' || check.kind === 'contextField') return;
  const { code } = f;
  const address = f.scratch(I64);
  f.push(access.base);
  code.i64(access.offset);
  code.op(OP.i64_add);
  code.set(address);
  const opened: Label[] = [];
  for (const pushIsOutside of placesToLook(f, check, address, access.size)) {
    pushIsOutside();
    opened.push(code.if());
  }
  writeQuestion(f, access, address);
  for (const label of opened.reverse()) code.end(label);
}

/** Tests, the likeliest first, that leave whether the access is to somewhere else. */
function placesToLook(f: FunctionWriter, check: Check, address: Local, size: number): readonly (() => void)[] {
  const packet = (): void => pushIsOutsidePacket(f, address, size);
  if (check.kind === 'packet') return [packet];
  if (check.kind === 'within' && check.lengthBytes >= size) {
    return [() => pushIsOutsideRange(f, address, check.start, check.lengthBytes - size)];
  }
  return [packet, () => pushIsOutsideStack(f, address, size)];
}

/** Asks the host, and stops the program if it says no. */
function writeQuestion(f: FunctionWriter, access: Access, address: Local): void {
  const { code } = f;
  code.get(address);
  code.op(OP.i32_wrap_i64);
  code.get(address);
  code.i64(32);
  code.op(OP.i64_shr_u, OP.i32_wrap_i64);
  code.i32((access.size << ACCESS.SIZE_SHIFT) | access.flags);
  code.call(f.unit.imports.allowed);
  code.op(OP.i32_eqz);
  f.stopIf(access.slot, 'access');
}

function pushIsOutsideRange({ code }: FunctionWriter, address: Local, start: number, lastOffset: number): void {
  code.get(address);
  code.i64(start | 0, 0);
  code.op(OP.i64_sub);
  code.i64(lastOffset | 0, 0);
  code.op(OP.i64_gt_u);
}

/** (address - data_meta) > (length - size), unsigned: a frame's linear part has 14 bytes at least, so there is no underflow. */
function pushIsOutsidePacket(f: FunctionWriter, address: Local, size: number): void {
  const { code } = f;
  code.get(address);
  pushBound(f, 'dataMeta');
  code.op(OP.i64_sub);
  pushBound(f, 'dataEnd');
  pushBound(f, 'dataMeta');
  code.op(OP.i64_sub);
  code.i64(size);
  code.op(OP.i64_sub, OP.i64_gt_u);
}

function pushBound(f: FunctionWriter, bound: 'dataEnd' | 'dataMeta'): void {
  if (f.bounds !== undefined) f.code.get(f.bounds[bound]);
  else pushContextWord(f, bound === 'dataEnd' ? 4 : 8);
}

/** The stack in use: from the function's own frame up to the first one. */
function pushIsOutsideStack(f: FunctionWriter, address: Local, size: number): void {
  const { code } = f;
  code.get(address);
  f.pushFrameStart();
  code.op(OP.i64_sub);
  code.i64(f.stackEnd | 0, 0);
  f.pushFrameStart();
  code.op(OP.i64_sub);
  code.i64(size);
  code.op(OP.i64_sub, OP.i64_gt_u);
}

/** Leaves a u32 field of the context, zero-extended, on the stack. */
export function pushContextWord(f: FunctionWriter, offset: number): void {
  f.code.i32(f.unit.context.machine.packet.contextAddress | 0);
  f.code.memory('i64_load32_u', offset);
}
