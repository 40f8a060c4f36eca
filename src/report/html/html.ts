// The report as one HTML file: no script, nothing loaded from elsewhere, light or dark as the reader's system is.
import type { CoveredFile } from '../covered/source.js';
import type { Report } from '../report.js';
import { count, lostOf, share } from '../text.js';
import { type Content, html, Markup } from './markup.js';
import {
  actionSection,
  mapSection,
  pipelineSection,
  protocolSection,
  queueSection,
  reasonSection,
  runSection,
  type Section,
  sizeSection,
  table,
  talkerSection,
  timeSection,
} from './sections.js';
import { sourceSection } from './source.js';
import { STYLE } from './style.js';

/** What the page shows beside the report. */
export interface HtmlExtras {
  /** Version of the program that wrote it. */
  readonly version: string;
  /** Source with executions; undefined where the engine does not count. */
  readonly source: readonly CoveredFile[] | undefined;
  /** What cards say about the program. */
  readonly offload?: readonly OffloadVerdict[];
}

/** Whether a card would take the program. */
export interface OffloadVerdict {
  readonly nic: string;
  readonly isAccepted: boolean;
  readonly reasons: readonly string[];
}

/** The page in pieces, to be written one after the other. */
export function* htmlReport(report: Report, extras: HtmlExtras): Generator<string, void, undefined> {
  const sections = [
    actionSection(report),
    reasonSection(report),
    pipelineSection(report),
    timeSection(report),
    protocolSection(report),
    queueSection(report),
    sizeSection(report),
    talkerSection(report),
    mapSection(report),
    sourceSection(extras.source),
    offloadSection(extras.offload),
    runSection(report),
  ].filter(section => section !== undefined);
  yield head(report).text;
  yield summary(report, sections).text;
  for (const section of sections) yield sectionMarkup(section).text;
  yield html`</main><footer>xdpsim ${extras.version}</footer></body></html>\n`.text;
}

function head({ program, object }: Report): Markup {
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="${policy}"><title>${program.name} of ${object}: xdpsim</title><style>${styleMarkup()}</style></head>
<body><a class="skip" href="#main">to the report</a>`;
}

/** The style sheet is our own and holds nothing that would end it. */
function styleMarkup(): Content {
  return new Markup(STYLE);
}

function summary(report: Report, sections: readonly Section[]): Markup {
  const { program, object, capture, nic, options, actions, faults, instructions } = report;
  const packets = (action: keyof typeof actions) => actions[action].packets;
  const dropped = report.drops.reduce((sum, drop) => sum + drop.packets, 0);
  const lost = lostOf({
    XDP_PASS: 0,
    XDP_TX: 0,
    XDP_REDIRECT: 0,
    XDP_DROP: packets('XDP_DROP'),
    XDP_ABORTED: packets('XDP_ABORTED'),
    invalid: packets('invalid'),
    dropped,
  });
  const tiles: readonly (readonly [string, string])[] = [
    ['packets', count(capture.packets)],
    ['bytes', count(capture.bytes)],
    ['went no further', share(lost, capture.packets)],
    ['went on', share(capture.packets - lost, capture.packets)],
    ['trapped', count(faults)],
    ['instructions a packet', capture.packets === 0 ? '-' : (instructions / capture.packets).toFixed(1)],
  ];
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<header><h1>${program.name}</h1>
<p>Section <code>${program.section}</code> of <code>${object}</code>, run by the ${options.engine}${nic !== null && html` on ${nic.title}`} over <code>${capture.files.join(', ')}</code>.</p></header>
<ul class="tiles">${tiles.map(([name, value]) => html`<li><b>${value}</b>${name}</li>`)}</ul>
<nav aria-label="Sections"><ul>${links}</ul></nav><main id="main">`;
}

function sectionMarkup({ id, title, content, isLong }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-h"${isLong && html` class="long"`}><h2 id="${id}-h">${title}</h2>${content}</section>\n`;
}

function offloadSection(verdicts: readonly OffloadVerdict[] | undefined): Section | undefined {
  if (verdicts === undefined || verdicts.length === 0) return undefined;
  const rows = verdicts.map(
    ({ nic, isAccepted, reasons }) =>
      html`<tr><th scope="row">${nic}</th><td>${isAccepted ? 'takes it' : 'refuses it'}</td><td>${reasons.map(reason => html`<div>${reason}</div>`)}</td></tr>`,
  );
  return {
    id: 'offload',
    title: 'Cards',
    content: table('Would this card take it', ['card', 'answer', 'reasons'], rows),
    isLong: true,
  };
}
