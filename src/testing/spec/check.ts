// Holds what became of packets and maps to what a spec expects.
import { isEqual, packetDiffText } from '../../capture/packet-diff.js';
import { shortHex } from '../../capture/packet-fields.js';
import type { Result } from '../../engine/engine.js';
import type { PacketEvent, Redirect } from '../../machine/events.js';
import { actionName } from '../../platform/actions.js';
import { mapType } from '../../platform/map-types.js';
import { toHex } from '../../support/bytes.js';
import type { Filter, FilterMap } from '../filter.js';
import { expectedValue, mapKeyOf } from '../map-values.js';
import type { Failure, Update } from './failure.js';
import type { Place, SpecNode } from './node.js';
import type { EntryExpectation, Expectation, MapExpectation } from './spec.js';

function failure(
  node: SpecNode,
  what: string,
  [expected, actual]: readonly [string, string],
  update?: unknown,
  detail: readonly string[] = [],
): Failure {
  const place = node.place;
  return { place, what, expected, actual, detail, update: update === undefined ? undefined : { place, value: update } };
}

/** `DROP` for `XDP_DROP`. */
export function shortAction(returnValue: number): string {
  return actionName(returnValue).replace('XDP_', '');
}

/** What one packet's result breaks. `step` stands in where the file has no expectation to point at. */
export function checkResult(expect: Expectation, step: SpecNode, packet: Uint8Array, result: Result): Failure[] {
  const trap = checkTrap(expect, step, result);
  if (trap !== undefined) return [trap];
  return [
    checkVerdict(expect, result),
    checkBytes(expect, packet, result),
    checkMetadata(expect, result),
    checkRedirect(expect, result),
    checkEvents(expect, result),
    checkInstructions(expect, result),
  ].filter(found => found !== undefined);
}

function checkTrap({ traps }: Expectation, step: SpecNode, { fault }: Result): Failure | undefined {
  const wanted = traps?.text ?? false;
  const message = fault === undefined ? 'no trap' : trapText(fault);
  if (typeof wanted === 'boolean') {
    if (wanted === (fault !== undefined)) return undefined;
    const update = traps === undefined ? undefined : fault !== undefined;
    return failure(traps?.node ?? step, 'traps', [wanted ? 'a trap' : 'no trap', message], update);
  }
  if (fault?.message.includes(wanted)) return undefined;
  return failure(traps!.node, 'traps', [`a trap with: ${wanted}`, message], fault?.message ?? false);
}

function trapText({ message, program, slot, source }: NonNullable<Result['fault']>): string {
  const line = source === undefined ? '' : ` at ${source.file}:${source.line}: ${source.text.trim()}`;
  return `trap in ${program}: instruction ${slot}: ${message}${line}`;
}

function checkVerdict({ verdict }: Expectation, { returnValue }: Result): Failure | undefined {
  const actual = actionName(returnValue);
  if (verdict === undefined || verdict.actions.includes(actual)) return undefined;
  const shown = actual === 'invalid' ? `invalid (${returnValue})` : actual;
  return failure(verdict.node, 'verdict', [verdict.actions.join(' or '), shown], shortAction(returnValue));
}

function checkBytes({ bytes }: Expectation, packet: Uint8Array, result: Result): Failure | undefined {
  if (bytes === undefined) return undefined;
  const wanted = bytes.bytes === 'unchanged' ? packet : bytes.bytes;
  if (isEqual(wanted, result.bytes)) return undefined;
  const lengths = [`${wanted.byteLength} bytes`, `${result.bytes.byteLength} bytes`] as const;
  const update = isEqual(packet, result.bytes) ? 'unchanged' : { hex: toHex(result.bytes) };
  return failure(bytes.node, 'bytes', lengths, update, packetDiffText(wanted, result.bytes));
}

function checkMetadata({ metadata }: Expectation, result: Result): Failure | undefined {
  if (metadata === undefined || isEqual(metadata.bytes, result.metadata)) return undefined;
  const shown = [shortHex(metadata.bytes), shortHex(result.metadata)].map(text => text || 'none') as [string, string];
  return failure(metadata.node, 'metadata', shown, toHex(result.metadata));
}

