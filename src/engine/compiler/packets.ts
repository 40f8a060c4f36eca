// The packet loop: takes frames one after the other and runs the program, whose body stands inside the loop, on each of them.
import { STACK_BYTES } from '../../machine/machine.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { FRAME } from '../../platform/limits.js';
import { extentOf } from './analysis/stack.js';
import { type Bounds, FunctionWriter } from './function.js';
import { outputs, reaches } from './reach.js';
import { DESCRIPTOR_BYTES, PACKET_DESCRIPTOR, RECORD, RECORDS_STOP, STATE, TALLY_BYTES, VERDICTS } from './state.js';
import type { Unit } from './unit.js';
import { CodeWriter, I32, I64, type Label, type Local } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

/** Where frames come from and verdicts go. */
export type Feed =
  /** Descriptors, as state.ts draws them; `run(first, end)`. */
  | { readonly kind: 'descriptors' }
  /**
   * Records of a little-endian pcap file; `run(first, end, unitsPerSecond, most)` gives the address where it stopped. Verdicts are counted.
   * Frames are between the two lengths; whatever is unusual is left to the host.
   */
  | { readonly kind: 'records'; readonly minimumBytes: number; readonly maximumBytes: number };

/** Writes and exports the function `run`. */
export function writePacketLoop(unit: Unit, feed: Feed): void {
  if (feed.kind === 'descriptors') new DescriptorLoop(unit).write();
  else new RecordLoop(unit, feed.minimumBytes, feed.maximumBytes).write();
}

/** What both loops are made of. */
abstract class PacketLoop {
  protected readonly unit: Unit;
  protected readonly code: CodeWriter;
  protected readonly verdict: Local;
  protected readonly cycles: Local;
  protected readonly bounds: Bounds;
  /** The frame's address and length as the loop finds them. */
  protected readonly address: Local;
  protected readonly length: Local;

  constructor(unit: Unit, parameterCount: number) {
    this.unit = unit;
    this.code = new CodeWriter(parameterCount);
    this.verdict = this.code.local(I32);
    this.cycles = this.code.local(I64);
    this.address = this.code.local(I32);
    this.length = this.code.local(I32);
    this.bounds = { data: this.code.local(I64), dataEnd: this.code.local(I64), dataMeta: this.code.local(I64) };
  }

