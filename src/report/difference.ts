// What two versions of a program do differently to the same packets, grouped by how the outcome changed.
import { packetLine } from '../capture/describe.js';
import { isEqual } from '../capture/packet-diff.js';
import { shortHex } from '../capture/packet-fields.js';
import type { Result } from '../engine/engine.js';
import type { MapAccess } from '../machine/map.js';
import type { ObservedPacket } from '../nic/simulate.js';
import { actionName } from '../platform/actions.js';
import { toHex } from '../support/bytes.js';
import type { Decision } from './decision.js';
import { packetChanges } from './packet-change.js';
import { textTable } from './table.js';
import { count, packetCount } from './text.js';

/** A comparison of two runs. */
export interface Difference {
  readonly old: string;
  readonly new: string;
  readonly captures: readonly string[];
  readonly packets: number;
  readonly changedPackets: number;
  /** By packets, falling. */
  readonly transitions: readonly Transition[];
  readonly maps: readonly MapDifference[];
}

/** Packets whose outcome changed in the same way. */
export interface Transition {
  /** `XDP_PASS -> XDP_DROP`; `XDP_TX, other bytes` where only the frame differs. */
  readonly change: string;
  readonly packets: number;
  /** Where each version decided, most packets first. */
  readonly places: readonly { readonly old: string; readonly new: string; readonly packets: number }[];
  readonly examples: readonly Example[];
}

/** One packet of a transition. */
export interface Example {
  readonly packet: number;
  readonly summary: string;
  /** What differs in the resulting frames, old against new. */
  readonly changes: readonly string[];
}

/** A map whose contents differ after the run. */
export interface MapDifference {
  readonly map: string;
  /** Entries that only one run has, or that have other values; -1 where one version lacks the map. */
  readonly entries: number;
}

interface OpenTransition {
  packets: number;
  readonly places: Map<string, { readonly old: string; readonly new: string; packets: number }>;
  readonly examples: Example[];
}

/** Places of one transition that are told apart. */
const MAX_PLACES = 200;

/** Collects differences packet by packet, in bounded memory. */
export class DifferenceCollector {
  changedPackets = 0;
  private readonly transitions = new Map<string, OpenTransition>();
  private readonly exampleCount: number;

  constructor(exampleCount: number) {
    this.exampleCount = exampleCount;
  }

  /** Compares one packet's two outcomes. */
  compare(packet: ObservedPacket, old: Outcome, current: Outcome): void {
    const change = changeOf(old.result, current.result);
    if (change === undefined) return;
    this.changedPackets++;
    const open: OpenTransition = this.transitions.get(change) ?? { packets: 0, places: new Map(), examples: [] };
    this.transitions.set(change, open);
    open.packets++;
    notePlace(open, placeText(old.decision), placeText(current.decision));
    if (open.examples.length < this.exampleCount) {
      const changes = resultChanges(old.result, current.result);
      open.examples.push({ packet: packet.number, summary: packetLine(packet.bytes), changes });
    }
  }

  result(): Transition[] {
    const byPackets = (a: { packets: number }, b: { packets: number }) => b.packets - a.packets;
    return [...this.transitions]
      .map(([change, { packets, places, examples }]) => ({
        change,
        packets,
        places: [...places.values()].sort(byPackets),
        examples,
      }))
      .sort(byPackets);
  }
}

/** What became of a packet, and where that was decided. */
export interface Outcome {
  readonly result: Result;
  readonly decision: Decision | undefined;
}

function changeOf(old: Result, current: Result): string | undefined {
  const [was, is] = [outcomeName(old), outcomeName(current)];
  if (was !== is) return `${was} -> ${is}`;
  if (!isEqual(old.bytes, current.bytes)) return `${is}, other bytes`;
  if (!isEqual(old.metadata, current.metadata)) return `${is}, other metadata`;
  if (JSON.stringify(old.redirect) !== JSON.stringify(current.redirect)) return `${is}, other target`;
  return eventsText(old) === eventsText(current) ? undefined : `${is}, other events`;
}

