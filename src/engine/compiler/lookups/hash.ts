// Lookups in hash tables: one function by key size, which all maps share. Layout: src/machine/maps/table.ts.
import type { BpfMap } from '../../../machine/map.js';
import { FINAL_MULTIPLIER, HASH_SEED, ROUND_MULTIPLIER } from '../../../machine/maps/hash-function.js';
import { DESCRIPTOR, roundUp8 } from '../../../machine/maps/layout.js';
import { ELEMENT, hashElementLayout } from '../../../machine/maps/table.js';
import type { FunctionWriter } from '../function.js';
import { CodeWriter, I32, type Label, type Local } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';
import { endLookup, KEY, MAP, pushCpuOffset } from './common.js';

/** Longer keys go through the host: their comparison would be long code. */
const MAX_KEY_BYTES = 64;

/** Which of the hash tables. */
export interface HashKind {
  readonly isLru: boolean;
  readonly isPerCpu: boolean;
}

/** Writes the lookup; false where keys are too long for it. */
export function writeHashLookup(f: FunctionWriter, map: BpfMap, { isLru, isPerCpu }: HashKind): boolean {
  const { keySizeBytes, valueSizeBytes } = map.spec;
  if (keySizeBytes > MAX_KEY_BYTES) return false;
  const { code, unit } = f;
  const layout = hashElementLayout(keySizeBytes, isPerCpu ? 4 : valueSizeBytes, isLru);
  const element = f.scratch(I32);
  code.i32(map.address | 0);
  f.push(2);
  code.op(OP.i32_wrap_i64);
  code.call(unit.shared(`hash ${keySizeBytes} ${layout.keyOffset}`, () => hashFind(keySizeBytes, layout.keyOffset)));
  code.tee(element);
  const found = code.if(I32);
  if (isLru) {
    code.get(element);
    code.i32(1);
    code.memory('i32_store', ELEMENT.REFERENCED);
  }
  code.get(element);
  if (isPerCpu) {
    code.memory('i32_load', layout.valueOffset);
    pushCpuOffset(f, roundUp8(valueSizeBytes));
  } else {
    code.i32(layout.valueOffset);
    code.op(OP.i32_add);
  }
  endLookup(f, found);
  return true;
}

/** find(map, key): the element, 0 where there is none. */
function hashFind(keyBytes: number, keyOffset: number): Uint8Array {
  const code = new CodeWriter(2);
  const hash = code.local(I32);
  const element = code.local(I32);
  writeHash(code, hash, keyBytes);
  code.get(MAP);
  code.memory('i32_load', DESCRIPTOR.BASE);
  code.get(hash);
  code.get(MAP);
  code.memory('i32_load', DESCRIPTOR.MASK);
  code.op(OP.i32_and);
  code.i32(2);
  code.op(OP.i32_shl, OP.i32_add);
  code.memory('i32_load');
  code.set(element);
  const missing = code.block();
  const next = code.loop();
  code.get(element);
  code.op(OP.i32_eqz);
  code.branchIf(missing);
  const different = code.block();
  code.get(element);
  code.memory('i32_load', ELEMENT.HASH);
  code.get(hash);
  code.op(OP.i32_ne);
  code.branchIf(different);
  writeKeyComparison(code, element, keyOffset, keyBytes, different);
  code.get(element);
  code.op(OP.return);
  code.end(different);
  code.get(element);
  code.memory('i32_load', ELEMENT.NEXT);
  code.set(element);
  code.branch(next);
  code.end(next);
  code.end(missing);
  code.i32(0);
  return code.finish();
}

/** hash = the hash of the key, as hash-function.ts says. */
function writeHash(code: CodeWriter, hash: Local, keyBytes: number): void {
  const mix = (shift: number): void => {
    code.tee(hash);
    code.get(hash);
    code.i32(shift);
    code.op(OP.i32_shr_u, OP.i32_xor);
  };
  code.i32(HASH_SEED | 0);
  for (let at = 0; at < keyBytes; at += 4) {
    pushKeyWord(code, at, Math.min(4, keyBytes - at));
    code.op(OP.i32_xor);
    code.i32(ROUND_MULTIPLIER);
    code.op(OP.i32_mul);
    mix(15);
  }
  code.i32(FINAL_MULTIPLIER);
  code.op(OP.i32_mul);
  mix(16);
  code.set(hash);
}

/** Up to four bytes of the key from `at` on, filled up with zeroes. */
function pushKeyWord(code: CodeWriter, at: number, bytes: number): void {
  code.get(KEY);
  code.memory(bytes === 4 ? 'i32_load' : bytes === 1 ? 'i32_load8_u' : 'i32_load16_u', at);
  if (bytes !== 3) return;
  code.get(KEY);
  code.memory('i32_load8_u', at + 2);
  code.i32(16);
  code.op(OP.i32_shl, OP.i32_or);
}

/** Goes to `different` unless the element has the key. */
function writeKeyComparison(
  code: CodeWriter,
  element: Local,
  keyOffset: number,
  keyBytes: number,
  different: Label,
): void {
  for (let at = 0; at < keyBytes; ) {
    const width = keyBytes - at >= 8 ? 8 : keyBytes - at >= 4 ? 4 : keyBytes - at >= 2 ? 2 : 1;
    const load = ({ 8: 'i64_load', 4: 'i32_load', 2: 'i32_load16_u', 1: 'i32_load8_u' } as const)[width];
    code.get(element);
    code.memory(load, keyOffset + at);
    code.get(KEY);
    code.memory(load, at);
    code.op(width === 8 ? OP.i64_ne : OP.i32_ne);
    code.branchIf(different);
    at += width;
  }
}
