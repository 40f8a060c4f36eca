// Coverage for people.
import { textTable } from '../table.js';
import { count, packetCount } from '../text.js';
import { type Coverage, percentText, type Ratio } from './coverage.js';
import type { CoveredFile } from './source.js';

/** Totals, a table of files, and the lines that no packet reached. @param withSource the source with counts as well */
export function coverageText(coverage: Coverage, withSource: boolean): string {
  const blocks = [
    heading(coverage),
    totalsTable(coverage),
    fileTable(coverage),
    missedLines(coverage),
    ...(withSource ? coverage.files.map(sourceText) : []),
  ];
  return `${blocks.filter(block => block !== '').join('\n\n')}\n`;
}

function heading({ object, captures, packets, programs }: Coverage): string {
  return [
    `coverage  ${programs.join(', ')} of ${object}`,
    `traffic   ${captures.join(', ')}: ${packetCount(packets)}`,
  ].join('\n');
}

function totalsTable({ totals }: Coverage): string {
  const rows = Object.entries(totals).map(([name, ratio]: [string, Ratio]) => [
    name,
    String(ratio.covered),
    String(ratio.total),
    percentText(ratio),
  ]);
  return textTable(['measure', 'covered', 'of', 'share'], rows, '<>>>');
}

function fileTable({ files }: Coverage): string {
  if (files.length === 0) return 'no line information in the object: build it with -g';
  const rows = files.map(({ name, totals }) => [
    name,
    percentText(totals.lines),
    percentText(totals.branches),
    percentText(totals.functions),
  ]);
  return textTable(['file', 'lines', 'branches', 'functions'], rows, '<>>>');
}

function missedLines({ files }: Coverage): string {
  const missed = files.flatMap(file =>
    file.lines.filter(line => line.count === 0).map(line => `  ${file.name}:${line.line}: ${line.text.trim()}`),
  );
  if (missed.length === 0) return '';
  return ['no packet reached', ...missed].join('\n');
}

function sourceText({ name, lines }: CoveredFile): string {
  const rows = lines.map(({ line, count: executions, text, branches }) => {
    const ways = branches.flatMap(({ taken, notTaken }) => [taken, notTaken]);
    const gone = ways.filter(way => way > 0).length;
    return [
      executions === 0 ? '#####' : count(executions),
      String(line),
      ways.length === 0 ? '' : `${gone}/${ways.length}`,
      text,
    ];
  });
  return `${name}\n${textTable(['runs', 'line', 'branches', 'source'], rows, '>>><')}`;
}
