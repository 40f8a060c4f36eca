// A program's instructions in the notation of the kernel's verifier, with functions and C source lines between them.
import { decodeSlots } from '../isa/decode.js';
import { disassemble, type Symbols } from '../isa/disassemble.js';
import { functionAt, type ProgramSpec, type Reference } from '../object/spec.js';
import { helperName } from '../platform/helper-names.js';

/** Column at which notes begin, as in the kernel's log. */
const NOTE_COLUMN = 46;

/**
 * The listing, ending in a newline. Slots that no instruction can be decoded from show the verifier's words.
 * @param notes what to put behind instructions, by slot, such as `registerRanges` gives
 */
export function programListing(program: ProgramSpec, notes: ReadonlyMap<number, string> = new Map()): string {
  const symbols = symbolsOf(program);
  const { instructions, findings } = decodeSlots(program.code);
  const rejected = new Map(findings.map(finding => [finding.slot, finding.message]));
  const sourceLines = new Map(program.lines.map(line => [line.slot, line]));
  const text: string[] = [];
  instructions.forEach((instruction, slot) => {
    const opened = program.functions.find(item => item.slot === slot);
    if (opened !== undefined) text.push(`${opened.name}:`);
    const line = sourceLines.get(slot);
    if (line !== undefined) text.push(`; ${line.text.trim()} @ ${line.file}:${line.line}`);
    const shown = instruction === undefined ? rejected.get(slot) : disassemble(instruction, { symbols, slot });
    if (shown !== undefined) text.push(withNote(`${String(slot).padStart(4)}: ${shown}`, notes.get(slot)));
  });
  return `${text.join('\n')}\n`;
}

function withNote(line: string, note: string | undefined): string {
  return note === undefined || note === '' ? line : `${line.padEnd(NOTE_COLUMN)} ; ${note}`;
}

/** Names of helpers, functions, maps and kernel functions, for the disassembler. */
export function symbolsOf(program: ProgramSpec): Symbols {
  return {
    helper: id => {
      const name = helperName(id);
      return name === undefined ? undefined : `bpf_${name}`;
    },
    functionAt: slot => functionAt(program, slot)?.name,
    immediate64: (_load, slot) => referenceText(slot === undefined ? undefined : program.references.get(slot)),
  };
}

function referenceText(reference: Reference | undefined): string | undefined {
  switch (reference?.kind) {
    case 'map':
      return `map[${reference.map}]`;
    case 'mapValue':
      return `map[${reference.map}]+${reference.offset}`;
    case 'function':
      return `func[pc=${reference.slot}]`;
    case 'ksym':
      return `ksym ${reference.name}`;
    default:
      return undefined;
  }
}