  write(): void {
    const { code, unit } = this;
    const isCounting = this.signature.results.length > 0;
    const index = unit.module.declareFunction(this.signature);
    const exit = code.block();
    const next = code.loop();
    this.fetch(exit);
    const done = code.block();
    const { verdict, cycles } = this;
    const writer = new FunctionWriter(unit, code, 0, { kind: 'loop', verdict, cycles, done }, this.bounds);
    this.beginPacket(writer);
    writer.write();
    code.end(done);
    if (isCounting && reaches(unit.context.machine, unit.program, outputs)) code.call(unit.imports.endPacket);
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
    code.tee(bounds.dataMeta);
    code.get(this.length);
    code.op(OP.i64_extend_i32_u, OP.i64_add);
    code.set(bounds.dataEnd);
    if (this.unit.context.cyclesOf !== undefined) this.clearCycles();
    if (!writer.findings.isSelfContained) this.showPacket();
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

/** Longest run of stack words that single stores clear. */
const MAX_STORES = 16;

function fill(code: CodeWriter, address: number, bytes: number): void {
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

/** run(first, end) */
class DescriptorLoop extends PacketLoop {
  protected readonly signature = { parameters: [I32, I32], results: [] };

  constructor(unit: Unit) {
    super(unit, 2);
  }

  protected override fetch(exit: Label): void {
    const { code } = this;
    code.get(0);
    code.get(1);
    code.op(OP.i32_ge_u);
    code.branchIf(exit);
    code.get(0);
    code.memory('i32_load', PACKET_DESCRIPTOR.ADDRESS);
    code.set(this.address);
    code.get(0);
    code.memory('i32_load', PACKET_DESCRIPTOR.LENGTH);
    code.set(this.length);
  }

  protected override finishPacket(): void {
    const { code } = this;
    code.get(0);
    code.get(this.verdict);
    code.memory('i32_store', PACKET_DESCRIPTOR.VERDICT);
    if (this.unit.context.cyclesOf !== undefined) {
      code.get(0);
      this.pushCycles();
      code.memory('i64_store32', PACKET_DESCRIPTOR.CYCLES);
    }
    code.get(0);
    code.i32(DESCRIPTOR_BYTES);
    code.op(OP.i32_add);
    code.set(0);
  }

  protected override leave(): void {
    // No result.
  }
}

/** How far ahead of the record at hand memory is touched. */
export const AHEAD_BYTES = 512;

/** Parameters of a loop over records. */
const AT = 0;
const END = 1;
const UNITS_PER_SECOND = 2;
const MOST = 3;

/** run(first, end, unitsPerSecond, most) -> where it stopped; why, and the record that it was at, are in the state block. */
class RecordLoop extends PacketLoop {
  protected readonly signature = { parameters: [I32, I32, I32, I32], results: [I32] };
  private readonly minimumBytes: number;
  private readonly maximumBytes: number;
  private readonly original: Local;
  private readonly slot: number | undefined;

  constructor(unit: Unit, minimumBytes: number, maximumBytes: number) {
    super(unit, 4);
    this.minimumBytes = minimumBytes;
    this.maximumBytes = Math.min(maximumBytes, FRAME.MAX_LINEAR_BYTES);
    this.original = this.code.local(I32);
    const { machine } = unit.context;
    const moves = reaches(machine, unit.program, ({ changesPacketData }) => changesPacketData);
    this.slot = moves ? machine.packet.slotAddress + FRAME.HEADROOM_BYTES : undefined;
  }

  protected override fetch(exit: Label): void {
    const { code } = this;
    this.stopUnless(exit, RECORDS_STOP.enough, () => code.get(MOST));
    this.stopUnless(exit, RECORDS_STOP.used, () => {
      code.get(END);
      code.get(AT);
      code.op(OP.i32_sub);
      code.i32(RECORD.BYTES);
      code.op(OP.i32_ge_u);
    });
    // A load for its effect on the cache: where the next record lies is known only once this one's length is there.
    code.get(AT);
    code.memory('i32_load8_u', AHEAD_BYTES);
    code.op(OP.drop);
    code.get(AT);
    code.memory('i32_load', RECORD.CAPTURED);
    code.set(this.length);
    code.get(AT);
    code.memory('i32_load', RECORD.ORIGINAL);
    code.set(this.original);
    this.stopUnless(exit, RECORDS_STOP.unusual, () => this.pushIsUsual());
    this.stopUnless(exit, RECORDS_STOP.used, () => {
      code.get(END);
      code.get(AT);
      code.op(OP.i32_sub);
      code.i32(RECORD.BYTES);
      code.op(OP.i32_sub);
      code.get(this.length);
      code.op(OP.i32_ge_u);
    });
    code.get(AT);
    code.i32(RECORD.BYTES);
    code.op(OP.i32_add);
    code.set(this.address);
    code.i32(this.unit.context.stateAddress);
    code.get(AT);
    code.memory('i32_store', STATE.RECORD);
    this.takeTime();
    if (this.slot !== undefined) this.moveToSlot(this.slot);
  }

  /** Where the i32 that `push` leaves is 0: remembers why and goes to `exit`. */
  private stopUnless(exit: Label, reason: number, push: () => void): void {
    const { code } = this;
    push();
    code.op(OP.i32_eqz);
    const label = code.if();
    code.i32(this.unit.context.stateAddress);
    code.i32(reason);
    code.memory('i32_store', STATE.RECORDS_STOP);
    code.branch(exit);
    code.end(label);
  }

  /** (length - minimum) <= (maximum - minimum), unsigned; length <= original; fraction < unitsPerSecond. */
  private pushIsUsual(): void {
    const { code } = this;
    code.get(this.length);
    code.i32(this.minimumBytes);
    code.op(OP.i32_sub);
    code.i32(this.maximumBytes - this.minimumBytes);
    code.op(OP.i32_le_u);
    code.get(this.length);
    code.get(this.original);
    code.op(OP.i32_le_u, OP.i32_and);
    code.get(AT);
    code.memory('i32_load', RECORD.FRACTION);
    code.get(UNITS_PER_SECOND);
    code.op(OP.i32_lt_u, OP.i32_and);
  }

  /** The simulated clock, for programs that look at it; it never goes back. */
  private takeTime(): void {
    const { machine } = this.unit.context;
    if (!reaches(machine, this.unit.program, ({ id }) => CLOCKS.includes(id))) return;
    const { code } = this;
    const state = this.unit.context.stateAddress;
    const time = this.bounds.data;
    code.get(AT);
    code.memory('i64_load32_u', RECORD.SECONDS);
    code.i64(1_000_000_000, 0);
    code.op(OP.i64_mul);
    code.get(AT);
    code.memory('i64_load32_u', RECORD.FRACTION);
    code.i32(1_000_000_000);
    code.get(UNITS_PER_SECOND);
    code.op(OP.i32_div_u, OP.i64_extend_i32_u, OP.i64_mul, OP.i64_add);
    code.tee(time);
    code.i32(state);
    code.memory('i64_load', STATE.TIME);
    code.op(OP.i64_gt_u);
    const later = code.if();
    code.i32(state);
    code.get(time);
    code.memory('i64_store', STATE.TIME);
    code.end(later);
  }

  /** Copies the frame to where there is room around it, 8 bytes at a time, and clears the headroom if it was used. */
  private moveToSlot(slot: number): void {
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
    code.i32(slot | 0);
    code.get(this.address);
    code.get(this.length);
    code.copyMemory();
    code.i32(slot | 0);
    code.set(this.address);
  }

  /** Counts packet and bytes under the verdict, numbers that are no action under the last. */
  protected override finishPacket(): void {
    const { code } = this;
    const tally = this.address;
    code.get(this.verdict);
    code.i32(VERDICTS - 1);
    code.get(this.verdict);
    code.i32(VERDICTS - 1);
    code.op(OP.i32_lt_u, OP.select);
    code.i32(TALLY_BYTES);
    code.op(OP.i32_mul);
    code.i32((this.unit.context.stateAddress + STATE.TALLIES) | 0);
    code.op(OP.i32_add);
    code.set(tally);
    this.addTo(tally, 0, () => code.i64(1));
    this.addTo(tally, 8, () => {
      code.get(AT);
      code.memory('i64_load32_u', RECORD.CAPTURED);
    });
    this.countCut();
    if (this.unit.context.cyclesOf !== undefined) this.addCycles();
    code.get(AT);
    code.get(AT);
    code.memory('i32_load', RECORD.CAPTURED);
    code.op(OP.i32_add);
    code.i32(RECORD.BYTES);
    code.op(OP.i32_add);
    code.set(AT);
    code.get(MOST);
    code.i32(1);
    code.op(OP.i32_sub);
    code.set(MOST);
  }

  private addCycles(): void {
    const { code } = this;
    const { stateAddress } = this.unit.context;
    code.i32(stateAddress);
    code.i32(stateAddress);
    code.memory('i64_load', STATE.ALL_CYCLES);
    this.pushCycles();
    code.op(OP.i64_add);
    code.memory('i64_store', STATE.ALL_CYCLES);
  }

  private countCut(): void {
    const { code } = this;
    const { stateAddress } = this.unit.context;
    code.get(AT);
    code.memory('i32_load', RECORD.CAPTURED);
    code.get(this.original);
    code.op(OP.i32_ne);
    const cut = code.if();
    code.i32(stateAddress);
    code.i32(stateAddress);
    code.memory('i64_load', STATE.CUT);
    code.i64(1);
    code.op(OP.i64_add);
    code.memory('i64_store', STATE.CUT);
    code.end(cut);
  }

  private addTo(address: Local, offset: number, push: () => void): void {
    const { code } = this;
    code.get(address);
    code.get(address);
    code.memory('i64_load', offset);
    push();
    code.op(OP.i64_add);
    code.memory('i64_store', offset);
  }

  protected override leave(): void {
    this.code.get(AT);
  }
}

const CLOCKS: readonly number[] = [
  XDP_HELPERS.ktime_get_ns.id,
  XDP_HELPERS.ktime_get_boot_ns.id,
  XDP_HELPERS.ktime_get_coarse_ns.id,
  XDP_HELPERS.ktime_get_tai_ns.id,
  XDP_HELPERS.jiffies64.id,
];
