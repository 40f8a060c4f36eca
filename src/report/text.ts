// A report for people: 80 columns, no colour needed to read it.
import { ACTION_NAMES } from '../nic/accounting.js';
import type { DumpedEntry } from './map-dump.js';
import type { MapSummary, Report } from './report.js';
import { textTable } from './table.js';

/** The report as lines of text, ending in a newline. */
export function reportText(report: Report): string {
  const blocks = [heading(report), actionTable(report), dropTable(report), mapTable(report), mapContents(report)];
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

function mapTable(report: Report): string {
  if (report.maps.length === 0) return '';
  const rows = report.maps.map(map => [map.name, map.type, count(map.entries), count(map.maxEntries)]);
  return textTable(['map', 'type', 'entries', 'of'], rows, '<<>>');
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

function entryText(entry: DumpedEntry): string {
  const { formatted } = entry;
  if (typeof formatted === 'object' && formatted !== null) {
    const { key, value, values } = formatted as Record<string, unknown>;
    const shown = values === undefined ? JSON.stringify(value) : perCpuText(values);
    return key === undefined ? shown : `${JSON.stringify(key)}: ${shown}`;
  }
  const value =
    entry.values === undefined ? plainHex(entry.value) : entry.values.map(item => plainHex(item.value)).join(' | ');
  return entry.key === undefined ? value : `${plainHex(entry.key)}: ${value}`;
}

function perCpuText(values: unknown): string {
  const items = values as readonly { readonly value: unknown }[];
  return items.map(item => JSON.stringify(item.value)).join(' | ');
}

function plainHex(bytes: readonly string[] | undefined): string {
  return (bytes ?? []).map(byte => byte.slice(2)).join(' ');
}

function packetCount(packets: number): string {
  return `${count(packets)} ${packets === 1 ? 'packet' : 'packets'}`;
}

/** A whole number with thousands separators, the same in every locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}
