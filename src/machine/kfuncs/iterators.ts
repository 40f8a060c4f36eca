// Loops that the program steps itself: bpf_iter_num and bpf_iter_bits. Linux kernel/bpf/bpf_iter.c, kernel/bpf/helpers.c.
import { ERRNO } from '../../platform/errno.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import { give, type Helper, low, real, signed, wide } from '../helpers/words.js';
import type { Machine } from '../machine.js';
import { ANYTHING, fixed, type KfuncRow, kfunc } from './row.js';

/** struct bpf_iter_num: the number before the next, and the end. */
const NUM_BYTES = 8;
/** struct bpf_iter_bits: words, or the address of more than one; number of bits; the last bit. */
const BITS_BYTES = 16;
const BITS = { WORDS: 0, COUNT: 8, LAST: 12 } as const;
const WORD_BITS = 64;
const WORD_BYTES = 8;
/** BITS_ITER_NR_WORDS_MAX. */
const MAX_WORDS = 511;
/** Copies of words that may be held at once: far more than a program can nest. */
const MAX_COPIES = 256;

const newNumbers: Helper = (machine, words) => {
  const [iterator, start, end] = [low(words, 1), signed(words, 2), signed(words, 3)];
  const error = start > end ? -ERRNO.EINVAL : end - start > RUN_LIMIT.MAX_LOOP_ITERATIONS ? -ERRNO.E2BIG : 0;
  const { view } = machine.memory;
  view.setInt32(iterator, error === 0 ? start - 1 : 0, true);
  view.setInt32(iterator + 4, error === 0 ? end : 0, true);
  give(words, error);
};

/** Address of the next number, which stands in the iterator; NULL at the end. */
const nextNumber: Helper = (machine, words) => {
  const iterator = low(words, 1);
  const { view } = machine.memory;
  const next = (view.getInt32(iterator, true) + 1) | 0;
  if (next >= view.getInt32(iterator + 4, true)) {
    view.setBigUint64(iterator, 0n, true);
    return give(words, 0);
  }
  view.setInt32(iterator, next, true);
  give(words, iterator);
};

const endNumbers: Helper = (machine, words) => {
  machine.memory.view.setBigUint64(low(words, 1), 0n, true);
  give(words, 0);
};

const newBits: Helper = (machine, words) => {
  const [iterator, from, count] = [low(words, 1), wide(words, 2), low(words, 3)];
  const { view } = machine.memory;
  view.setBigUint64(iterator + BITS.WORDS, 0n, true);
  view.setUint32(iterator + BITS.COUNT, 0, true);
  view.setInt32(iterator + BITS.LAST, -1, true);
  give(words, copyWords(machine, iterator, from, count));
};

function copyWords(machine: Machine, iterator: number, from: number, count: number): number {
  if (from === 0 || count === 0) return -ERRNO.EINVAL;
  if (count > MAX_WORDS) return -ERRNO.E2BIG;
  if (!machine.guard.allows(from, count * WORD_BYTES, false)) return -ERRNO.EFAULT;
  const { view } = machine.memory;
  const bits = machine.memory.bytes.slice(from, from + count * WORD_BYTES);
  if (count === 1) machine.memory.bytes.set(bits, iterator);
  else {
    if (machine.objects.count >= MAX_COPIES) return -ERRNO.ENOMEM;
    view.setBigUint64(iterator + BITS.WORDS, BigInt(machine.objects.add('bits', bits)), true);
  }
  machine.memory.view.setUint32(iterator + BITS.COUNT, count * WORD_BITS, true);
  return 0;
}

const nextBit: Helper = (machine, words) => {
  const iterator = low(words, 1);
  const { view } = machine.memory;
  const count = view.getUint32(iterator + BITS.COUNT, true);
  const last = view.getInt32(iterator + BITS.LAST, true);
  if (count === 0 || last >= count) return give(words, 0);
  const bits = wordsOf(machine, iterator, count);
  let bit = last + 1;
  while (bit < count && (((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 0) bit++;
  view.setInt32(iterator + BITS.LAST, bit, true);
  give(words, bit < count ? iterator + BITS.LAST : 0);
};

function wordsOf(machine: Machine, iterator: number, count: number): Uint8Array {
  if (count === WORD_BITS) return machine.memory.bytes.subarray(iterator, iterator + WORD_BYTES);
  const held = machine.objects.at(machine.memory.view.getUint32(iterator, true), 'bits');
  return held instanceof Uint8Array ? held : new Uint8Array(0);
}

const endBits: Helper = (machine, words) => {
  const iterator = low(words, 1);
  const { view } = machine.memory;
  const held = view.getUint32(iterator, true);
  const isHeld = view.getUint32(iterator + BITS.COUNT, true) > WORD_BITS;
  if (isHeld && machine.objects.at(held, 'bits') !== undefined) machine.objects.remove(held);
  view.setUint32(iterator + BITS.COUNT, 0, true);
  give(words, 0);
};

const NEW_NUM = fixed(NUM_BYTES, 'write');
const NUM = fixed(NUM_BYTES, 'update');
const NEW_BITS = fixed(BITS_BYTES, 'write');
const OLD_BITS = fixed(BITS_BYTES, 'update');

/** By name. */
export const ITERATOR_KFUNCS = {
  bpf_iter_num_new: kfunc([NEW_NUM, ANYTHING, ANYTHING], real(newNumbers)),
  bpf_iter_num_next: kfunc([NUM], real(nextNumber)),
  bpf_iter_num_destroy: kfunc([NUM], real(endNumbers)),
  bpf_iter_bits_new: kfunc([NEW_BITS, ANYTHING, ANYTHING], real(newBits)),
  bpf_iter_bits_next: kfunc([OLD_BITS], real(nextBit)),
  bpf_iter_bits_destroy: kfunc([OLD_BITS], real(endBits)),
} as const satisfies Record<string, KfuncRow>;
