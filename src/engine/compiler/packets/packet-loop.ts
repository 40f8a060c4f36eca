// What all packet loops are made of: they take frames one after the other and run the program, whose body stands inside the loop, on each.
import { STACK_BYTES } from '../../../machine/machine.js';
import { FRAME } from '../../../platform/limits.js';
import { extentOf } from '../analysis/stack.js';
import { type Bounds, FunctionWriter } from '../function.js';
import { outputs, reaches } from '../reach.js';
import { STATE } from '../state.js';
import type { Unit } from '../unit.js';
import { CodeWriter, I32, I64, type Label, type Local } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';

/** A loop over frames; where they come from and where verdicts go, its kinds say. */
export abstract class PacketLoop {
  protected readonly unit: Unit;
  protected readonly code: CodeWriter;
  protected readonly verdict: Local;
  protected readonly cycles: Local;
  protected readonly bounds: Bounds;
  /** The frame's address and length as the loop finds them. */
  protected readonly address: Local;
  protected readonly length: Local;
  /** Where the frame has to be moved before the program runs; undefined where it can stay. */
  protected readonly slot: number | undefined;
  /** Whether the packet's bounds are in the context, where helpers move them. */
  protected isShown = false;

  /** @param isMoved frames are moved although the program does not move their bounds */
  constructor(unit: Unit, parameterCount: number, isMoved = false) {
    this.unit = unit;
    this.code = new CodeWriter(parameterCount);
    this.verdict = this.code.local(I32);
    this.cycles = this.code.local(I64);
    this.address = this.code.local(I32);
    this.length = this.code.local(I32);
    this.bounds = { data: this.code.local(I64), dataEnd: this.code.local(I64), dataMeta: this.code.local(I64) };
    const { machine } = unit.context;
    const moves = isMoved || reaches(machine, unit.program, ({ changesPacketData }) => changesPacketData);
    this.slot = moves ? machine.packet.slotAddress + FRAME.HEADROOM_BYTES : undefined;
  }

  write(): void {
    const { code, unit } = this;
    const isUnattended = this.signature.results.length > 0;
    const index = unit.module.declareFunction(this.signature);
    const exit = code.block();
    const next = code.loop();
    this.fetch(exit);
    const done = code.block();
    const { verdict, cycles } = this;
    const writer = new FunctionWriter(unit, code, 0, { kind: 'loop', verdict, cycles, done }, this.bounds);
    this.isShown = !writer.findings.isSelfContained;
    this.beginPacket(writer);
    writer.write();
    code.end(done);
    if (isUnattended && reaches(unit.context.machine, unit.program, outputs)) code.call(unit.imports.endPacket);
    this.finishPacket();
    code.branch(next);
    code.end(next);
    code.end(exit);
    this.leave();
    unit.module.defineFunction(index, code.finish());
    unit.module.exportFunction('run', index);
  }

  protected abstract readonly signature: {
    readonly parameters: readonly (typeof I32)[];
    readonly results: readonly (typeof I32)[];
  };
  /** Sets `address` and `length`, or goes to `exit`. */
  protected abstract fetch(exit: Label): void;
  /** Leaves the address of the metadata on the stack. */
  protected abstract pushMetadata(): void;
  /** After the program: makes use of `verdict` and moves on. */
  protected abstract finishPacket(): void;
  /** Leaves the results. */
  protected abstract leave(): void;

  /** Puts the frame's bounds where the program looks for them and clears what the last packet left behind. */
  private beginPacket(writer: FunctionWriter): void {
    const { code, bounds } = this;
    code.get(this.address);
    code.op(OP.i64_extend_i32_u);
    code.tee(bounds.data);
    code.get(this.length);
    code.op(OP.i64_extend_i32_u, OP.i64_add);
    code.set(bounds.dataEnd);
    this.pushMetadata();
    code.op(OP.i64_extend_i32_u);
    code.set(bounds.dataMeta);
    if (this.unit.context.cyclesOf !== undefined) this.clearCycles();
    if (this.isShown) this.showPacket();
    this.clearStack(writer);
  }

  private clearCycles(): void {
    const { code } = this;
    code.i64(0);
    code.set(this.cycles);
    code.i32(this.unit.context.stateAddress);
    code.i64(0);
    code.memory('i64_store', STATE.CYCLES);
  }

  /** Copies the frame to where there is room around it, and clears the headroom if it was used. */
  protected moveTo(slot: number): void {
    const { code } = this;
    const { stateAddress } = this.unit.context;
    code.i32(stateAddress);
    code.memory('i32_load', STATE.HEADROOM_USED);
    const used = code.if();
    fill(code, slot - FRAME.HEADROOM_BYTES, FRAME.HEADROOM_BYTES);
    code.i32(stateAddress);
    code.i32(0);
    code.memory('i32_store', STATE.HEADROOM_USED);
    code.end(used);
    this.copyTo(slot);
    code.i32(slot | 0);
    code.set(this.address);
  }

