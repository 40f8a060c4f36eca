// Writes one function of a program: its registers as locals, its blocks through structure.ts, its instructions through the files beside.
import type { Instruction } from '../../isa/instruction.js';
import type { BoundProgram } from '../../machine/machine.js';
import { RUN_LIMIT, VERIFIER_LIMIT } from '../../platform/limits.js';
import { assert } from '../../support/errors.js';
import { analyse, type Findings } from './analysis/analyse.js';
import {
  type Registers,
  writeAlu,
  writeByteswap,
  writeCondition,
  writeNegation,
  writeSignExtension,
} from './arithmetic.js';
import { BudgetWriter } from './budget.js';
import { writeCall } from './calls.js';
import { type Block, buildGraph, type Graph, slotsOf } from './graph.js';
import { writeAtomic, writeLoad, writeLoadAcquire, writeStore, writeStoreRelease } from './memory.js';
import { SegmentWriter } from './segments.js';
import { STATE, STOP, STOP_BITS } from './state.js';
import { type BlockWriter, writeStructured } from './structure.js';
import type { Unit } from './unit.js';
import { type CodeWriter, I32, I64, type Label, type Local } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

const REGISTERS = 11;
const FRAME_POINTER = 10;

/** How a function stands in its module. */
export type Place =
  /** In the packet loop: registers start anew, the result is an i32 in `verdict`, and control goes on behind `done`. */
  | { readonly kind: 'loop'; readonly verdict: Local; readonly cycles: Local; readonly done: Label }
  /** A WebAssembly function with BPF_SIGNATURE; `framePointer` is its last parameter. */
  | { readonly kind: 'function'; readonly framePointer: Local };

/** The packet's bounds in locals, i64 each. */
export interface Bounds {
  readonly data: Local;
  readonly dataEnd: Local;
  readonly dataMeta: Local;
}

/** Writes the blocks of one function. */
export class FunctionWriter implements Registers, BlockWriter {
  readonly code: CodeWriter;
  readonly unit: Unit;
  readonly program: BoundProgram;
  readonly place: Place;
  readonly bounds: Bounds | undefined;
  readonly graph: Graph;
  readonly findings: Findings;
  readonly budget = new BudgetWriter(this);
  /** Of the stop block: see `stopIf`. */
  private stopLabel: Label = 0;
  private readonly where: Local;
  private readonly registers: Local[] = [];
  private readonly scratches = new Map<number, Local>();
  private readonly segments = new SegmentWriter(this);
  private mayGotoLeft: Local | undefined;
  private programFrame: Local | undefined;

  constructor(unit: Unit, code: CodeWriter, entry: number, place: Place, bounds: Bounds | undefined) {
    this.unit = unit;
    this.code = code;
    this.program = unit.program;
    this.place = place;
    this.bounds = bounds;
    this.graph = buildGraph(this.program.instructions, entry);
    this.findings = analyse(unit.context.machine, this.program, this.graph, entry === 0);
    this.where = code.local(I32);
    for (let register = 0; register < REGISTERS - 1; register++) {
      const isParameter = place.kind === 'function' && register >= 1 && register <= 5;
      this.registers.push(isParameter ? register - 1 : code.local(I64));
    }
  }

  /** Writes everything; control goes on where `place` says. */
  write(): void {
    const { code } = this;
    this.stopLabel = code.block();
    this.prepare();
    writeStructured(this.graph, code, this);
    code.end(this.stopLabel);
    this.writeStop();
  }

  // ---- registers ----

  push(register: number): void {
    const { code, place } = this;
    if (register !== FRAME_POINTER) code.get(this.registers[register]!);
    else if (place.kind === 'loop') code.i64(this.stackEnd | 0, 0);
    else {
      code.get(place.framePointer);
      code.op(OP.i64_extend_i32_u);
    }
  }

  pop(register: number): void {
    assert(register !== FRAME_POINTER, 'no write to r10');
    this.code.set(this.registers[register]!);
  }

  scratch = (type: typeof I32 | typeof I64): Local => {
    const known = this.scratches.get(type);
    if (known !== undefined) return known;
    const local = this.code.local(type);
    this.scratches.set(type, local);
    return local;
  };

  /** A local that is not shared. */
  local(type: typeof I32 | typeof I64): Local {
    return this.code.local(type);
  }

  /** Leaves the frame pointer as i32 on the stack. */
  pushFramePointer(): void {
    const { code, place } = this;
    if (place.kind === 'loop') code.i32(this.stackEnd | 0);
    else code.get(place.framePointer);
  }

  /** Leaves the lowest address of the function's own frame as i64 on the stack. */
  pushFrameStart(): void {
    const { code, place } = this;
    if (place.kind === 'loop') {
      code.i64((this.stackEnd - VERIFIER_LIMIT.MAX_STACK_BYTES) | 0, 0);
      return;
    }
    code.get(place.framePointer);
    code.i32(VERIFIER_LIMIT.MAX_STACK_BYTES);
    code.op(OP.i32_sub, OP.i64_extend_i32_u);
  }

  /** Address behind the first frame. */
  get stackEnd(): number {
    return this.unit.context.machine.guard.stackHigh;
  }

