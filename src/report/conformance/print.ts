// The implementation report of RFC 9669 as text, Markdown and JSON.
import type { EngineName } from '../../engine/engine.js';
import { CONFORMANCE_GROUPS, type ConformanceGroup, type FieldRule, type Operation } from '../../isa/table.js';
import { textTable } from '../table.js';
import {
  type ConformanceReport,
  groupCounts,
  REPORTED_GROUPS,
  type RowReport,
  type RowResult,
  type VectorStatus,
} from './conformance.js';

const TITLE = 'RFC 9669 implementation report';
const STATUS_ORDER = ['passed', 'failed', 'refused', 'unsupported', 'not run', 'untested'] as const;

const LEGEND: readonly string[] = [
  'passed: every vector with the row gave what it should',
  'refused: Linux takes no such instruction in an XDP program, and neither does the engine',
  'unsupported: Linux takes such an instruction, the engine stops at it',
  'not run: the engine could not be asked for the row',
];

/** The report for people: groups, rows, what failed. Ends in a newline. */
export function conformanceText(report: ConformanceReport): string {
  const blocks = [TITLE, groupTable(report), rowTable(report), LEGEND.join('\n'), refusals(report).join('\n')];
  blocks.push(...problems(report));
  return `${blocks.join('\n\n')}\n`;
}

function groupTable(report: ConformanceReport): string {
  const rows = REPORTED_GROUPS.map(group => [
    groupName(group),
    String(report.rows.filter(({ row }) => row.group === group).length),
    ...report.engines.map(engine => groupText(report, group, engine)),
  ]);
  return textTable(['group', 'rows', ...report.engines], rows, '<>');
}

function groupText(report: ConformanceReport, group: ConformanceGroup | undefined, engine: EngineName): string {
  const counts = groupCounts(report, group, engine);
  return STATUS_ORDER.flatMap(status => (counts.has(status) ? [`${counts.get(status)} ${status}`] : [])).join(', ');
}

function groupName(group: ConformanceGroup | undefined): string {
  if (group === undefined) return 'Linux only';
  return CONFORMANCE_GROUPS[group].deprecated ? `${group} (deprecated)` : group;
}

const ROW_HEADING = ['opcode', 'src', 'offset', 'imm', 'group', 'description', 'vectors'];

function rowTable(report: ConformanceReport): string {
  const rows = report.rows.map(item => [
    ...rowCells(item),
    String(item.vectors.length),
    ...report.engines.map(engine => item.results[engine]!.status),
  ]);
  return textTable([...ROW_HEADING, ...report.engines], rows, '<<<<<<>');
}

