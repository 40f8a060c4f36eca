// The packet loop over descriptors, as state.ts draws them.
import { XDP_MD } from '../../../platform/context.js';
import { DESCRIPTOR_BYTES, PACKET_DESCRIPTOR } from '../state.js';
import type { Unit } from '../unit.js';
import { I32, type Label } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';
import { PacketLoop } from './packet-loop.js';

const [, , DATA_META] = XDP_MD;

/** run(first, end) */
export class DescriptorLoop extends PacketLoop {
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

  /** Where whoever put the frame into the buffer has put it. */
  protected override pushMetadata(): void {
    const { code, unit } = this;
    code.i32(unit.context.machine.packet.contextAddress | 0);
    code.memory('i32_load', DATA_META.offsetBytes);
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
