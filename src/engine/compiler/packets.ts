// The packet loop: takes descriptors one after the other and runs the program, whose body stands inside the loop, on each frame.
import { STACK_BYTES } from '../../machine/machine.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { extentOf } from './analysis/stack.js';
import { type Bounds, FunctionWriter } from './function.js';
import { DESCRIPTOR_BYTES, PACKET_DESCRIPTOR, STATE } from './state.js';
import type { Unit } from './unit.js';
import { CodeWriter, I32, I64 } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

/** Parameters: address of the first descriptor, address behind the last. */
const RING = 0;
const END = 1;

/** Writes and exports `run(firstDescriptor, end)`. */
export function writePacketLoop(unit: Unit): void {
  const index = unit.module.declareFunction({ parameters: [I32, I32], results: [] });
  const code = new CodeWriter(2);
  const verdict = code.local(I32);
  const bounds = { data: code.local(I64), dataEnd: code.local(I64), dataMeta: code.local(I64) };
  const exit = code.block();
  const next = code.loop();
  code.get(RING);
  code.get(END);
  code.op(OP.i32_ge_u);
  code.branchIf(exit);
  const done = code.block();
  const writer = new FunctionWriter(unit, code, 0, { kind: 'loop', verdict, done }, bounds);
  beginPacket(unit, code, writer, bounds);
  writer.write();
  code.end(done);
  code.get(RING);
  code.get(verdict);
  code.memory('i32_store', PACKET_DESCRIPTOR.VERDICT);
  code.get(RING);
  code.i32(DESCRIPTOR_BYTES);
  code.op(OP.i32_add);
  code.set(RING);
  code.branch(next);
  code.end(next);
  code.end(exit);
  unit.module.defineFunction(index, code.finish());
  unit.module.exportFunction('run', index);
}

/** Puts the frame's bounds where the program looks for them and clears what the last packet left behind. */
function beginPacket(unit: Unit, code: CodeWriter, writer: FunctionWriter, bounds: Bounds): void {
  code.get(RING);
  code.memory('i64_load32_u', PACKET_DESCRIPTOR.ADDRESS);
  code.tee(bounds.data);
  code.tee(bounds.dataMeta);
  code.get(RING);
  code.memory('i64_load32_u', PACKET_DESCRIPTOR.LENGTH);
  code.op(OP.i64_add);
  code.set(bounds.dataEnd);
  if (!writer.findings.isSelfContained) showPacket(unit, code, bounds);
  clearStack(unit, code, writer);
}

/** Makes the packet known to the host and to other functions. */
function showPacket({ context }: Unit, code: CodeWriter, bounds: Bounds): void {
  const fields = [bounds.data, bounds.dataEnd, bounds.dataMeta];
  for (const [at, local] of fields.entries()) {
    code.i32(context.machine.packet.contextAddress | 0);
    code.get(local);
    code.memory('i64_store32', 4 * at);
  }
  for (const word of [STATE.TAIL_CALLS, STATE.REDIRECT_MAP]) {
    code.i32(context.stateAddress);
    code.i32(0);
    code.memory('i32_store', word);
  }
}

/** Longest run of stack words that single stores clear. */
const MAX_STORES = 16;

function clearStack(unit: Unit, code: CodeWriter, writer: FunctionWriter): void {
  const end = unit.context.machine.stackAddress + STACK_BYTES;
  if (hasOtherFrames(unit)) {
    fill(code, end - STACK_BYTES, STACK_BYTES);
    return;
  }
  const extent = extentOf(writer.findings.unwritten);
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
    instruction =>
      instruction?.kind === 'call' &&
      (instruction.target.kind === 'function' ||
        (instruction.target.kind === 'helper' && instruction.target.id === XDP_HELPERS.tail_call.id)),
  );
}