  /** Short frames word by word, which is quicker than a copy of memory: that is a call. */
  private copyTo(slot: number): void {
    const { code } = this;
    const offset = code.local(I32);
    code.get(this.length);
    code.i32(SHORT_FRAME_BYTES);
    code.op(OP.i32_le_u);
    const isShort = code.if();
    code.i32(0);
    code.set(offset);
    const more = code.loop();
    for (let at = 0; at < COPIED_AT_ONCE; at += 8) {
      code.get(offset);
      code.get(this.address);
      code.get(offset);
      code.op(OP.i32_add);
      code.memory('i64_load', at);
      code.memory('i64_store', slot + at);
    }
    code.get(offset);
    code.i32(COPIED_AT_ONCE);
    code.op(OP.i32_add);
    code.tee(offset);
    code.get(this.length);
    code.op(OP.i32_lt_u);
    code.branchIf(more);
    code.end(more);
    code.else();
    code.i32(slot | 0);
    code.get(this.address);
    code.get(this.length);
    code.copyMemory();
    code.end(isShort);
  }

  /** Leaves the packet's cycles, of the loop and of functions, on the stack. */
  protected pushCycles(): void {
    const { code } = this;
    code.get(this.cycles);
    code.i32(this.unit.context.stateAddress);
    code.memory('i64_load', STATE.CYCLES);
    code.op(OP.i64_add);
  }

  /** Makes the packet known to the host and to other functions. */
  private showPacket(): void {
    const { code, bounds } = this;
    const { context } = this.unit;
    for (const [at, local] of [bounds.data, bounds.dataEnd, bounds.dataMeta].entries()) {
      code.i32(context.machine.packet.contextAddress | 0);
      code.get(local);
      code.memory('i64_store32', 4 * at);
    }
    const words = [
      [STATE.TAIL_CALLS, 0],
      [STATE.REDIRECT_MAP, 0],
      [STATE.PROGRAM_FRAME, context.machine.guard.stackHigh],
    ] as const;
    for (const [word, value] of words) {
      code.i32(context.stateAddress);
      code.i32(value | 0);
      code.memory('i32_store', word);
    }
  }

  private clearStack(writer: FunctionWriter): void {
    const { code } = this;
    const end = this.unit.context.machine.guard.stackHigh;
    if (this.unit.hasTailCalls) {
      this.clearUsedStack(end);
      return;
    }
    const extent = hasOtherFrames(this.unit) ? { start: -STACK_BYTES, end: 0 } : extentOf(writer.findings.unwritten);
    if (extent === undefined) return;
    const words = (extent.end - extent.start) / 8;
    if (words > MAX_STORES) {
      fill(code, end + extent.start, extent.end - extent.start);
      return;
    }
    for (let word = 0; word < words; word++) {
      code.i32((end + extent.start) | 0);
      code.i64(0);
      code.memory('i64_store', 8 * word);
    }
  }

  /** A chain of tail calls may have used more than one program's frames; the host has noted how far they went. */
  private clearUsedStack(end: number): void {
    const { code } = this;
    const { stateAddress } = this.unit.context;
    const low = code.local(I32);
    code.i32(stateAddress);
    code.memory('i32_load', STATE.STACK_LOW);
    code.tee(low);
    code.i32(0);
    code.i32(end | 0);
    code.get(low);
    code.op(OP.i32_sub);
    code.fillMemory();
    code.i32(stateAddress);
    code.i32((end - STACK_BYTES) | 0);
    code.memory('i32_store', STATE.STACK_LOW);
  }
}

/** Frames that a loop copies faster than a call does, and how far beyond a frame's end it may read and write. */
const SHORT_FRAME_BYTES = 256;
const COPIED_AT_ONCE = 32;

/** Longest run of stack words that single stores clear. */
const MAX_STORES = 16;

/** Writes zeroes. */
export function fill(code: CodeWriter, address: number, bytes: number): void {
  code.i32(address | 0);
  code.i32(0);
  code.i32(bytes);
  code.fillMemory();
}

/** Whether functions run whose frames are not looked at here. */
function hasOtherFrames({ program }: Unit): boolean {
  if ([...program.spec.references.values()].some(({ kind }) => kind === 'function')) return true;
  return program.instructions.some(
    instruction => instruction?.kind === 'call' && instruction.target.kind === 'function',
  );
}