/** What differs between two results, one line each; action and return value are told by the transition. */
function resultChanges(old: Result, current: Result): string[] {
  const metadata = [old, current].map(({ metadata: bytes }) => (bytes.byteLength === 0 ? 'none' : shortHex(bytes)));
  const target = [old, current].map(({ redirect }) => (redirect === undefined ? 'none' : JSON.stringify(redirect)));
  const events = [old, current].map(result => `${result.events.length} ${eventsText(result)}`.trim());
  const line = (name: string, [was, is]: readonly string[]) => (was === is ? [] : [`${name}: ${was} -> ${is}`]);
  return [
    ...packetChanges(old.bytes, current.bytes),
    ...line('metadata', metadata),
    ...line('target', target),
    ...line('events', events),
  ];
}

function outcomeName({ fault, returnValue }: Result): string {
  if (fault !== undefined) return 'trap';
  const name = actionName(returnValue);
  return name === 'invalid' ? `return value ${returnValue}` : name;
}

function eventsText({ events }: Result): string {
  return events.map(event => JSON.stringify('data' in event ? { ...event, data: toHex(event.data) } : event)).join();
}

function notePlace({ places }: OpenTransition, old: string, current: string): void {
  const key = places.size < MAX_PLACES ? `${old}\n${current}` : 'other';
  const known = places.get(key) ?? { old, new: current, packets: 0 };
  known.packets++;
  places.set(key, known);
}

function placeText(decision: Decision | undefined): string {
  if (decision === undefined) return 'unknown';
  const { source, program, slot } = decision;
  return source === undefined ? `${program}+${slot}` : `${source.file}:${source.line}: ${source.text.trim()}`;
}

/** Maps of the same name whose entries differ. Constants are no effect, so frozen maps are left out. */
export function mapDifferences(
  old: ReadonlyMap<string, MapAccess>,
  current: ReadonlyMap<string, MapAccess>,
): MapDifference[] {
  const [before, after] = [variableMaps(old), variableMaps(current)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap(map => {
    const [was, is] = [before.get(map), after.get(map)];
    const entries = was === undefined || is === undefined ? -1 : differingEntries(was, is);
    return entries === 0 ? [] : [{ map, entries }];
  });
}

/** By name; data sections by their section, since their maps are named after the object. */
function variableMaps(maps: ReadonlyMap<string, MapAccess>): Map<string, MapAccess> {
  const variable = [...maps.values()].filter(({ spec }) => !spec.isFrozen);
  return new Map(variable.map(map => [map.spec.definition === 'data' ? map.spec.section : map.spec.name, map]));
}

function differingEntries(old: MapAccess, current: MapAccess): number {
  const texts = (map: MapAccess) =>
    new Map(map.entries().map(({ key, values }) => [toHex(key), values.map(toHex).join()]));
  const [was, is] = [texts(old), texts(current)];
  return [...new Set([...was.keys(), ...is.keys()])].filter(key => was.get(key) !== is.get(key)).length;
}

/** The comparison for people. */
export function differenceText(difference: Difference): string {
  const { packets, changedPackets, transitions, maps } = difference;
  const head = `${difference.old} -> ${difference.new}: ${count(changedPackets)} of ${count(packets)} packets differ`;
  const rows = transitions.map(({ change, packets: changed }) => [change, count(changed)]);
  const blocks = [
    head,
    ...(rows.length > 0 ? [textTable(['change', 'packets'], rows, '<>')] : []),
    ...transitions.map(transitionText),
    ...(maps.length > 0 ? [mapText(maps)] : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const SHOWN_PLACES = 5;

function transitionText({ change, places, examples }: Transition): string {
  const lines = [change];
  for (const place of places.slice(0, SHOWN_PLACES)) {
    lines.push(`  ${packetCount(place.packets)}`, `    old: ${place.old}`, `    new: ${place.new}`);
  }
  for (const { packet, summary, changes } of examples) {
    lines.push(`  packet ${packet}: ${summary}`, ...changes.map(text => `    ${text}`));
  }
  return lines.join('\n');
}

function mapText(maps: readonly MapDifference[]): string {
  const rows = maps.map(({ map, entries }) => [map, entries < 0 ? 'only in one' : count(entries)]);
  return textTable(['map', 'differing entries'], rows, '<>');
}
