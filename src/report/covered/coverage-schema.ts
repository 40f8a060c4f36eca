// JSON Schema of what `coverage -j` prints. A test holds it to the outputs of many programs.
import { DRAFT, list, record, type Schema, text, whole } from '../schema-words.js';

const ratio: Schema = record('how many of how many', { covered: whole, total: whole });
const fileTotals = { lines: ratio, branches: ratio, functions: ratio };
const branch: Schema = record('a conditional branch of a program', {
  program: text,
  slot: whole,
  taken: whole,
  notTaken: whole,
});
const line: Schema = record('a line that instructions came from', {
  line: whole,
  text,
  count: whole,
  instructions: { ...whole, description: 'executed, all places of the line together' },
  branches: list(branch),
});
const file: Schema = record('a source file as far as instructions came from it', {
  name: text,
  lines: list(line),
  functions: list(record('a function that is called', { name: text, line: whole, count: whole })),
  totals: record('a branch counts twice: taken and not taken', fileTotals),
});
const counts: Schema = record('executions of a program, which --merge adds to those of a later run', {
  program: text,
  code: { ...text, description: 'tells builds of the program apart' },
  executed: list(whole, 'by slot'),
  taken: list(whole, 'by slot of a conditional branch'),
});

/** The schema, as a JSON value. */
export function coverageSchema(): Schema {
  const coverage = record('what of a program ran', {
    object: text,
    captures: list(text),
    packets: whole,
    programs: list(text),
    totals: record('of all files together', { ...fileTotals, instructions: ratio }),
    files: list(file),
    counts: list(counts),
  });
  return { $schema: DRAFT, title: 'xdpsim coverage', ...coverage };
}
