// What is noted of instructions that run together, where that is asked for: counters, cycles, ways.
import type { FunctionWriter } from './function.js';
import { type Block, slotsOf } from './graph.js';
import { STATE } from './state.js';
import { TRACE_ENTRIES } from './trace.js';
import { I32 } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

/** Writes the instrumentation of one function. */
export class SegmentWriter {
  private readonly f: FunctionWriter;

  constructor(f: FunctionWriter) {
    this.f = f;
  }

  /** Instructions up to the next call or the block's end run together; a call may stop or never come back. */
  begin(block: Block, first: number): void {
    const { counters, cyclesOf, trace } = this.f.unit.context;
    if (counters === undefined && cyclesOf === undefined && trace === undefined) return;
    const last = this.segmentEnd(block, first);
    if (trace !== undefined) this.noteEntry(trace.entry(this.f.program, first, last));
    if (counters?.counts(first))
      this.addToMemory(counters.segment(this.f.program, first, last), () => this.f.code.i64(1));
    if (trace !== undefined && counters?.isWhole) {
      this.addToMemory(this.f.state + STATE.EXECUTED, () => this.f.code.i64(this.instructionsFrom(first, last)));
    }
    if (cyclesOf !== undefined) this.addCycles(Math.round(cyclesOf(this.f.program.spec, first, last)));
  }

  /** Puts an entry into the ring of the trace. */
  private noteEntry(entry: number): void {
    const { code } = this.f;
    const count = this.f.scratch(I32);
    code.i32(this.f.state);
    code.i32(this.f.state);
    code.memory('i32_load', STATE.TRACED);
    code.tee(count);
    code.i32(1);
    code.op(OP.i32_add);
    code.memory('i32_store', STATE.TRACED);
    code.i32(this.f.state);
    code.memory('i32_load', STATE.TRACE_AT);
    code.get(count);
    code.i32(TRACE_ENTRIES - 1);
    code.op(OP.i32_and);
    code.i32(2);
    code.op(OP.i32_shl, OP.i32_add);
    code.i32(entry | 0);
    code.memory('i32_store');
  }

  private segmentEnd({ last }: Block, first: number): number {
    let slot = first;
    for (;;) {
      const instruction = this.f.program.instructions[slot];
      if (slot >= last || instruction === undefined || instruction.kind === 'call') return slot;
      slot += slotsOf(instruction);
    }
  }

  private instructionsFrom(first: number, last: number): number {
    const { instructions } = this.f.program;
    return instructions.slice(first, last + 1).filter(instruction => instruction !== undefined).length;
  }

  private addCycles(cycles: number): void {
    const { code, place } = this.f;
    if (cycles === 0) return;
    if (place.kind === 'function') {
      this.addToMemory(this.f.state + STATE.CYCLES, () => code.i64(cycles));
      return;
    }
    code.get(place.cycles);
    code.i64(cycles);
    code.op(OP.i64_add);
    code.set(place.cycles);
  }

  /** Counts a conditional branch that is taken; whether it is stays on the stack. */
  countTaken(slot: number): void {
    const { code, program, unit } = this.f;
    const { counters } = unit.context;
    if (!counters?.isWhole) return;
    const isTaken = this.f.scratch(I32);
    code.tee(isTaken);
    this.addToMemory(counters.taken(program, slot), () => {
      code.get(isTaken);
      code.i32(0);
      code.op(OP.i32_ne, OP.i64_extend_i32_u);
    });
  }

  /** Adds what `push` leaves to the u64 at an address, and leaves what is on the stack as it is. */
  private addToMemory(address: number, push: () => void): void {
    const { code } = this.f;
    code.i32(address | 0);
    code.i32(address | 0);
    code.memory('i64_load');
    push();
    code.op(OP.i64_add);
    code.memory('i64_store');
  }
}
