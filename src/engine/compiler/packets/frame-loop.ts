// The packet loop over frames with time and queue, as state.ts draws their descriptors.
import { XDP_MD } from '../../../platform/context.js';
import { readsClock } from '../reach.js';
import { FRAME_DESCRIPTOR, FRAME_DESCRIPTOR_BYTES, STATE } from '../state.js';
import { TRACE_ENTRIES } from '../trace.js';
import type { Unit } from '../unit.js';
import { I32, type Label } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';
import { PacketLoop } from './packet-loop.js';

const [DATA, DATA_END, , , RX_QUEUE_INDEX] = XDP_MD;
const AT = 0;
const END = 1;

/** run(first, end) -> where it stopped: at the end, or where there might be no room for the next packet's way. */
export class FrameLoop extends PacketLoop {
  protected readonly signature = { parameters: [I32, I32], results: [I32] };

  /** Frames that are sent again, or looked at later, are not to be written to. */
  constructor(unit: Unit) {
    super(unit, 2, true);
  }

  protected override fetch(exit: Label): void {
    const { code } = this;
    code.get(AT);
    code.get(END);
    code.op(OP.i32_ge_u);
    code.branchIf(exit);
    if (this.unit.context.trace !== undefined) this.beginWay(exit);
    this.take(FRAME_DESCRIPTOR.ADDRESS);
    code.set(this.address);
    this.take(FRAME_DESCRIPTOR.LENGTH);
    code.set(this.length);
    this.keep(STATE.RECORD, () => code.get(AT));
    this.keep(STATE.CPU, () => this.take(FRAME_DESCRIPTOR.CPU));
    if (readsClock(this.unit.context.machine, this.unit.program)) this.takeTime();
    code.i32(this.contextAddress);
    this.take(FRAME_DESCRIPTOR.QUEUE);
    code.memory('i32_store', RX_QUEUE_INDEX.offsetBytes);
    if (this.slot !== undefined) this.moveUnlessThere(this.slot);
  }

  private takeTime(): void {
    const { code } = this;
    code.i32(this.unit.context.stateAddress);
    code.get(AT);
    code.memory('i64_load', FRAME_DESCRIPTOR.TIME);
    code.memory('i64_store', STATE.TIME);
  }

  /** A way may take TRACE_ENTRIES; there is room for twice as many. */
  private beginWay(exit: Label): void {
    const { code } = this;
    const { trace, stateAddress } = this.unit.context;
    code.i32(stateAddress);
    code.memory('i32_load', STATE.TRACE_AT);
    code.i32((trace!.address + 4 * TRACE_ENTRIES) | 0);
    code.op(OP.i32_gt_u);
    code.branchIf(exit);
    this.keep(STATE.TRACED, () => code.i32(0));
  }

  /** Frames that are too long for the loop are put there by its host. */
  private moveUnlessThere(slot: number): void {
    const { code } = this;
    code.get(this.address);
    code.i32(slot | 0);
    code.op(OP.i32_ne);
    const elsewhere = code.if();
    this.moveTo(slot);
    code.end(elsewhere);
  }

  protected override pushMetadata(): void {
    this.code.get(this.address);
  }

  protected override finishPacket(): void {
    const { code } = this;
    code.get(AT);
    code.get(this.verdict);
    code.memory('i32_store', FRAME_DESCRIPTOR.VERDICT);
    if (this.isShown) this.noteLength();
    if (this.unit.context.trace !== undefined) this.endWay();
    code.get(AT);
    code.i32(FRAME_DESCRIPTOR_BYTES);
    code.op(OP.i32_add);
    code.set(AT);
  }

  private noteLength(): void {
    const { code } = this;
    code.get(AT);
    code.i32(this.contextAddress);
    code.memory('i32_load', DATA_END.offsetBytes);
    code.i32(this.contextAddress);
    code.memory('i32_load', DATA.offsetBytes);
    code.op(OP.i32_sub);
    code.memory('i32_store', FRAME_DESCRIPTOR.LENGTH);
  }

  /** The next way begins behind this one, of which at most TRACE_ENTRIES are kept. */
  private endWay(): void {
    const { code } = this;
    const { stateAddress } = this.unit.context;
    const traced = this.length;
    code.i32(stateAddress);
    code.memory('i32_load', STATE.TRACED);
    code.set(traced);
    code.get(AT);
    code.get(traced);
    code.memory('i32_store', FRAME_DESCRIPTOR.TRACED);
    this.keep(STATE.TRACE_AT, () => {
      code.i32(stateAddress);
      code.memory('i32_load', STATE.TRACE_AT);
      code.get(traced);
      code.i32(TRACE_ENTRIES);
      code.get(traced);
      code.i32(TRACE_ENTRIES);
      code.op(OP.i32_lt_u, OP.select);
      code.i32(2);
      code.op(OP.i32_shl, OP.i32_add);
    });
  }

  private get contextAddress(): number {
    return this.unit.context.machine.packet.contextAddress | 0;
  }

  /** Leaves a word of the descriptor on the stack. */
  private take(offset: number): void {
    this.code.get(AT);
    this.code.memory('i32_load', offset);
  }

  /** Stores the i32 that `push` leaves in the state block. */
  private keep(offset: number, push: () => void): void {
    const { code } = this;
    code.i32(this.unit.context.stateAddress);
    push();
    code.memory('i32_store', offset);
  }

  protected override leave(): void {
    this.code.get(AT);
  }
}
