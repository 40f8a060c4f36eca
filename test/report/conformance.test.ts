// The implementation report: its vectors are those of test/cases, every row has one that decides, and all engines pass.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { createKernelEngine } from '../../src/engine/kernel/kernel.js';
import { SLOT_BYTES } from '../../src/isa/instruction.js';
import { OPCODE } from '../../src/isa/opcode.js';
import { type RawInstruction, readRaw, writeRaw } from '../../src/isa/raw.js';
import { findOperation, OPERATIONS, type Operation } from '../../src/isa/table.js';
import type { ProgramSpec } from '../../src/object/spec.js';
import {
  conformance,
  embeddedVectors,
  groupCounts,
  isConforming,
  type Vector,
} from '../../src/report/conformance/conformance.js';
import type { Case } from '../../src/report/conformance/notation.js';
import { writeObjectFile } from '../../src/report/conformance/object-file.js';
import { conformanceText } from '../../src/report/conformance/print.js';
import {
  assembleCase,
  codeOf,
  HIGH,
  halvesOf,
  kernelFunctionsIn,
  LOW,
  objectOf,
  objectOfCase,
} from '../../src/report/conformance/program.js';
import { differencesFromCase, runOpened } from '../../src/report/conformance/run.js';
import { CASES_FOLDER } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';
import { canUseBpf } from '../support/tools.js';

/** Case files about instructions; the others are about helpers and traps. */
const VECTOR_FILES = [
  ...['arithmetic32', 'arithmetic64', 'atomics', 'byteswap', 'calls', 'jumps', 'memory', 'shifts', 'signed'],
  ...['atomic32', 'atomic64', 'base32', 'base64', 'divmul32', 'divmul64', 'linux', 'packet'].map(
    name => `rows-${name}`,
  ),
].map(name => `${name}.case`);

const GENERATED = join(import.meta.dirname, '../../src/report/conformance/vectors.ts');

