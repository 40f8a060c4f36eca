// The report as one HTML file: no script, nothing loaded from elsewhere, light or dark as the reader's system is.
import { ACTION_NAMES } from '../../nic/accounting.js';
import type { Report } from '../report.js';
import { count, lostOf, share } from '../text.js';
import type { ActionCounts } from '../traffic.js';
import { type OffloadVerdict, offloadSection } from './cards.js';
import { bar } from './charts.js';
import { mapSection } from './maps.js';
import { type Content, html, Markup } from './markup.js';
import { pipelineSection } from './pipeline.js';
import { type Section, tiles } from './section.js';
import {
  actionSection,
  eventSection,
  labelSection,
  protocolSection,
  queueSection,
  runSection,
  sizeSection,
  talkerSection,
  timeSection,
} from './sections.js';
import { reasonSection, type Source, sourceSection } from './source.js';
import { ACTION_CLASS, STYLE } from './style.js';
import { timingSection } from './timing.js';

/** What the page shows beside the report. */
export interface HtmlExtras {
  /** Version of the program that wrote it. */
  readonly version: string;
  readonly source: Source;
  /** What cards say about the program. */
  readonly offload?: readonly OffloadVerdict[];
}

/** The page in pieces, to be written one after the other. */
export function* htmlReport(
  report: Report,
  { version, source, offload }: HtmlExtras,
): Generator<string, void, undefined> {
  const sections = [
    actionSection(report),
    labelSection(report),
    reasonSection(report, source),
    pipelineSection(report),
    timingSection(report),
    timeSection(report),
    queueSection(report),
    protocolSection(report),
    sizeSection(report),
    talkerSection(report),
    mapSection(report),
    eventSection(report),
    sourceSection(report, source),
    offloadSection(offload),
    runSection(report),
  ].filter(section => section !== undefined);
  yield head(report).text;
  yield summary(report, sections).text;
  for (const section of sections) yield sectionMarkup(section).text;
  yield html`</main><footer>xdpsim ${version}</footer></body></html>\n`.text;
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
  const { program, object, capture, nic, options } = report;
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<header><h1>${program.name}</h1>
<p>Section <code>${program.section}</code> of <code>${object}</code>, run by the ${options.engine}${nic !== null && html` on ${nic.title}`} over <code>${capture.files.join(', ')}</code>.</p>
${fateBar(report)}
${tiles(figuresOf(report))}</header>
<nav aria-label="Sections"><ul>${links}</ul></nav><main id="main">`;
}

/** All packets in one bar, by what became of them. */
function fateBar(report: Report): Markup {
  const fates = fatesOf(report);
  const names = [...ACTION_NAMES, 'dropped' as const].filter(name => fates[name] > 0);
  const total = report.capture.packets;
  const parts = bar(
    names.map(name => ({ class: ACTION_CLASS[name], value: fates[name] })),
    total,
  );
  const legend = names.map(
    name =>
      html`<li><span class="${ACTION_CLASS[name]}"><i></i></span><span>${name === 'dropped' ? 'lost outside the program' : name} ${share(fates[name], total)}</span></li>`,
  );
  return html`<div class="fate">${parts}<ul class="legend">${legend}</ul></div>`;
}

function fatesOf({ actions, drops }: Report): ActionCounts {
  const counts = Object.fromEntries(ACTION_NAMES.map(name => [name, actions[name].packets]));
  const dropped = drops.reduce((sum, { packets }) => sum + packets, 0);
  return { ...counts, dropped } as ActionCounts;
}

function figuresOf(report: Report): readonly (readonly [string, string])[] {
  const { capture, faults, instructions } = report;
  const lost = lostOf(fatesOf(report));
  return [
    ['packets', count(capture.packets)],
    ['bytes', count(capture.bytes)],
    ['went no further', share(lost, capture.packets)],
    ['went on', share(capture.packets - lost, capture.packets)],
    ['trapped', count(faults)],
    ['instructions a packet', capture.packets === 0 ? '-' : (instructions / capture.packets).toFixed(1)],
  ];
}

function sectionMarkup({ id, title, content, isLong }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-h"${isLong && html` class="long"`}><h2 id="${id}-h">${title}</h2>${content}</section>\n`;
}