function checkRedirect({ redirect }: Expectation, result: Result): Failure | undefined {
  if (redirect === undefined) return undefined;
  const { kind: _, ...actual } = result.redirect ?? ({ kind: 'none' } as { kind: Redirect['kind'] | 'none' });
  const wanted = redirect.value as Record<string, unknown>;
  const known: Record<string, unknown> = actual;
  if (result.redirect !== undefined && Object.entries(wanted).every(([name, value]) => isSame(known[name], value))) {
    return undefined;
  }
  const shown =
    result.redirect === undefined ? `no redirect (${actionName(result.returnValue)})` : JSON.stringify(known);
  const kept = Object.fromEntries(Object.keys(wanted).map(name => [name, known[name]]));
  return failure(redirect, 'redirect', [JSON.stringify(wanted), shown], result.redirect && kept);
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function checkEvents({ events }: Expectation, result: Result): Failure | undefined {
  if (events === undefined) return undefined;
  const actual = result.events.map(writtenEvent);
  const isFine =
    actual.length === events.items.length && events.items.every((item, at) => eventMatches(item, actual[at]!));
  if (isFine) return undefined;
  const shown = [eventsText(events.items.map(item => item.value)), eventsText(actual)] as const;
  return failure(events.node, 'events', shown, actual);
}

function eventMatches(expected: SpecNode, actual: Readonly<Record<string, string>>): boolean {
  return [...expected.fields].every(([name, field]) => {
    const text = name === 'data' ? field.text.replace(/^0x|[\s:_]/gi, '').toLowerCase() : field.text;
    return name === 'text' ? (actual[name]?.includes(text) ?? false) : actual[name] === text;
  });
}

function writtenEvent(event: PacketEvent): Readonly<Record<string, string>> {
  if (event.kind === 'printk') return { kind: event.kind, text: event.text };
  return { kind: event.kind, map: event.map, data: toHex(event.data) };
}

function eventsText(events: readonly unknown[]): string {
  return events.length === 0 ? 'none' : events.map(event => JSON.stringify(event)).join(' ');
}

function checkInstructions({ maxInstructions }: Expectation, { instructions }: Result): Failure | undefined {
  if (maxInstructions === undefined || instructions <= maxInstructions.most) return undefined;
  const shown = [`at most ${maxInstructions.most}`, `${instructions}`] as const;
  return failure(maxInstructions.node, 'maxInstructions', shown, instructions);
}

/** Verdicts of a step's packets, and how many there were. */
export class StepCounters {
  private readonly counts = new Map<string, number>();

  add({ returnValue, fault }: Result): void {
    this.increase('packets');
    if (fault === undefined) this.increase(actionName(returnValue));
    else this.increase('traps');
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  private increase(name: string): void {
    this.counts.set(name, this.get(name) + 1);
  }
}

/** What a step's counters and the maps after it break. */
export function checkAfterwards(expect: Expectation, counters: StepCounters, filter: Filter): Failure[] {
  const counted = expect.counters.flatMap(({ name, node, count }) => {
    const actual = counters.get(name);
    return actual === count ? [] : [failure(node, `counters.${name}`, [`${count}`, `${actual}`], actual)];
  });
  return [...counted, ...expect.maps.flatMap(map => checkMap(map, filter))];
}

function checkMap(expected: MapExpectation, filter: Filter): Failure[] {
  const map = expected.node.during(() => filter.map(expected.map));
  const what = `maps.${expected.map}`;
  const { size } = expected;
  const sizes =
    size === undefined || size.size === map.size
      ? []
      : [failure(size.node, `${what}.size`, [`${size.size}`, `${map.size}`], map.size)];
  const entries = expected.entries.flatMap((entry, at) => checkEntry(entry, map, filter, `${what}[${at}]`));
  return [...sizes, ...entries];
}

function checkEntry(entry: EntryExpectation, map: FilterMap, filter: Filter, what: string): Failure[] {
  const { spec } = map.access;
  const { btf } = filter.object;
  const key = (entry.key ?? entry.node).during(() => mapKeyOf(entry.key?.value, spec, btf));
  const actual = map.bytesAt(key);
  if (entry.isAbsent || actual === undefined) {
    if (entry.isAbsent === (actual === undefined)) return [];
    const shown = actual === undefined ? 'no entry' : 'an entry';
    return [failure(entry.key ?? entry.node, what, [entry.isAbsent ? 'no entry' : 'an entry', shown])];
  }
  const { value } = entry;
  if (value === undefined) return [];
  const wanted = value.during(() => expectedValue(value.value, actual, spec, btf));
  if (isEqual(wanted, actual)) return [];
  const stored = map.get(keyText(key));
  const shown = isPerCpu(map) && Array.isArray(stored) ? stored[0] : stored;
  const expected = JSON.stringify(value.value);
  return [failure(value, `${what}.value`, [expected, JSON.stringify(shown)], likeWritten(value, shown))];
}

/** Of a per-CPU map the value of CPU 0 is looked at. */
function isPerCpu(map: FilterMap): boolean {
  return mapType(map.access.spec.type)?.perCpu ?? false;
}

/** The key as bytes, in the form that maps take for any type. */
function keyText(key: Uint8Array): readonly string[] {
  return Array.from(key, byte => `0x${byte.toString(16).padStart(2, '0')}`);
}

/** Only the members that were written. */
function likeWritten(node: SpecNode, shown: unknown): unknown {
  if (node.kind !== 'map' || typeof shown !== 'object' || shown === null || Array.isArray(shown)) return shown;
  const members = shown as Record<string, unknown>;
  return Object.fromEntries([...node.fields].map(([name, field]) => [name, likeWritten(field, members[name])]));
}

/** A step without expectation, with what it gives: `--update` writes it down. */
export function checkMissing(step: SpecNode, result: Result): Failure {
  const place: Place = step.place;
  const verdict = shortAction(result.returnValue);
  const update: Update = { into: place, key: 'expect', value: verdict };
  return { place, what: 'expect', expected: 'an expectation', actual: verdict, detail: [], update };
}
