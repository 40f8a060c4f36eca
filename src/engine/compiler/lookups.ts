// Lookups in maps that are known when the program is compiled, without leaving WebAssembly. Layouts: src/machine/maps/layout.ts, slots.ts,
// table.ts, trie.ts and trie-index.ts.
import type { BpfMap } from '../../machine/map.js';
import { FINAL_MULTIPLIER, HASH_SEED, ROUND_MULTIPLIER } from '../../machine/maps/hash-function.js';
import { DESCRIPTOR, roundUp8 } from '../../machine/maps/layout.js';
import { ELEMENT, hashElementLayout } from '../../machine/maps/table.js';
import { TRIE_NODE, trieValueOffset } from '../../machine/maps/trie.js';
import { INDEX_BITS } from '../../machine/maps/trie-index.js';
import { XDP_ACTION } from '../../platform/actions.js';
import { mapType } from '../../platform/map-types.js';
import type { FunctionWriter } from './function.js';
import { NO_REDIRECT, STATE } from './state.js';
import { CodeWriter, I32, I64, type Label, type Local } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

/** Longer keys go through the host: their comparison would be long code. */
const MAX_KEY_BYTES = 64;
/** Parameters of lookup functions: addresses of the map's descriptor and of the key. */
const MAP = 0;
const KEY = 1;

/** Writes r0 = the value's address under the key at r2, or 0; false where this map's type or size has no such code. */
export function writeLookup(f: FunctionWriter, map: BpfMap): boolean {
  switch (mapType(map.spec.type)?.name) {
    case 'array':
      return writeArrayLookup(f, map, 1);
    case 'percpu_array':
      return writeArrayLookup(f, map, f.unit.context.machine.cpuCount);
    case 'hash':
      return writeHashLookup(f, map, { isLru: false, isPerCpu: false });
    case 'percpu_hash':
      return writeHashLookup(f, map, { isLru: false, isPerCpu: true });
    case 'lru_hash':
      return writeHashLookup(f, map, { isLru: true, isPerCpu: false });
    case 'lru_percpu_hash':
      return writeHashLookup(f, map, { isLru: true, isPerCpu: true });
    case 'lpm_trie':
      return writeTrieLookup(f, map);
    default:
      return false;
  }
}

// ---- arrays ----

/** A flat array's values never move, so their address is a constant. */
function writeArrayLookup(f: FunctionWriter, map: BpfMap, copies: number): boolean {
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
  code.else();
  code.i32(0);
  code.end(found);
  code.op(OP.i64_extend_i32_u);
  f.pop(0);
  return true;
}

/** Adds the distance of this CPU's value to the address on the stack. */
function pushCpuOffset({ code, state }: FunctionWriter, stride: number): void {
  code.i32(state);
  code.memory('i32_load', STATE.CPU);
  code.i32(stride);
  code.op(OP.i32_mul, OP.i32_add);
}

// ---- redirects ----

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

// ---- hash tables ----

interface HashKind {
  readonly isLru: boolean;
  readonly isPerCpu: boolean;
}

