// What a program changed in a packet, field by field, checksums judged.

import { isEqual } from '../capture/packet-diff.js';
import { fieldsOfPacket, shortHex } from '../capture/packet-fields.js';

/** One line a change, as `ipv4.ttl: 64 -> 63`; none where the packets are equal. */
export function packetChanges(before: Uint8Array, after: Uint8Array): string[] {
  if (isEqual(before, after)) return [];
  const [old, current] = [fieldTexts(before), fieldTexts(after)];
  const names = [...new Set([...old.keys(), ...current.keys()])];
  const lines = names.flatMap(name => {
    const [was, is] = [old.get(name), current.get(name)];
    if (was === is) return [];
    return [`${name}: ${was ?? 'absent'} -> ${is ?? 'absent'}`];
  });
  if (before.byteLength !== after.byteLength) {
    lines.unshift(`length: ${before.byteLength} -> ${after.byteLength} bytes`);
  }
  return lines.length > 0 ? lines : [firstDifference(before, after)];
}

function fieldTexts(bytes: Uint8Array): Map<string, string> {
  return new Map(fieldsOfPacket(bytes).flatMap(({ fields }) => fields.map(field => [field.name, field.text])));
}

function firstDifference(before: Uint8Array, after: Uint8Array): string {
  const at = after.findIndex((byte, index) => byte !== before[index]);
  return `payload from byte ${at}: ${shortHex(before.subarray(at))} -> ${shortHex(after.subarray(at))}`;
}