function rowCells({ row }: RowReport): string[] {
  const { opcode, src, offset, imm, description, group } = row;
  return [hex(opcode), rule(src), rule(offset), rule(imm), group ?? 'Linux', description];
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

function rule(value: FieldRule): string {
  return value === 'any' ? 'any' : hex(value);
}

/** Rows that nothing takes, and what Linux says of them; a line each. Legacy packet loads are one group and are not listed. */
function refusals(report: ConformanceReport): string[] {
  return report.rows
    .filter(({ row, results }) => row.group !== 'packet' && Object.values(results).some(isRefused))
    .map(({ row, vectors }) => `refused: ${row.description}: ${vectors[0]!.item.expected.refused}`);
}

function isRefused({ status }: RowResult): boolean {
  return status === 'refused';
}

/** Vectors that failed or did not run, and why; a line each. */
function problems(report: ConformanceReport): string[] {
  return report.engines.flatMap(engine => {
    const results = report.results[engine]!;
    const reasons = new Set(results.filter(({ status }) => status === 'not run').flatMap(({ notes }) => notes));
    const failed = report.vectors.flatMap(({ name }, at) =>
      results[at]!.status === 'failed' ? [`${engine}: ${name}: ${results[at]!.notes.join('; ')}`] : [],
    );
    return [...[...reasons].map(reason => `${engine}: not run: ${reason}`), ...failed];
  });
}

/** The report as Markdown; every row names the vectors that test it. */
export function conformanceMarkdown(report: ConformanceReport): string {
  const groups = REPORTED_GROUPS.map(group => [
    groupName(group),
    includedGroups(group),
    String(report.rows.filter(({ row }) => row.group === group).length),
    ...report.engines.map(engine => groupText(report, group, engine)),
  ]);
  const rows = report.rows.map(item => [
    ...rowCells(item).map(code),
    ...report.engines.map(engine => item.results[engine]!.status),
    vectorNames(item),
  ]);
  const blocks = [
    `# ${TITLE}`,
    '## Conformance groups',
    markdownTable(['group', 'includes', 'rows', ...report.engines], groups),
    [...LEGEND, ...refusals(report)].map(line => `- ${line}`).join('\n'),
    '## Rows of the registry',
    markdownTable([...ROW_HEADING.slice(0, -1), ...report.engines, 'vectors'], rows),
    ...problems(report).map(line => `- ${line}`),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function includedGroups(group: ConformanceGroup | undefined): string {
  return group === undefined ? '' : CONFORMANCE_GROUPS[group].includes.join(', ');
}

const SHOWN_VECTORS = 5;

function vectorNames({ vectors }: RowReport): string {
  const shown = vectors.slice(0, SHOWN_VECTORS).map(({ name }) => escaped(name));
  const more = vectors.length - shown.length;
  return `${shown.join('<br>')}${more > 0 ? `<br>and ${more} more` : ''}`;
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function escaped(text: string): string {
  return text.replace(/[|*_<>]/g, '\\$&');
}

function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The report as plain data for JSON. */
export interface ConformanceJson {
  readonly specification: 'RFC 9669';
  readonly engines: readonly EngineName[];
  readonly groups: readonly {
    /** null: what Linux has beyond the RFC. */
    readonly group: ConformanceGroup | null;
    readonly rows: number;
    readonly results: Readonly<Record<string, Readonly<Record<string, number>>>>;
  }[];
  readonly rows: readonly {
    readonly opcode: number;
    readonly src: FieldRule;
    readonly offset: FieldRule;
    readonly imm: FieldRule;
    readonly description: string;
    readonly group: ConformanceGroup | null;
    /** First Linux version, null where Linux 6.18 has it not. */
    readonly since: string | null;
    readonly vectors: readonly string[];
    readonly results: Readonly<Record<string, RowResult>>;
  }[];
  readonly vectors: readonly {
    readonly name: string;
    readonly program: string;
    readonly results: Readonly<Record<string, { readonly status: VectorStatus; readonly notes: readonly string[] }>>;
  }[];
}

/** The whole report as plain data, vectors and all. */
export function conformanceJson(report: ConformanceReport): ConformanceJson {
  const byEngine = <T>(value: (engine: EngineName) => T): Record<string, T> =>
    Object.fromEntries(report.engines.map(engine => [engine, value(engine)]));
  return {
    specification: 'RFC 9669',
    engines: report.engines,
    groups: REPORTED_GROUPS.map(group => ({
      group: group ?? null,
      rows: report.rows.filter(({ row }) => row.group === group).length,
      results: byEngine(engine => Object.fromEntries(groupCounts(report, group, engine))),
    })),
    rows: report.rows.map(item => ({
      ...rowJson(item.row),
      vectors: item.vectors.map(({ name }) => name),
      results: byEngine(engine => item.results[engine]!),
    })),
    vectors: report.vectors.map(({ name, item }, at) => ({
      name,
      program: item.text.trim(),
      results: byEngine(engine => report.results[engine]![at]!),
    })),
  };
}

function rowJson({ opcode, src, offset, imm, description, group, since }: Operation) {
  return { opcode, src, offset, imm, description, group: group ?? null, since: since ?? null };
}
