// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).

const MASK = 0xffff_ffff_ffff_ffffn;

const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK;
const add = (a: bigint, b: bigint): bigint => (a + b) & MASK;

/** The 64-bit hash of `bytes` under a key of two 64-bit numbers. */
export function sipHash(key: readonly [bigint, bigint], bytes: Uint8Array): bigint {
  const state: [bigint, bigint, bigint, bigint] = [
    key[0] ^ 0x736f6d6570736575n,
    key[1] ^ 0x646f72616e646f6dn,
    key[0] ^ 0x6c7967656e657261n,
    key[1] ^ 0x7465646279746573n,
  ];
  for (const word of wordsOf(bytes)) {
    state[3] ^= word;
    rounds(state, 2);
    state[0] ^= word;
  }
  state[2] ^= 0xffn;
  rounds(state, 4);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

/** Little-endian words; the last holds what is left and, in its highest byte, the length. */
function wordsOf(bytes: Uint8Array): bigint[] {
  const padded = new Uint8Array(8 * (Math.floor(bytes.byteLength / 8) + 1));
  padded.set(bytes);
  padded[padded.byteLength - 1] = bytes.byteLength & 0xff;
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.byteLength / 8 }, (_, at) => view.getBigUint64(8 * at, true));
}

function rounds(state: [bigint, bigint, bigint, bigint], count: number): void {
  for (let round = 0; round < count; round++) {
    let [a, b, c, d] = state;
    a = add(a, b);
    b = rotate(b, 13n) ^ a;
    a = rotate(a, 32n);
    c = add(c, d);
    d = rotate(d, 16n) ^ c;
    a = add(a, d);
    d = rotate(d, 21n) ^ a;
    c = add(c, b);
    b = rotate(b, 17n) ^ c;
    c = rotate(c, 32n);
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
  }
}