  get state(): number {
    return this.unit.context.stateAddress;
  }

  // ---- stops ----

  /** Stops the program at `slot` if the i32 on the stack is not 0. */
  stopIf(slot: number, reason: keyof typeof STOP): void {
    this.code.i32((slot << STOP_BITS) | STOP[reason]);
    this.code.set(this.where);
    this.code.branchIf(this.stopLabel);
  }

  stop(slot: number, reason: keyof typeof STOP): void {
    this.code.i32((slot << STOP_BITS) | STOP[reason]);
    this.code.set(this.where);
    this.code.branch(this.stopLabel);
  }

  /** Hands over to the host: all registers in memory, and where it was. */
  private writeStop(): void {
    const { code, unit } = this;
    for (let register = 0; register < REGISTERS; register++) {
      code.i32(this.state);
      this.push(register);
      code.memory('i64_store', STATE.REGISTERS + 8 * register);
    }
    code.get(this.where);
    this.pushFramePointer();
    code.i32(this.program.id);
    code.call(unit.imports.stop);
    code.op(OP.unreachable);
  }

  // ---- beginning ----

  private prepare(): void {
    const { code, graph, place, unit } = this;
    if (place.kind === 'loop') this.resetRegisters();
    this.budget.open();
    if (place.kind === 'function' && unit.hasTailCalls) this.readProgramFrame();
    if (graph.blocks.some(block => block.ending === 'mayGoto')) {
      this.mayGotoLeft = code.local(I32);
      code.i32(RUN_LIMIT.MAX_LOOP_ITERATIONS);
      code.set(this.mayGotoLeft);
    }
  }

  private resetRegisters(): void {
    const { code } = this;
    for (let register = 0; register < REGISTERS - 1; register++) {
      if (register === 1) code.i64(this.unit.context.machine.packet.contextAddress | 0, 0);
      else code.i64(0);
      this.pop(register);
    }
  }

  // ---- frames ----

  private readProgramFrame(): void {
    const { code } = this;
    this.programFrame = code.local(I32);
    code.i32(this.state);
    code.memory('i32_load', STATE.PROGRAM_FRAME);
    code.set(this.programFrame);
  }

  /** After a call: what was called may have gone on in another program, whose frames are counted anew. */
  restoreProgramFrame(): void {
    if (this.programFrame === undefined) return;
    this.code.i32(this.state);
    this.code.get(this.programFrame);
    this.code.memory('i32_store', STATE.PROGRAM_FRAME);
  }

  // ---- blocks ----

  body(block: Block): void {
    const { instructions } = this.program;
    let slot = block.start;
    this.segments.begin(block, slot);
    for (let count = block.instructionCount; count > 1; count--) {
      const instruction = instructions[slot]!;
      this.instruction(slot, instruction);
      slot += slotsOf(instruction);
      if (instruction.kind === 'call') this.segments.begin(block, slot);
    }
    if (block.ending === 'next') this.instruction(slot, instructions[slot]!);
    else if (block.ending === 'exit') this.exit();
    else if (block.ending === 'trap') this.stop(slot, 'instruction');
  }

  condition(block: Block): void {
    const instruction = this.program.instructions[block.last];
    if (instruction?.kind === 'branch') writeCondition(this, instruction);
    else this.mayGoto();
    this.segments.countTaken(block.last);
  }

  backEdge(from: Block, to: Block): void {
    this.budget.charge(from, to);
  }

  private mayGoto(): void {
    const { code } = this;
    const left = this.mayGotoLeft;
    assert(left !== undefined, 'a counter in functions with may_goto');
    code.get(left);
    code.op(OP.i32_eqz);
    code.get(left);
    code.i32(1);
    code.op(OP.i32_sub);
    code.set(left);
  }

  private exit(): void {
    this.push(0);
    this.leave();
  }

  /** Ends the function with the i64 on the stack as its result. */
  leave(): void {
    const { code, place } = this;
    if (place.kind === 'loop') {
      code.op(OP.i32_wrap_i64);
      code.set(place.verdict);
      code.branch(place.done);
    } else {
      this.budget.flush();
      code.op(OP.return);
    }
  }

  private instruction(slot: number, instruction: Instruction): void {
    switch (instruction.kind) {
      case 'alu':
        writeAlu(this, instruction);
        break;
      case 'neg':
        writeNegation(this, instruction);
        break;
      case 'movsx':
        writeSignExtension(this, instruction);
        break;
      case 'byteswap':
        writeByteswap(this, instruction);
        break;
      case 'load':
        writeLoad(this, slot, instruction);
        break;
      case 'store':
        writeStore(this, slot, instruction);
        break;
      case 'atomic':
        writeAtomic(this, slot, instruction);
        break;
      case 'loadAcquire':
        writeLoadAcquire(this, slot, instruction);
        break;
      case 'storeRelease':
        writeStoreRelease(this, slot, instruction);
        break;
      case 'call':
        writeCall(this, slot, instruction);
        break;
      case 'loadImmediate64':
        this.code.i64(instruction.low, instruction.high);
        this.pop(instruction.dst);
        break;
      default:
        this.stop(slot, 'instruction');
        break;
    }
  }
}