function writeHashLookup(f: FunctionWriter, map: BpfMap, { isLru, isPerCpu }: HashKind): boolean {
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
  code.else();
  code.i32(0);
  code.end(found);
  code.op(OP.i64_extend_i32_u);
  f.pop(0);
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

// ---- longest prefix match ----

const PREFIX_BYTES = 4;

function writeTrieLookup(f: FunctionWriter, map: BpfMap): boolean {
  const dataBytes = map.spec.keySizeBytes - PREFIX_BYTES;
  if (dataBytes % 4 !== 0) return false;
  const { code, unit } = f;
  const words = dataBytes / 4;
  code.i32(map.address | 0);
  f.push(2);
  code.op(OP.i32_wrap_i64);
  const valueOffset = trieValueOffset(map.spec.keySizeBytes);
  code.call(unit.shared(`trie ${words}`, () => trieFind(words, valueOffset)));
  code.op(OP.i64_extend_i32_u);
  f.pop(0);
  return true;
}

/** find(map, key): the address of the value under the longest prefix, 0 where there is none. */
function trieFind(words: number, valueOffset: number): Uint8Array {
  const code = new CodeWriter(2);
  const [length, node, found, nodeLength, word] = [I32, I32, I32, I32, I32].map(type => code.local(type)) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const missing = code.block();
  code.get(KEY);
  code.memory('i32_load');
  code.tee(length);
  code.i32(32 * words);
  code.op(OP.i32_gt_u);
  code.branchIf(missing);
  writeTrieStart(code, { length, node, found });
  const done = code.block();
  const down = code.loop();
  code.get(node);
  code.op(OP.i32_eqz);
  code.branchIf(done);
  code.get(node);
  code.memory('i32_load', TRIE_NODE.LENGTH);
  code.tee(nodeLength);
  code.get(length);
  code.op(OP.i32_gt_u);
  code.branchIf(done);
  writePrefixComparison(code, { node, nodeLength, word, words, done });
  code.get(node);
  code.get(found);
  code.get(node);
  code.memory('i32_load', TRIE_NODE.IS_ENTRY);
  code.op(OP.select);
  code.set(found);
  code.get(nodeLength);
  code.get(length);
  code.op(OP.i32_eq);
  code.branchIf(done);
  writeChild(code, node, nodeLength);
  code.branch(down);
  code.end(down);
  code.end(done);
  code.get(found);
  code.op(OP.i32_eqz);
  code.branchIf(missing);
  code.get(found);
  code.i32(valueOffset);
  code.op(OP.i32_add, OP.return);
  code.end(missing);
  code.i32(0);
  return code.finish();
}

/** Begins at the root, or where the index says. */
function writeTrieStart(code: CodeWriter, { length, node, found }: Record<'length' | 'node' | 'found', Local>): void {
  const root = code.block();
  const indexed = code.block();
  code.get(length);
  code.i32(INDEX_BITS);
  code.op(OP.i32_lt_u);
  code.branchIf(indexed);
  code.get(MAP);
  code.memory('i32_load', DESCRIPTOR.INDEX);
  code.tee(node);
  code.op(OP.i32_eqz);
  code.branchIf(indexed);
  code.get(node);
  pushKeyBits(code, () => code.i32(0));
  code.i32(32 - INDEX_BITS);
  code.op(OP.i32_shr_u);
  code.i32(3);
  code.op(OP.i32_shl, OP.i32_add);
  code.tee(node);
  code.memory('i32_load', 4);
  code.set(found);
  code.get(node);
  code.memory('i32_load');
  code.set(node);
  code.branch(root);
  code.end(indexed);
  code.get(MAP);
  code.memory('i32_load', DESCRIPTOR.BASE);
  code.set(node);
  code.end(root);
}

/** The key's data word at the byte offset that `pushOffset` leaves, its first byte highest. */
function pushKeyBits(code: CodeWriter, pushOffset: () => void): void {
  const value = code.local(I32);
  code.get(KEY);
  pushOffset();
  code.op(OP.i32_add);
  code.memory('i32_load', PREFIX_BYTES);
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

interface Comparison {
  readonly node: Local;
  readonly nodeLength: Local;
  readonly word: Local;
  readonly words: number;
  /** Where to go if a bit of the prefix differs. */
  readonly done: Label;
}

/** Compares word by word; `word` is a byte offset, below which all is known to be equal. */
function writePrefixComparison(code: CodeWriter, { node, nodeLength, word, words, done }: Comparison): void {
  const difference = code.local(I32);
  const equal = code.block();
  const more = code.loop();
  code.get(node);
  code.get(word);
  code.op(OP.i32_add);
  code.memory('i32_load', TRIE_NODE.DATA);
  pushKeyBits(code, () => code.get(word));
  code.op(OP.i32_xor);
  code.tee(difference);
  const differs = code.if();
  code.get(word);
  code.i32(3);
  code.op(OP.i32_shl);
  code.get(difference);
  code.op(OP.i32_clz, OP.i32_add);
  code.get(nodeLength);
  code.op(OP.i32_lt_u);
  code.branchIf(done);
  code.branch(equal);
  code.end(differs);
  if (words > 1) {
    const next = code.local(I32);
    code.get(word);
    code.i32(4);
    code.op(OP.i32_add);
    code.tee(next);
    code.i32(3);
    code.op(OP.i32_shl);
    code.get(nodeLength);
    code.op(OP.i32_ge_u);
    code.branchIf(equal);
    code.get(next);
    code.set(word);
    code.branch(more);
  }
  code.end(more);
  code.end(equal);
}

/** node = its child for the key's bit behind the prefix. */
function writeChild(code: CodeWriter, node: Local, nodeLength: Local): void {
  code.get(node);
  pushKeyBits(code, () => {
    code.get(nodeLength);
    code.i32(5);
    code.op(OP.i32_shr_u);
    code.i32(2);
    code.op(OP.i32_shl);
  });
  code.get(nodeLength);
  code.op(OP.i32_shl);
  code.i32(31);
  code.op(OP.i32_shr_u);
  code.i32(2);
  code.op(OP.i32_shl, OP.i32_add);
  code.memory('i32_load', TRIE_NODE.CHILD);
  code.set(node);
}
