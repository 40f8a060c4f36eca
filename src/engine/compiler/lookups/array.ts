// Lookups in arrays: a comparison and a multiplication. Layout: src/machine/maps/layout.ts.
import type { BpfMap } from '../../../machine/map.js';
import { DESCRIPTOR, roundUp8 } from '../../../machine/maps/layout.js';
import type { FunctionWriter } from '../function.js';
import { I32 } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';
import { endLookup, pushCpuOffset } from './common.js';

/**
 * Writes the lookup; false where the array is not flat. A flat array's values never move, so their address is a constant.
 * @param copies of each value, one per CPU
 */
export function writeArrayLookup(f: FunctionWriter, map: BpfMap, copies: number): boolean {
  const { code, unit } = f;
  const { u32 } = unit.context.machine.memory;
  if (u32[(map.address + DESCRIPTOR.PAGE_SHIFT) >>> 2] !== 0) return false;
  const base = u32[(map.address + DESCRIPTOR.BASE) >>> 2]!;
  const stride = roundUp8(map.spec.valueSizeBytes);
  const index = f.scratch(I32);
  f.push(2);
  code.op(OP.i32_wrap_i64);
  code.memory('i32_load');
  code.tee(index);
  code.i32(map.spec.maxEntries | 0);
  code.op(OP.i32_lt_u);
  const found = code.if(I32);
  code.get(index);
  code.i32((stride * copies) | 0);
  code.op(OP.i32_mul);
  code.i32(base | 0);
  code.op(OP.i32_add);
  if (copies > 1) pushCpuOffset(f, stride);
  endLookup(f, found);
  return true;
}
