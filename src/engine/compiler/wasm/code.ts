// The body of one WebAssembly function, written instruction by instruction. Branches name labels; depths are worked out here.
import { assert } from '../../../support/errors.js';
import { WasmBytes } from './bytes.js';
import { MEMORY, type MemoryOp, type Op, TYPE, type ValueType } from './opcodes.js';

const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const BRANCH = 0x0c;
const BRANCH_IF = 0x0d;
const BRANCH_TABLE = 0x0e;
const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const RETURN_CALL_INDIRECT = 0x13;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const BULK = 0xfc;
const MEMORY_COPY = 10;
const MEMORY_FILL = 11;
const NO_RESULT = 0x40;

/** An open block, loop or if: what a branch goes to (the end of a block or if, the start of a loop). */
export type Label = number;

/** A local's index. */
export type Local = number;

/** Writes a function's instructions and collects its locals. */
export class CodeWriter {
  private readonly bytes = new WasmBytes();
  private readonly locals: ValueType[] = [];
  private readonly parameterCount: number;
  private open = 0;

  constructor(parameterCount: number) {
    this.parameterCount = parameterCount;
  }

  /** A new local, zero at first. */
  local(type: ValueType): Local {
    return this.parameterCount + this.locals.push(type) - 1;
  }

  op(...opcodes: readonly Op[]): void {
    for (const opcode of opcodes) this.bytes.byte(opcode);
  }

  get(local: Local): void {
    this.indexed(LOCAL_GET, local);
  }

  set(local: Local): void {
    this.indexed(LOCAL_SET, local);
  }

  tee(local: Local): void {
    this.indexed(LOCAL_TEE, local);
  }

  i32(value: number): void {
    this.bytes.byte(I32_CONST);
    this.bytes.s32(value);
  }

  /** A 64-bit constant from its halves; `high` is the sign of `low` where it is not given. */
  i64(low: number, high = (low | 0) >> 31): void {
    this.bytes.byte(I64_CONST);
    this.bytes.s64(low, high);
  }

  /** A load or store at the address on the stack plus `offset`, 0 to 2^32 - 1. Alignment is not promised. */
  memory(operation: MemoryOp, offset = 0): void {
    this.bytes.byte(MEMORY[operation][0]);
    this.bytes.byte(0);
    this.bytes.u32(offset);
  }

  /** Pops target, source and length. */
  copyMemory(): void {
    for (const byte of [BULK, MEMORY_COPY, 0, 0]) this.bytes.byte(byte);
  }

  /** Pops target, value and length. */
  fillMemory(): void {
    for (const byte of [BULK, MEMORY_FILL, 0]) this.bytes.byte(byte);
  }

  call(functionIndex: number): void {
    this.indexed(CALL, functionIndex);
  }

  /** Pops the arguments and then the index in table 0. */
  callIndirect(typeIndex: number): void {
    this.indexed(CALL_INDIRECT, typeIndex);
    this.bytes.byte(0);
  }

  /** As callIndirect, in place of this function's activation. */
  returnCallIndirect(typeIndex: number): void {
    this.indexed(RETURN_CALL_INDIRECT, typeIndex);
    this.bytes.byte(0);
  }

  block(): Label {
    return this.start(BLOCK, NO_RESULT);
  }

  loop(): Label {
    return this.start(LOOP, NO_RESULT);
  }

  /** Pops the condition; `result` is the type of the value that both arms leave. */
  if(result?: ValueType): Label {
    return this.start(IF, result ?? NO_RESULT);
  }

  else(): void {
    this.bytes.byte(ELSE);
  }

  /** Closes the innermost block, loop or if, which must be `label`. */
  end(label: Label): void {
    assert(label === this.open, 'the innermost block to end first');
    this.open--;
    this.bytes.byte(END);
  }

  branch(label: Label): void {
    this.indexed(BRANCH, this.open - label);
  }

  branchIf(label: Label): void {
    this.indexed(BRANCH_IF, this.open - label);
  }

  /** Pops an index into `labels`; what lies beyond goes to the last. */
  branchTable(labels: readonly Label[]): void {
    this.indexed(BRANCH_TABLE, labels.length - 1);
    for (const label of labels) this.bytes.u32(this.open - label);
  }

  /** The encoded function: size, locals, instructions, end. */
  finish(): Uint8Array {
    assert(this.open === 0, 'every block to be ended');
    const body = new WasmBytes();
    const groups = localGroups(this.locals);
    body.u32(groups.length);
    for (const { count, type } of groups) {
      body.u32(count);
      body.byte(type);
    }
    body.append(this.bytes.written);
    body.byte(END);
    const sized = new WasmBytes();
    sized.u32(body.length);
    sized.append(body.written);
    return sized.written;
  }

  private indexed(opcode: number, index: number): void {
    this.bytes.byte(opcode);
    this.bytes.u32(index);
  }

  private start(opcode: number, type: number): Label {
    this.bytes.byte(opcode);
    this.bytes.byte(type);
    return ++this.open;
  }
}

function localGroups(locals: readonly ValueType[]): { count: number; readonly type: ValueType }[] {
  const groups: { count: number; readonly type: ValueType }[] = [];
  for (const type of locals) {
    const last = groups.at(-1);
    if (last?.type === type) last.count++;
    else groups.push({ count: 1, type });
  }
  return groups;
}

/** The bytes of value types, for signatures. */
export const { i32: I32, i64: I64 } = TYPE;
