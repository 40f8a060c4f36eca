// Lookups in tries: one function by key size, which all maps share. Layout: src/machine/maps/trie.ts and trie-index.ts.
import type { BpfMap } from '../../../machine/map.js';
import { DESCRIPTOR } from '../../../machine/maps/layout.js';
import { TRIE_NODE, trieValueOffset } from '../../../machine/maps/trie.js';
import { INDEX_BITS } from '../../../machine/maps/trie-index.js';
import type { FunctionWriter } from '../function.js';
import { CodeWriter, I32, type Label, type Local } from '../wasm/code.js';
import { OP } from '../wasm/opcodes.js';
import { swapBytes } from '../wasm/swap-bytes.js';
import { KEY, MAP } from './common.js';

const PREFIX_BYTES = 4;

/** Writes the lookup; false where keys are not made of whole words. */
export function writeTrieLookup(f: FunctionWriter, map: BpfMap): boolean {
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
  swapBytes(code, value);
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
