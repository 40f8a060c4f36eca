// A report as CSV (RFC 4180): one long table, so that a spreadsheet or database can pivot it.
import { ACTION_NAMES } from '../nic/accounting.js';
import type { Report } from './report.js';
import type { ActionCounts } from './traffic.js';

type Cell = string | number;
const HEADING: readonly Cell[] = ['table', 'key', 'action', 'packets', 'bytes'];

/** The report as CSV with a heading line. Bytes are empty where they are not counted. */
export function csvReport(report: Report): string {
  const rows: (readonly Cell[])[] = [
    HEADING,
    ['capture', report.capture.files.join(' '), '', report.capture.packets, report.capture.bytes],
    ...ACTION_NAMES.map(action => ['action', '', action, report.actions[action].packets, report.actions[action].bytes]),
    ...report.drops.map(drop => ['stage', `${drop.stage}: ${drop.reason}`, 'dropped', drop.packets, drop.bytes]),
    ...(report.protocols ?? []).flatMap(({ protocol, actions }) => shareRows('protocol', protocol, actions)),
    ...report.queues.flatMap(({ queue, actions }) => shareRows('queue', queue, actions)),
    ...(report.programs ?? []).map(({ name, runs }) => ['program', name, '', runs, '']),
    ...(report.reasons ?? []).map(({ action, packets, bytes, source, program, slot }) => [
      'reason',
      source === null ? `${program}+${slot}` : `${source.file}:${source.line}`,
      action,
      packets,
      bytes,
    ]),
    ...report.maps.map(({ name, entries }) => ['map', name, '', entries, '']),
  ];
  return rows.map(row => `${row.map(cell).join(',')}\r\n`).join('');
}

function shareRows(table: string, key: Cell, actions: ActionCounts): Cell[][] {
  return Object.entries(actions)
    .filter(([, packets]) => packets > 0)
    .map(([action, packets]) => [table, key, action, packets, '']);
}

function cell(value: Cell): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