function generatedModule(): string {
  const files = VECTOR_FILES.map(file => {
    const text = readFileSync(join(CASES_FOLDER, file), 'utf8');
    if (/[`\\]|\$\{/.test(text)) throw new Error(`${file}: has a character that a template literal needs escaped`);
    return `  {\n    file: '${file}',\n    text: \`${text}\`,\n  },\n`;
  });
  return [
    '// The vectors of the conformance report: case files of test/cases, part of the package. Written by `npm run golden`; change those files.\n\n',
    '/** Case files by name. */\n',
    'export const VECTOR_FILES: readonly { readonly file: string; readonly text: string }[] = [\n',
    ...files,
    '];\n',
  ].join('');
}

describe('the embedded vectors', () => {
  it('are the case files about instructions (npm run golden writes them anew)', () => {
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GENERATED, generatedModule());
    expect(readFileSync(GENERATED, 'utf8') === generatedModule()).toBe(true);
  });

  it('have names of their own', () => {
    const names = embeddedVectors().map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

describe('the report', () => {
  const report = conformance(ENGINES.map(engine => ({ engine })));

  it('has every row of the table of operations once, each with a vector', () => {
    expect(report.rows.map(({ row }) => row)).toEqual(OPERATIONS);
    expect(report.rows.filter(({ vectors }) => vectors.length === 0)).toEqual([]);
  });

  it.each(ENGINES.map(({ name }) => name))('is passed by the %s', name => {
    const failed = report.vectors.filter((_, at) => report.results[name]![at]!.status === 'failed');
    expect(failed.map(vector => vector.name)).toEqual([]);
    expect(isConforming(report)).toBe(true);
  });

  it.each(ENGINES.map(({ name }) => name))('has only these rows that the %s does not run', name => {
    const others = report.rows.filter(({ results }) => results[name]!.status !== 'passed');
    expect(others.map(({ row, results }) => `${row.description}: ${results[name]!.status}`)).toEqual([
      'gotox dst: refused',
      ...Array.from({ length: 6 }, () => expect.stringMatching(/^r0 = ntoh.*: refused$/)),
      'callx dst: refused',
      'dst = addr_space_cast(src, 0, 1): refused',
      'dst = addr_space_cast(src, 1, 0): refused',
    ]);
  });

  it.skipIf(!canUseBpf())(
    'has Linux pass the rows that need a file of their own (skipped without root or bpftool)',
    () => {
      const needed = /var_addr|map_by_idx|by BTF ID/;
      const vectors = embeddedVectors().filter(({ rows }) => [...rows].some(row => needed.test(row.description)));
      const { rows } = conformance([{ engine: createKernelEngine(), objectBytes: writeObjectFile }], vectors);
      const found = rows.filter(({ row }) => needed.test(row.description));
      expect(found.map(({ row, results }) => `${row.description}: ${results.kernel!.status}`)).toEqual([
        'dst = var_addr(imm): passed',
        'dst = map_by_idx(imm): passed',
        'dst = map_val(map_by_idx(imm)) + next_imm: passed',
        'call helper function by BTF ID: passed',
      ]);
    },
  );

  it('names the instructions that nothing takes, with the words of Linux', () => {
    expect(conformanceText(report)).toContain(
      [
        'refused: gotox dst: unknown opcode 0d',
        'refused: callx dst: unknown opcode 8d',
        'refused: dst = addr_space_cast(src, 0, 1): addr_space_cast insn can only be used in a program that has an associated arena',
      ].join('\n'),
    );
  });

  it('counts the rows of a group', () => {
    expect(Object.fromEntries(groupCounts(report, 'divmul64', 'interpreter'))).toEqual({ passed: 10 });
    expect(Object.fromEntries(groupCounts(report, 'packet', 'interpreter'))).toEqual({ refused: 6 });
  });
});

describe('a row that passes', () => {
  it('decides the result of some vector: another instruction in its place gives another result', () => {
    const vectors = embeddedVectors().filter(({ item }) => item.expected.r0 !== undefined);
    const rows = new Set(vectors.flatMap(vector => [...vector.rows]));
    const undecided = [...rows].filter(
      row => !vectors.some(vector => vector.rows.has(row) && isDecidedBy(row, vector)),
    );
    expect(undecided.map(row => row.description)).toEqual([]);
  });
});

/** Whether some instruction of the row, replaced, makes the vector fail. */
function isDecidedBy(row: Operation, { item }: Vector): boolean {
  // The case's text stands behind `call; exit` and `call; r0 >>= 32; exit`.
  const body = assembleCase(item.text, item.maps);
  for (let slot = 0; slot < body.byteLength / SLOT_BYTES; slot++) {
    const raw = readRaw(body, slot);
    const isRow = raw.opcode === 0 ? row.opcode === 0 : findOperation(raw) === row;
    if (isRow && replacements(raw).some(other => fails(item, replacedIn(item, slot, other)))) return true;
  }
  return false;
}

/** No operation; a changed destination; a jump that is taken. */
function replacements(raw: RawInstruction): readonly RawInstruction[] {
  if (raw.opcode === 0) return [{ ...raw, imm: raw.imm ^ 1 }];
  const nothing = { opcode: OPCODE.jump, dst: 0, src: 0, offset: 0, imm: 0 };
  if (raw.opcode === OPCODE.loadImmediate64) return [raw.imm ^ 1, 0].map(imm => ({ ...raw, src: 0, imm }));
  return [nothing, { ...nothing, opcode: 0xa7, dst: raw.dst, imm: 0x5a }, { ...nothing, offset: raw.offset }];
}

function replacedIn(item: Case, slot: number, raw: RawInstruction): readonly ProgramSpec[] {
  return halvesOf(item).map((half, at) => {
    const code = half.slice();
    writeRaw(code, slot + 2 + at, raw);
    return codeOf([LOW, HIGH][at]!, code, item.maps, kernelFunctionsIn(item.text));
  });
}

function fails(item: Case, programs: readonly ProgramSpec[]): boolean {
  const maps = objectOfCase(item).maps;
  const session = createInterpreter().open(objectOf(programs, maps), {
    ...DEFAULT_ENGINE_OPTIONS,
    instructionBudget: 9999,
  });
  return differencesFromCase(item, runOpened(session, item, [LOW, HIGH])).length > 0;
}
