// Redirects through maps that are known when the program is compiled. Layout: src/machine/maps/slots.ts.
import type { BpfMap } from '../../../machine/map.js';
import { DESCRIPTOR } from '../../../machine/maps/layout.js';
import { XDP_ACTION } from '../../../platform/actions.js';
import { mapType } from '../../../platform/map-types.js';
import type { FunctionWriter } from '../function.js';
import { NO_REDIRECT, STATE } from '../state.js';
import { I32, I64, type Local } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';

/** Maps whose slots are two words, the first 0 where nothing is there. */
const SLOT_TYPES: readonly (string | undefined)[] = ['devmap', 'cpumap'];
const SLOT_BYTES = 8;

/**
 * Writes r0 = XDP_REDIRECT if the slot that r2 names is filled, else `otherwise`; the host learns from the state block where the packet goes.
 * False where this map's type or size has no such code.
 */
export function writeRedirect(f: FunctionWriter, map: BpfMap, otherwise: number): boolean {
  const { code, unit } = f;
  const { u32 } = unit.context.machine.memory;
  const isFlat = u32[(map.address + DESCRIPTOR.PAGE_SHIFT) >>> 2] === 0;
  if (!isFlat || !SLOT_TYPES.includes(mapType(map.spec.type)?.name)) return false;
  const key = f.scratch(I32);
  f.push(2);
  code.op(OP.i32_wrap_i64);
  code.tee(key);
  code.i32(map.spec.maxEntries | 0);
  code.op(OP.i32_lt_u);
  const inside = code.if(I32);
  code.get(key);
  code.i32(SLOT_BYTES);
  code.op(OP.i32_mul);
  code.memory('i32_load', u32[(map.address + DESCRIPTOR.BASE) >>> 2]!);
  code.else();
  code.i32(0);
  code.end(inside);
  const found = code.if(I64);
  noteRedirect(f, map.address, key);
  code.i64(XDP_ACTION.XDP_REDIRECT);
  code.else();
  noteRedirect(f, NO_REDIRECT, key);
  code.i64(otherwise);
  code.end(found);
  f.pop(0);
  return true;
}

function noteRedirect({ code, state }: FunctionWriter, map: number, key: Local): void {
  code.i32(state);
  code.i32(map | 0);
  code.memory('i32_store', STATE.REDIRECT_MAP);
  code.i32(state);
  code.get(key);
  code.memory('i32_store', STATE.REDIRECT_KEY);
}
