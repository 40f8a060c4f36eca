// What lookups share: how their functions are called, and the copy of this CPU.
import type { FunctionWriter } from '../function.js';
import { STATE } from '../state.js';
import type { Label } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';

/** First parameter of lookup functions: address of the map's descriptor. */
export const MAP = 0;
/** Second parameter of lookup functions: address of the key. */
export const KEY = 1;

/** Adds the distance of this CPU's value to the address on the stack. */
export function pushCpuOffset({ code, state }: FunctionWriter, stride: number): void {
  code.i32(state);
  code.memory('i32_load', STATE.CPU);
  code.i32(stride);
  code.op(OP.i32_mul, OP.i32_add);
}

/** Ends `found`, which leaves the value's address: r0 is that, 0 where nothing was found. */
export function endLookup(f: FunctionWriter, found: Label): void {
  const { code } = f;
  code.else();
  code.i32(0);
  code.end(found);
  code.op(OP.i64_extend_i32_u);
  f.pop(0);
}
