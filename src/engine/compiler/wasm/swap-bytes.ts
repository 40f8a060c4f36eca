// The order of bytes, which WebAssembly has no instruction for.
import type { CodeWriter, Local } from './code.js';
import { OP } from './opcodes.js';

/**
 * The i32 on the stack with its four bytes in the other order.
 * @param value an i32 local that may be written
 */
export function swapBytes(code: CodeWriter, value: Local): void {
  code.tee(value);
  code.i32(8);
  code.op(OP.i32_rotl);
  code.i32(0x00ff00ff);
  code.op(OP.i32_and);
  code.get(value);
  code.i32(24);
  code.op(OP.i32_rotl);
  code.i32(0xff00ff00 | 0);
  code.op(OP.i32_and, OP.i32_or);
}
