// Makes an input that shows something as small as it gets while it still shows it.

import { resizedBytes, withPacket } from './aim.js';
import { type FuzzInput, lastPacket } from './input.js';

/** Whether an input still shows what it is kept for. */
export type Shows = (input: FuzzInput) => boolean;

/** Without the operations it can do without: halves first, then smaller parts. The last operation stays. */
export function fewerOperations(input: FuzzInput, shows: Shows): FuzzInput {
  let kept = input;
  for (let size = input.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size < kept.length; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (shows(without)) kept = without;
      else at += size;
    }
  }
  return kept;
}

/** Tries at a shorter or plainer packet. */
const MAX_TRIES = 300;
const LEAST_BYTES = 14;

/** With a last packet that is shorter and has more zeros. */
export function plainerPacket(input: FuzzInput, shows: Shows): FuzzInput {
  let [kept, tries] = [input, 0];
  const attempt = (change: (bytes: Uint8Array) => Uint8Array | undefined): boolean => {
    const packet = lastPacket(kept);
    const bytes = change(packet.bytes);
    if (bytes === undefined || tries++ >= MAX_TRIES) return false;
    const smaller = withPacket(kept, packet, bytes);
    if (!shows(smaller)) return false;
    kept = smaller;
    return true;
  };
  for (let cut = lastPacket(kept).bytes.byteLength >> 1; cut >= 1; cut >>= 1) {
    while (
      attempt(bytes => (bytes.byteLength - cut < LEAST_BYTES ? undefined : resizedBytes(bytes, bytes.byteLength - cut)))
    );
  }
  for (let size = 16; size >= 1; size >>= 2) {
    for (let at = 0; at < lastPacket(kept).bytes.byteLength; at += size) attempt(bytes => zeroed(bytes, at, size));
  }
  return kept;
}

function zeroed(bytes: Uint8Array, at: number, size: number): Uint8Array | undefined {
  const part = bytes.subarray(at, at + size);
  if (part.every(byte => byte === 0)) return undefined;
  const out = bytes.slice();
  out.fill(0, at, at + size);
  return out;
}
