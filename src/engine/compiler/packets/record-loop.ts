// The packet loop over records of a capture where they lie; verdicts are counted. Measured by test/bench.
import { FRAME } from '../../../platform/limits.js';
import { readsClock } from '../reach.js';
import { RECORD, RECORDS_STOP, STATE, TALLY_BYTES, VERDICTS } from '../state.js';
import type { Unit } from '../unit.js';
import { I32, type Label, type Local } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';
import { PacketLoop } from './packet-loop.js';

/** How far ahead of the record at hand memory is touched. */
export const AHEAD_BYTES = 512;

/** Parameters of a loop over records. */
const AT = 0;
const END = 1;
const UNITS_PER_SECOND = 2;
const MOST = 3;

/** run(first, end, unitsPerSecond, most) -> where it stopped; why, and the record that it was at, are in the state block. */
export class RecordLoop extends PacketLoop {
  protected readonly signature = { parameters: [I32, I32, I32, I32], results: [I32] };
  private readonly minimumBytes: number;
  private readonly maximumBytes: number;
  private readonly original: Local;

  constructor(unit: Unit, minimumBytes: number, maximumBytes: number) {
    super(unit, 4);
    this.minimumBytes = minimumBytes;
    this.maximumBytes = Math.min(maximumBytes, FRAME.MAX_LINEAR_BYTES);
    this.original = this.code.local(I32);
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
    if (this.slot !== undefined) this.moveTo(this.slot);
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
    if (!readsClock(machine, this.unit.program)) return;
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

  /** Frames of captures have none. */
  protected override pushMetadata(): void {
    this.code.get(this.address);
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
