// Two engines over the same packets: the first difference in verdict, bytes, metadata or maps, as text.
import type { Packet, Result, Session } from '../../src/engine/engine.js';
import { actionName } from '../../src/platform/actions.js';
import { toHex } from '../../src/support/bytes.js';

/** Differences between what two sessions make of packets, at most `most` of them, a line each. Both have the same maps before. */
export function differencesOnPackets(
  a: Session,
  b: Session,
  program: string,
  packets: readonly Packet[],
  most = 5,
): string[] {
  const [left, right] = [a.run(program, packets), b.run(program, packets)];
  const found: string[] = [];
  for (let index = 0; index < packets.length && found.length < most; index++) {
    const difference = resultDifference(left[index]!, right[index]!);
    if (difference !== undefined)
      found.push(`packet ${index + 1}: ${difference}: ${toHex(packets[index]!.bytes).slice(0, 200)}`);
  }
  return found;
}

/** How two results differ, undefined where they do not. */
export function resultDifference(a: Result, b: Result): string | undefined {
  if (a.fault !== undefined) return `trap: ${a.fault.message} at instruction ${a.fault.slot}`;
  if (a.returnValue !== b.returnValue) {
    return `${actionName(a.returnValue)} (${a.returnValue}) against ${actionName(b.returnValue)} (${b.returnValue})`;
  }
  return bytesDifference('bytes', a.bytes, b.bytes) ?? bytesDifference('metadata', a.metadata, b.metadata);
}

function bytesDifference(what: string, a: Uint8Array, b: Uint8Array): string | undefined {
  if (a.byteLength !== b.byteLength) return `${what}: ${a.byteLength} bytes against ${b.byteLength}`;
  const at = a.findIndex((byte, index) => byte !== b[index]);
  if (at < 0) return undefined;
  return `${what} at ${at}: ${toHex(a.subarray(at, at + 16))} against ${toHex(b.subarray(at, at + 16))}`;
}

/** Differences between the contents of all maps of two sessions but those in `except`, a line each. */
export function differencesInMaps(a: Session, b: Session, except: readonly string[] = []): string[] {
  return [...a.maps.keys()].filter(name => !except.includes(name)).flatMap(name => mapDifferences(name, a, b));
}

function mapDifferences(name: string, a: Session, b: Session): string[] {
  const [left, right] = [contents(a, name), contents(b, name)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter(key => left.get(key) !== right.get(key))
    .slice(0, 5)
    .map(key => `map ${name}[${key}]: ${left.get(key) ?? 'absent'} against ${right.get(key) ?? 'absent'}`);
}

function contents(session: Session, name: string): Map<string, string> {
  const entries = session.maps.get(name)?.entries() ?? [];
  return new Map(entries.map(({ key, values }) => [toHex(key), values.map(toHex).join('|')]));
}
