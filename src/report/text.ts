// A report for people: 80 columns, no colour needed to read it.
import { ACTION_NAMES } from '../nic/accounting.js';
import { labelText } from './label-table.js';
import type { DumpedEntry } from './map-dump.js';
import type { MapSummary, Report } from './report.js';
import { textTable } from './table.js';
import { timedText } from './timed.js';
import { type ActionCounts, isLost } from './traffic.js';

/** The report as lines of text, ending in a newline. */
export function reportText(report: Report): string {
  const timed = report.nic?.timed;
  const blocks = [
    heading(report),
    actionTable(report),
    timed === undefined ? dropTable(report) : timedText(timed),
    labelText(report.labels, count),
    reasonTable(report),
    protocolTable(report),
    timed === undefined ? queueTable(report) : '',
    programTable(report),
    mapTable(report),
    eventTable(report),
    mapContents(report),
    adviceText(report),
  ];
  return `${blocks.filter(block => block !== '').join('\n\n')}\n`;
}

function heading(report: Report): string {
  const { program, capture, options, nic } = report;
  const lines = [
    `program  ${program.name} (${program.section}) of ${report.object}`,
    `traffic  ${capture.files.join(', ')}: ${packetCount(capture.packets)}, ${count(capture.bytes)} bytes`,
    `run by   ${options.engine}${report.instructions > 0 ? `, ${count(report.instructions)} instructions` : ''}`,
  ];
  if (nic !== null) lines.push(`nic      ${nic.name}: ${nic.title}`);
  return lines.join('\n');
}

function actionTable(report: Report): string {
  const total = report.capture.packets;
  const rows = ACTION_NAMES.filter(action => action !== 'invalid' || report.actions.invalid.packets > 0).map(action => {
    const { packets, bytes } = report.actions[action];
    const name = action === 'invalid' ? 'invalid return value' : action;
    return [name, count(packets), share(packets, total), count(bytes)];
  });
  const table = textTable(['action', 'packets', 'share', 'bytes'], rows, '<>>>');
  if (report.faults === 0) return table;
  return `${table}\n\n${packetCount(report.faults)} trapped, counted as XDP_ABORTED`;
}

function dropTable(report: Report): string {
  if (report.drops.length === 0) return '';
  const total = report.capture.packets;
  const rows = report.drops.map(drop => [
    `${drop.stage}: ${drop.reason}`,
    count(drop.packets),
    share(drop.packets, total),
    count(drop.bytes),
  ]);
  return textTable(['dropped before the program', 'packets', 'share', 'bytes'], rows, '<>>>');
}

/** Places shown of each action; the other forms have them all. */
const SHOWN_REASONS = 12;
const SHOWN_PROTOCOLS = 12;

function reasonTable({ reasons, capture }: Report): string {
  if (reasons === null || reasons.length === 0) return '';
  const ordered = [...reasons].sort((a, b) => Number(isLost(b.action)) - Number(isLost(a.action)));
  const lines = ordered.slice(0, SHOWN_REASONS).flatMap(reason => {
    const { action, packets, source, program, slot } = reason;
    const place = source === null ? `${program}, instruction ${slot}` : `${source.file}:${source.line}`;
    const head = `${action.padEnd(12)}  ${count(packets).padStart(11)}  ${share(packets, capture.packets).padStart(7)}  ${place}`;
    return source === null ? [head] : [head, `    ${shortened(source.text, 76)}`];
  });
  const more = ordered.length - SHOWN_REASONS;
  if (more > 0) lines.push(`and ${more} more places (-j has them all)`);
  return ['decided at', ...lines].join('\n');
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

function protocolTable({ protocols }: Report): string {
  if (protocols === null || protocols.length === 0) return '';
  const rows = protocols.slice(0, SHOWN_PROTOCOLS).map(({ protocol, packets, actions }) => {
    const lost = lostOf(actions);
    return [protocol, count(packets), count(lost), share(lost, packets)];
  });
  const table = textTable(['protocol', 'packets', 'dropped', 'share'], rows, '<>>>');
  const more = protocols.length - SHOWN_PROTOCOLS;
  return more > 0 ? `${table}\nand ${more} more` : table;
}

/** Packets that went no further. */
export function lostOf(actions: ActionCounts): number {
  return actions.XDP_DROP + actions.XDP_ABORTED + actions.invalid + actions.dropped;
}

function queueTable({ queues }: Report): string {
  if (queues.length < 2) return '';
  const rows = queues.map(({ queue, packets, bytes, actions }) => [
    String(queue),
    count(packets),
    count(bytes),
    count(lostOf(actions)),
  ]);
  return textTable(['queue', 'packets', 'bytes', 'dropped'], rows, '<>>>');
}

function programTable({ programs }: Report): string {
  if (programs === null || programs.length < 2) return '';
  const rows = programs.map(({ name, section, runs }) => [name, section, count(runs)]);
  return textTable(['program', 'section', 'runs'], rows, '<<>');
}

function mapTable(report: Report): string {
  if (report.maps.length === 0) return '';
  const rows = report.maps.map(map => [map.name, map.type, count(map.entries), count(map.maxEntries)]);
  return textTable(['map', 'type', 'entries', 'of'], rows, '<<>>');
}

function eventTable({ events = [] }: Report): string {
  const rows = events.map(({ kind, map, events: number, bytes }) => [map ?? kind, kind, count(number), count(bytes)]);
  return rows.length === 0 ? '' : textTable(['told user space', 'by', 'events', 'bytes'], rows, '<<>>');
}

function mapContents(report: Report): string {
  return report.maps
    .filter(map => map.dump !== undefined)
    .map(contentsOf)
    .join('\n\n');
}

function contentsOf(map: MapSummary): string {
  const entries = map.dump!;
  if (entries.length === 0) return `${map.name}: empty`;
  return [`${map.name}:`, ...entries.map(entry => `  ${entryText(entry)}`)].join('\n');
}

/** An entry on one line: key and value, decoded where BTF describes them. */
export function entryText(entry: DumpedEntry): string {
  const { key, value } = entryParts(entry);
  return key === undefined ? value : `${key}: ${value}`;
}

/** Key and value of an entry as text; values of per-CPU maps one behind the other. */
export function entryParts(entry: DumpedEntry): { readonly key: string | undefined; readonly value: string } {
  const { formatted } = entry;
  if (typeof formatted === 'object' && formatted !== null) {
    const { key, value, values } = formatted as Record<string, unknown>;
    const shown = values === undefined ? JSON.stringify(value) : perCpuText(values);
    return { key: key === undefined ? undefined : JSON.stringify(key), value: shown };
  }
  const value =
    entry.values === undefined ? plainHex(entry.value) : entry.values.map(item => plainHex(item.value)).join(' | ');
  return { key: entry.key === undefined ? undefined : plainHex(entry.key), value };
}

function perCpuText(values: unknown): string {
  const items = values as readonly { readonly value: unknown }[];
  return items.map(item => JSON.stringify(item.value)).join(' | ');
}

function plainHex(bytes: readonly string[] | undefined): string {
  return (bytes ?? []).map(byte => byte.slice(2)).join(' ');
}

/** Where more is to be had. */
function adviceText({ protocols, capture }: Report): string {
  if (protocols !== null || capture.packets === 0) return '';
  return '--reasons adds which source lines decided, and protocols, sizes and addresses';
}

/** `1 packet`, `1,204 packets`. */
export function packetCount(packets: number): string {
  return `${count(packets)} ${packets === 1 ? 'packet' : 'packets'}`;
}

/** A whole number with thousands separators, the same in every locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A part in percent; `-` of nothing. */
export function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}
