// What a NIC model declares of the instruction set, row by row of the registry: nothing is run.
import { decodeRaw } from '../../isa/decode.js';
import type { Instruction } from '../../isa/instruction.js';
import type { RawInstruction } from '../../isa/raw.js';
import {
  CONFORMANCE_GROUPS,
  type ConformanceGroup,
  type FieldRule,
  OPERATIONS,
  type Operation,
} from '../../isa/table.js';
import { type NicModel, sourceOf } from '../../nic/model.js';
import { exceptionsOf } from '../../nic/offload/exceptions.js';
import { textTable } from '../table.js';
import { REPORTED_GROUPS } from './conformance.js';

/** What a model says of a row. */
export type Declaration =
  | 'declared'
  /** Its group is declared, the operation is excepted. */
  | 'lacking'
  /** The operation is taken and computes something else. */
  | 'misread'
  /** No declared group has it. */
  | 'absent'
  /** The model says nothing of groups, or the row is in none. */
  | 'not said';

/** What a model declares. */
export interface DeclaredReport {
  readonly model: string;
  readonly title: string;
  /** Where the model has it from; null where it says nothing. */
  readonly source: string | null;
  /** The list of exceptions is known to be complete. */
  readonly isComplete: boolean;
  readonly rows: readonly { readonly row: Operation; readonly declaration: Declaration }[];
}

/** The rows of the registry as a model declares them. */
export function declaredBy(model: NicModel): DeclaredReport {
  const { groups, isComplete = false } = model.isa;
  return {
    model: model.name,
    title: model.title,
    source: groups === undefined ? null : (sourceOf(model, 'isa.groups')?.source ?? null),
    isComplete,
    rows: OPERATIONS.map(row => ({ row, declaration: declarationOf(row, model) })),
  };
}

function declarationOf(row: Operation, { isa }: NicModel): Declaration {
  const { groups, unsupported = [], misread = [] } = isa;
  const example = exampleOf(row);
  const exceptions: readonly string[] = example === undefined ? [] : exceptionsOf(example);
  if (exceptions.some(name => misread.some(item => item === name))) return 'misread';
  if (exceptions.some(name => unsupported.some(item => item === name))) return 'lacking';
  if (groups === undefined || row.group === undefined) return 'not said';
  const included = groups.flatMap((group): readonly ConformanceGroup[] => [
    group,
    ...CONFORMANCE_GROUPS[group].includes,
  ]);
  return included.includes(row.group) ? 'declared' : 'absent';
}

/** Some instruction of a row; undefined for the second slot of a 64-bit load. */
function exampleOf(row: Operation): Instruction | undefined {
  const pick = (rule: FieldRule, other: number) => (rule === 'any' ? other : rule);
  const raw: RawInstruction = {
    opcode: row.opcode,
    dst: row.usesDst ? 1 : 0,
    src: pick(row.src, 2),
    offset: pick(row.offset, 0),
    imm: pick(row.imm, 1),
  };
  const decoded = decodeRaw(raw, { opcode: 0, dst: 0, src: 0, offset: 0, imm: 0 }, { withIndirect: true });
  return decoded.kind === 'rejected' ? undefined : decoded;
}

const DECLARATIONS = ['declared', 'lacking', 'misread', 'absent', 'not said'] as const satisfies readonly Declaration[];

function summaryRows({ rows }: DeclaredReport): string[][] {
  return REPORTED_GROUPS.map(group => {
    const inGroup = rows.filter(({ row }) => row.group === group);
    const counts = DECLARATIONS.map(declaration => {
      const count = inGroup.filter(item => item.declaration === declaration).length;
      return count === 0 ? '' : `${count} ${declaration}`;
    });
    return [group ?? 'Linux only', String(inGroup.length), counts.filter(text => text !== '').join(', ')];
  });
}

function head({ model, title, source, isComplete }: DeclaredReport): string[] {
  if (source === null) return [`RFC 9669 as declared by ${model}: ${title}`, 'The model says nothing of instructions.'];
  const completeness = isComplete
    ? 'The list of exceptions is complete.'
    : 'There may be more exceptions than are known.';
  return [`RFC 9669 as declared by ${model}: ${title}`, `Source: ${source}. ${completeness}`];
}

function rowCells({ row, declaration }: DeclaredReport['rows'][number]): string[] {
  return [`0x${row.opcode.toString(16).padStart(2, '0')}`, row.group ?? 'Linux', row.description, declaration];
}

const HEADING = ['opcode', 'group', 'description', 'model'];

/** The declaration for people, ending in a newline. */
export function declaredText(report: DeclaredReport): string {
  const summary = textTable(['group', 'rows', 'model'], summaryRows(report), '<><');
  return `${[...head(report), summary, textTable(HEADING, report.rows.map(rowCells), '')].join('\n\n')}\n`;
}

/** The declaration as Markdown. */
export function declaredMarkdown(report: DeclaredReport): string {
  const table = (heading: readonly string[], rows: readonly (readonly string[])[]) =>
    [heading, heading.map(() => '---'), ...rows].map(cells => `| ${cells.map(quoted).join(' | ')} |`).join('\n');
  const [title, ...rest] = head(report);
  const summary = table(['group', 'rows', 'model'], summaryRows(report));
  return `${[`# ${title}`, ...rest, summary, table(HEADING, report.rows.map(rowCells))].join('\n\n')}\n`;
}

function quoted(cell: string): string {
  return cell.replace(/[|*]/g, '\\$&');
}

/** The declaration as plain data. */
export function declaredJson(report: DeclaredReport): object {
  return {
    specification: 'RFC 9669',
    ...report,
    rows: report.rows.map(({ row, declaration }) => ({
      opcode: row.opcode,
      src: row.src,
      offset: row.offset,
      imm: row.imm,
      description: row.description,
      group: row.group ?? null,
      declaration,
    })),
  };
}
