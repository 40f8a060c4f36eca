// What differs between two packets, field by field: bytes that are compared as bytes are unreadable.
import { describePacket, packetLine } from './describe.js';
import { fieldsOfPacket, type LayerFields, type PacketField, shortHex } from './packet-fields.js';

/**
 * The differences between an expected and an actual packet, one line each; none when they are equal. Layers that only one of them has
 * are named, the others are compared field by field, and what is behind the last header byte by byte.
 */
export function packetDiff(expected: Uint8Array, actual: Uint8Array): string[] {
  if (isEqual(expected, actual)) return [];
  const lines: string[] = [];
  const [before, after] = [fieldsOfPacket(expected), fieldsOfPacket(actual)];
  if (expected.byteLength !== actual.byteLength) {
    lines.push(`length: expected ${expected.byteLength} bytes, got ${actual.byteLength}`);
  }
  if (kinds(before) !== kinds(after)) {
    lines.push(`layers: expected ${kinds(before)}`, `             got ${kinds(after)}`);
  }
  for (const [left, right] of aligned(before, after)) lines.push(...fieldDiff(left.fields, right.fields));
  lines.push(...restDiff(behindHeaders(expected), behindHeaders(actual)));
  return lines;
}

/** Both packets in a line each, then their differences, for a failed comparison. */
export function packetDiffText(expected: Uint8Array, actual: Uint8Array): string[] {
  return [`expected: ${packetLine(expected)}`, `     got: ${packetLine(actual)}`, ...packetDiff(expected, actual)];
}

/** Whether two runs of bytes are the same. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && left.every((byte, at) => byte === right[at]);
}

function kinds(layers: readonly LayerFields[]): string {
  return layers.map(({ kind }) => kind).join(' / ') || 'none';
}

/** Pairs of layers of the same kind, in order, as many as there are: the longest common subsequence of their kinds. */
function aligned(left: readonly LayerFields[], right: readonly LayerFields[]): [LayerFields, LayerFields][] {
  const common = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const isSame = left[i]!.kind === right[j]!.kind;
      common[i]![j] = isSame ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const pairs: [LayerFields, LayerFields][] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i]!.kind === right[j]!.kind) pairs.push([left[i++]!, right[j++]!]);
    else if (common[i + 1]![j]! >= common[i]![j + 1]!) i++;
    else j++;
  }
  return pairs;
}

function fieldDiff(expected: readonly PacketField[], actual: readonly PacketField[]): string[] {
  const lines = expected.flatMap((field, at) => {
    const got = actual[at];
    if (got?.text === field.text) return [];
    return [`${field.name}: expected ${field.text}, got ${got?.text ?? 'nothing'}`];
  });
  const more = actual.slice(expected.length).map(field => `${field.name}: expected nothing, got ${field.text}`);
  return [...lines, ...more];
}

interface Rest {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

function behindHeaders(bytes: Uint8Array): Rest {
  const last = describePacket(bytes).layers.at(-1);
  const offset = last === undefined ? 0 : last.offsetBytes + last.headerBytes;
  return { bytes: bytes.subarray(offset), offset };
}

function restDiff(expected: Rest, actual: Rest): string[] {
  const [left, right] = [expected.bytes, actual.bytes];
  if (isEqual(left, right)) return [];
  const longest = Math.max(left.byteLength, right.byteLength);
  let at = 0;
  while (at < longest && left[at] === right[at]) at++;
  const from = Math.max(0, at - 2);
  const part = (bytes: Uint8Array) => (bytes.byteLength <= from ? 'the end' : shortHex(bytes.subarray(from)));
  return [
    `payload: differs from its byte ${at} on (byte ${actual.offset + at} of the packet)`,
    `  expected from byte ${from}: ${part(left)}`,
    `       got from byte ${from}: ${part(right)}`,
  ];
}
