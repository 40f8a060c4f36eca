// The instructions that a packet may still execute. They are counted in loops and calls only: nothing else can go on for long.
import { assert } from '../../support/errors.js';
import type { FunctionWriter } from './function.js';
import type { Block } from './graph.js';
import { STATE } from './state.js';
import { I32, type Local } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

/** Writes what one function does about the budget, which lies in the state block between functions. */
export class BudgetWriter {
  private readonly f: FunctionWriter;
  /** What is left, in functions with loops. */
  private left: Local | undefined;

  constructor(f: FunctionWriter) {
    this.f = f;
  }

  /** Where the function begins. */
  open(): void {
    const { code, graph, place, unit } = this.f;
    if (graph.isLoop.some(flag => flag === 1)) this.left = code.local(I32);
    if (this.left === undefined && !unit.hasCalls && place.kind === 'loop') return;
    const start = Math.min(unit.context.instructionBudget, 0x7fff_ffff);
    if (place.kind === 'loop') {
      if (unit.hasCalls) {
        code.i32(this.f.state);
        code.i32(start);
        code.memory('i32_store', STATE.BUDGET);
      }
      if (this.left === undefined) return;
      code.i32(start);
      code.set(this.left);
    } else this.chargeEntry();
  }

  /** A function that is called over and over uses up budget even where it has no loop. */
  private chargeEntry(): void {
    const { code, graph } = this.f;
    const left = this.left ?? code.local(I32);
    code.i32(this.f.state);
    code.i32(this.f.state);
    code.memory('i32_load', STATE.BUDGET);
    code.i32(graph.blocks[0]!.instructionCount);
    code.op(OP.i32_sub);
    code.tee(left);
    code.memory('i32_store', STATE.BUDGET);
    code.get(left);
    code.i32(0);
    code.op(OP.i32_lt_s);
    this.f.stopIf(graph.blocks[0]!.start, 'budget');
  }

  /** Before a call of code that counts: writes the budget where that finds it. */
  flush(): void {
    const { code, state } = this.f;
    if (this.left === undefined) return;
    code.i32(state);
    code.get(this.left);
    code.memory('i32_store', STATE.BUDGET);
  }

  /** After such a call. */
  read(): void {
    const { code, state } = this.f;
    if (this.left === undefined) return;
    code.i32(state);
    code.memory('i32_load', STATE.BUDGET);
    code.set(this.left);
  }

  /** A round of a loop ends: takes off what every way through it executes. */
  charge(from: Block, to: Block): void {
    const { left } = this;
    const { code } = this.f;
    assert(left !== undefined, 'a budget in functions with loops');
    code.get(left);
    code.i32(this.roundLength(from, to));
    code.op(OP.i32_sub);
    code.tee(left);
    code.i32(0);
    code.op(OP.i32_lt_s);
    this.f.stopIf(to.start, 'budget');
  }

  /** Instructions on the blocks that every way from `to` to `from` goes through. */
  private roundLength(from: Block, to: Block): number {
    const { blocks, dominator } = this.f.graph;
    let total = 0;
    let block = from;
    while (block.index > to.index) {
      total += block.instructionCount;
      block = blocks[dominator[block.index]!]!;
    }
    return total + to.instructionCount;
  }
}
