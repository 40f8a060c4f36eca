// The pipeline: stages in a row, what each lost below it, and where packets went behind the last. The band between two stages is as
// wide as the share of packets that go along it.
import { ACTION_NAMES } from '../../nic/accounting.js';
import type { Report } from '../report.js';
import { count, share } from '../text.js';
import { isLost } from '../traffic.js';
import { type Content, html, type Markup } from './markup.js';
import { type Section, table } from './section.js';
import { ACTION_CLASS } from './style.js';

interface Loss {
  readonly style: string;
  readonly packets: number;
  readonly reason: string;
}

interface Stage {
  readonly name: string;
  readonly packets: number;
  readonly losses: readonly Loss[];
}

const OUTCOMES = [
  ['XDP_PASS', 'up the stack'],
  ['XDP_TX', 'back out of the port'],
  ['XDP_REDIRECT', 'to another place'],
] as const;

/** The stages, their losses, and the outcomes. */
export function pipelineSection(report: Report): Section {
  const { capture, drops } = report;
  const ends = OUTCOMES.map(
    ([action, place]) =>
      html`<li class="${report.actions[action].packets === 0 ? 'none' : ACTION_CLASS[action]}"><b>${count(report.actions[action].packets)}</b> <span>${place} <span class="dim">${action}</span></span></li>`,
  );
  const chart = html`<ol class="pipeline">${stagesOf(report).map(stage => stageItem(stage, capture.packets))}<li class="ends"><h3>Went on</h3><ul>${ends}</ul></li></ol>`;
  const rows = drops.map(
    ({ stage, reason, packets, bytes }) =>
      html`<tr><th scope="row">${stage}</th><td>${reason}</td><td class="n">${count(packets)}</td><td class="n">${share(packets, capture.packets)}</td><td class="n">${count(bytes)}</td></tr>`,
  );
  const losses =
    rows.length > 0 &&
    table('Frames lost outside the program', ['stage', 'reason', '#packets', '#share', '#bytes'], rows);
  return { id: 'pipeline', title: 'Pipeline', content: [chart, losses] };
}

function stagesOf(report: Report): Stage[] {
  const { capture, drops, actions, program, nic } = report;
  const isAfter = (stage: string) => AFTER_PROGRAM.has(stage);
  const decided = ACTION_NAMES.filter(action => isLost(action) && actions[action].packets > 0).map(action => ({
    style: ACTION_CLASS[action],
    packets: actions[action].packets,
    reason: action === 'invalid' ? 'invalid return value' : action,
  }));
  const names = [...new Set(drops.map(({ stage }) => stage))];
  const lossesOf = (name: string): Loss[] =>
    drops
      .filter(({ stage }) => stage === name)
      .map(({ packets, reason }) => ({ style: ACTION_CLASS.dropped, packets, reason }));
  const row: (readonly [string, readonly Loss[]])[] = [
    [nic === null ? 'capture' : 'wire', []],
    ...names.filter(name => !isAfter(name)).map(name => [name, lossesOf(name)] as const),
    [program.name, decided],
    ...names.filter(isAfter).map(name => [name, lossesOf(name)] as const),
  ];
  let left = capture.packets;
  return row.map(([name, losses]) => {
    const stage = { name, packets: left, losses };
    left -= losses.reduce((sum, { packets }) => sum + packets, 0);
    return stage;
  });
}

/** Stages that frames come to when the program has decided. */
const AFTER_PROGRAM: ReadonlySet<string> = new Set(['transmit', 'redirect']);

function stageItem({ name, packets, losses }: Stage, total: number): Markup {
  const lost = losses.reduce((sum, loss) => sum + loss.packets, 0);
  const band = (value: number) => Math.round((1000 * value) / Math.max(1, total)) / 1000;
  return html`<li><div class="stage"><b>${name}</b><span>${count(packets)} in</span></div>${flow(band(packets - lost))}${lossList(losses, lost, packets)}</li>`;
}

function flow(width: number): Markup {
  return html`<i class="flow" style="--flow:${width}" aria-hidden="true"></i>`;
}

function lossList(losses: readonly Loss[], lost: number, packets: number): Content {
  if (losses.length === 0) return undefined;
  const items = losses.map(
    ({ style, packets: dropped, reason }) =>
      html`<li class="${style}"><b>${count(dropped)}</b> <span>${reason}</span></li>`,
  );
  return html`<div class="losses"><h3>${share(lost, packets)} lost here</h3><ul>${items}</ul></div>`;
}
