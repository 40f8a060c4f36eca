// Inputs of a fuzzer as cases that `xdpsim test` runs.
import { stringify } from 'yaml';
import { packetLine } from '../../capture/describe.js';
import { toHex } from '../../support/bytes.js';
import type { EntryOperation, FuzzInput, Operation, PacketOperation } from './input.js';

/** A case to write. */
export interface CaseToWrite {
  readonly name: string;
  readonly input: FuzzInput;
  /** What is expected of the last packet, as it stands in a spec. */
  readonly expect: unknown;
}

/** What the spec is about. */
export interface SpecToWrite {
  /** Path of the object, from the spec's folder. */
  readonly object: string;
  readonly program: string;
  /** Entries that maps had before anything else, and so in all cases. */
  readonly entries: readonly EntryOperation[];
  readonly cases: readonly CaseToWrite[];
}

/** The spec in YAML. Entries that were stored between packets stand before them all: `hoisted` inputs do not mind. */
export function specText({ object, program, entries, cases }: SpecToWrite): string {
  const value = {
    object,
    program,
    ...(entries.length > 0 && { maps: mapsOf(entries) }),
    cases: cases.map(writtenCase),
  };
  return stringify(value, { lineWidth: 0 });
}

function writtenCase({ name, input, expect }: CaseToWrite): object {
  const entries = input.filter(operation => operation.kind === 'entry');
  const steps = stepsOf(input.filter(operation => operation.kind === 'packet'));
  const maps = entries.length > 0 ? { maps: mapsOf(entries) } : {};
  const last = steps.length - 1;
  const written = steps.map((step, at) => ({ ...step, expect: at === last ? expect : {} }));
  return written.length === 1 ? { name, ...maps, ...written[0] } : { name, ...maps, steps: written };
}

function mapsOf(entries: readonly EntryOperation[]): Record<string, object[]> {
  const maps: Record<string, object[]> = {};
  for (const { map, key, value } of entries) {
    maps[map] = [...(maps[map] ?? []), { key: `0x${toHex(key)}`, value: `0x${toHex(value)}` }];
  }
  return maps;
}

const START_NANOS = 1_000_000_000;

/** Packets that are the same and as far apart are one step. */
function stepsOf(packets: readonly PacketOperation[]): object[] {
  const groups: PacketOperation[][] = [];
  packets.forEach((packet, at) => {
    const [group, isLast] = [groups.at(-1), at === packets.length - 1];
    const before = group?.at(-1);
    const follows = group?.at(1)?.gapNanos ?? packet.gapNanos;
    const isSame = before?.bytes === packet.bytes && before.ingressIfindex === packet.ingressIfindex;
    if (group !== undefined && isSame && follows === packet.gapNanos && !isLast) group.push(packet);
    else groups.push([packet]);
  });
  let now = START_NANOS;
  return groups.map(group => {
    const [first, second] = group as [PacketOperation, PacketOperation?];
    const at = now + first.gapNanos;
    now = at + (second === undefined ? 0 : second.gapNanos * (group.length - 1));
    return {
      packet: { hex: toHex(first.bytes) },
      ...(second !== undefined && { repeat: group.length, every: `${second.gapNanos}ns` }),
      at: `${at}ns`,
      ...(first.ingressIfindex !== 1 && { ifindex: first.ingressIfindex }),
    };
  });
}

/** The input with its entries first. */
export function hoisted(input: FuzzInput): FuzzInput {
  const isEntry = ({ kind }: Operation) => kind === 'entry';
  return [...input.filter(isEntry), ...input.filter(operation => !isEntry(operation))];
}

/** One line: the last packet, and what came before it. */
export function inputText(input: FuzzInput): string {
  const packets = input.filter(operation => operation.kind === 'packet');
  const entries = input.length - packets.length;
  const before = [
    ...(entries > 0 ? [`${entries} map ${entries === 1 ? 'entry' : 'entries'}`] : []),
    ...(packets.length > 1 ? [`${packets.length - 1} packets`] : []),
  ];
  const line = packetLine(packets.at(-1)?.bytes ?? new Uint8Array(0));
  return before.length === 0 ? line : `${line}, after ${before.join(' and ')}`;
}
