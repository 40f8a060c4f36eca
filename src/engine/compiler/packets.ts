// The packet loop: takes descriptors one after the other and runs the program, whose body stands inside the loop, on each frame.
import { STACK_BYTES } from '../../machine/machine.js';
import { FRAME, VERIFIER_LIMIT } from '../../platform/limits.js';
import { readBounds } from './calls.js';
import { FunctionWriter } from './function.js';
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
  const bounds = { low: code.local(I64), length: code.local(I64) };
  const exit = code.block();
  const next = code.loop();
  code.get(RING);
  code.get(END);
  code.op(OP.i32_ge_u);
  code.branchIf(exit);
  const done = code.block();
  const writer = new FunctionWriter(unit, code, 0, { kind: 'loop', verdict, done }, bounds);
  beginPacket(unit, code);
  readBounds(writer);
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

/** Puts the frame's bounds into the context and clears what the last packet left behind. */
function beginPacket(unit: Unit, code: CodeWriter): void {
  const context = unit.context.machine.packet.contextAddress | 0;
  const end = code.local(I32);
  const data = code.local(I32);
  code.get(RING);
  code.memory('i32_load', PACKET_DESCRIPTOR.ADDRESS);
  code.tee(data);
  code.get(RING);
  code.memory('i32_load', PACKET_DESCRIPTOR.LENGTH);
  code.op(OP.i32_add);
  code.set(end);
  const fields = [data, end, data];
  for (const [at, local] of fields.entries()) {
    code.i32(context);
    code.get(local);
    code.memory('i32_store', 4 * at);
  }
  for (const word of [STATE.TAIL_CALLS, STATE.REDIRECT_MAP]) {
    code.i32(unit.context.stateAddress);
    code.i32(0);
    code.memory('i32_store', word);
  }
  code.i32(unit.context.stateAddress);
  code.get(RING);
  code.memory('i32_store', STATE.PACKET);
  clearStack(unit, code);
}

function clearStack(unit: Unit, code: CodeWriter): void {
  const bytes = stackBytes(unit);
  if (bytes === 0) return;
  code.i32((unit.context.machine.stackAddress + STACK_BYTES - bytes) | 0);
  code.i32(0);
  code.i32(bytes);
  code.fillMemory();
}

/** How much of the stack a packet can find used. */
function stackBytes({ program }: Unit): number {
  const calls = program.instructions.some(
    instruction => instruction?.kind === 'call' && instruction.target.kind === 'function',
  );
  const hasCallbacks = [...program.spec.references.values()].some(reference => reference.kind === 'function');
  const canTailCall = program.instructions.some(
    instruction => instruction?.kind === 'call' && instruction.target.kind === 'helper' && instruction.target.id === 12,
  );
  if (calls || hasCallbacks || canTailCall) return STACK_BYTES;
  const uses = program.instructions.some(
    instruction => instruction !== undefined && JSON.stringify(instruction).includes(':10'),
  );
  return uses ? VERIFIER_LIMIT.MAX_STACK_BYTES : 0;
}

/** Where the loop puts a frame that the program may move about in. */
export const FRAME_OFFSET = FRAME.HEADROOM_BYTES;
