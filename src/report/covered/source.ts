// Executions seen from the C source: which lines, branches and functions ran, from counts per instruction and the line information of BTF.
import type { SlotCounts } from '../../engine/observe.js';
import { decodeSlots } from '../../isa/decode.js';
import { slotsOf } from '../../isa/encode.js';
import type { Instruction } from '../../isa/instruction.js';
import { executionsOf, type Place } from './places.js';

/** A source file as far as instructions came from it. */
export interface CoveredFile {
  /** As the compiler was given it, without a leading `./`. */
  readonly name: string;
  /** By line. */
  readonly lines: readonly CoveredLine[];
  /** Functions that are called; inlined ones are lines of those. By line, then name. */
  readonly functions: readonly CoveredFunction[];
}

/** A line that instructions came from. */
export interface CoveredLine {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** Executions, as `executionsOf` counts them where a line stands in several places of a program; of several programs together. */
  readonly count: number;
  /** Executed instructions, all places together. */
  readonly instructions: number;
  readonly branches: readonly CoveredBranch[];
}

/** A conditional branch of the program. */
export interface CoveredBranch {
  readonly program: string;
  readonly slot: number;
  readonly taken: number;
  readonly notTaken: number;
}

/** A function, with the line of its first instruction. */
export interface CoveredFunction {
  readonly name: string;
  readonly line: number;
  readonly count: number;
}

interface OpenFile {
  readonly lines: Map<number, OpenLine>;
  readonly functions: Map<string, { line: number; count: number }>;
}

interface OpenLine {
  readonly text: string;
  count: number;
  instructions: number;
  readonly branches: CoveredBranch[];
}

/** The files, by name. Programs without line information have none. */
export function annotateSource(counts: readonly SlotCounts[]): readonly CoveredFile[] {
  const files = new Map<string, OpenFile>();
  for (const item of counts) {
    addLines(files, item);
    addFunctions(files, item);
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, file]) => closeFile(name, file));
}

function addLines(files: Map<string, OpenFile>, { program, executed, taken }: SlotCounts): void {
  const { instructions } = decodeSlots(program.code);
  const placesOf = new Map<OpenLine, Place[]>();
  let next = 0;
  let current: OpenLine | undefined;
  instructions.forEach((instruction, slot) => {
    for (; program.lines[next] !== undefined && program.lines[next]!.slot <= slot; next++) {
      const { file, line, text } = program.lines[next]!;
      current = lineOf(fileOf(files, file), line, text);
    }
    if (current === undefined || instruction === undefined) return;
    const count = executed[slot] ?? 0;
    const places = placesOf.get(current) ?? [];
    placesOf.set(current, places);
    // Where ways meet or part, the count changes: what follows is another place.
    if (places.at(-1)?.end !== slot || places.at(-1)?.count !== count) places.push({ slot, end: slot, count });
    places.at(-1)!.end = slot + slotsOf(instruction);
    current.instructions += count;
    if (isBranch(instruction)) {
      const jumped = taken[slot] ?? 0;
      current.branches.push({ program: program.name, slot, taken: jumped, notTaken: count - jumped });
    }
  });
  for (const [line, places] of placesOf) line.count += executionsOf(places, instructions);
}

function addFunctions(files: Map<string, OpenFile>, { program, executed }: SlotCounts): void {
  for (const { name, slot, slots } of program.functions) {
    const first = program.lines.find(line => line.slot >= slot && line.slot < slot + slots);
    if (first === undefined) continue;
    const { functions } = fileOf(files, first.file);
    const known = functions.get(name) ?? { line: first.line, count: 0 };
    known.count += executed[slot] ?? 0;
    functions.set(name, known);
  }
}

/** Whether an instruction has two ways out of it. */
export function isBranch(instruction: Instruction): boolean {
  return instruction.kind === 'branch' || instruction.kind === 'mayGoto';
}

/** A file's name without what says nothing. */
export function plainName(name: string): string {
  return name.replace(/^(\.\/)+/, '');
}

function fileOf(files: Map<string, OpenFile>, name: string): OpenFile {
  const plain = plainName(name);
  const known = files.get(plain) ?? { lines: new Map(), functions: new Map() };
  files.set(plain, known);
  return known;
}

function lineOf(file: OpenFile, line: number, text: string): OpenLine {
  const known = file.lines.get(line) ?? { text, count: 0, instructions: 0, branches: [] };
  file.lines.set(line, known);
  return known;
}

function closeFile(name: string, { lines, functions }: OpenFile): CoveredFile {
  return {
    name,
    lines: [...lines].map(([line, rest]) => ({ line, ...rest })).sort((a, b) => a.line - b.line),
    functions: [...functions]
      .map(([function_, rest]) => ({ name: function_, ...rest }))
      .sort((a, b) => a.line - b.line || (a.name < b.name ? -1 : 1)),
  };
}
