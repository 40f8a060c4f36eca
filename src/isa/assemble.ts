// Text to instructions: reads back what disassemble.ts prints, and takes labels and decimal or hexadecimal numbers where people write.
//
//   loop: r0 += r1            // a label, a statement, a comment
//   (07) r1 += -1             // opcode and slot number (`3: (07) ...`) may stand in front
//   if r1 != 0 goto loop; exit
import type { ByteOrder } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { encodeProgram, encodeRaw, slotsOf } from './encode.js';
import type { Instruction } from './instruction.js';
import { parseStatement, type Statement, type TargetNames } from './statement.js';

/** How to read names. */
export interface AssembleOptions {
  /** What names in `call` statements mean. */
  readonly names?: TargetNames;
}

/**
 * Assembles a program, by slot as decodeProgram gives it. Statements are separated by `;` or line ends; `//` starts a comment, and so does
 * a `;` at the start of a line (the source lines that bpftool prints).
 *
 * `r1 = 5` is a move and `r1 = 0x5` a 64-bit immediate load of two slots, as the kernel prints them, unless an opcode in front or a
 * suffix `ll` says otherwise; a decimal number beyond 32 bits is a 64-bit load too.
 * @throws InputError `assemble` with the line number
 */
export function assemble(text: string, options: AssembleOptions = {}): readonly (Instruction | undefined)[] {
  const { statements, labels, lengthSlots } = layOut(text, options.names ?? {});
  const instructions: (Instruction | undefined)[] = new Array(lengthSlots).fill(undefined);
  for (const { statement, slot, line } of statements) {
    instructions[slot] = inLine(line, () => {
      const instruction = resolve(statement, slot, labels);
      checkOpcode(statement, instruction);
      return instruction;
    });
  }
  return instructions;
}

/** The bytes of a program as text; throws InputError `assemble` with the line number. */
export function assembleToBytes(text: string, options: AssembleOptions = {}, order: ByteOrder = 'little'): Uint8Array {
  return encodeProgram(assemble(text, options), order);
}

interface PlacedStatement {
  readonly statement: Statement;
  readonly slot: number;
  readonly line: number;
}

interface Layout {
  readonly statements: readonly PlacedStatement[];
  readonly labels: ReadonlyMap<string, number>;
  readonly lengthSlots: number;
}

function layOut(text: string, names: TargetNames): Layout {
  const statements: PlacedStatement[] = [];
  const labels = new Map<string, number>();
  let slot = 0;
  for (const { content, line } of piecesOf(text)) {
    const rest = inLine(line, () => takeLabels(content, slot, labels));
    if (rest === '') continue;
    const statement = inLine(line, () => parseStatement(rest, names));
    statements.push({ statement, slot, line });
    slot += slotsOf(statement.instruction);
  }
  return { statements, labels, lengthSlots: slot };
}

function piecesOf(text: string): readonly { readonly content: string; readonly line: number }[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    if (content.trimStart().startsWith(';')) return [];
    const code = content.replace(/\/\/.*$/, '');
    return code.split(';').map(piece => ({ content: piece.trim(), line: index + 1 }));
  });
}

/** Enters the labels in front of a statement and gives the rest; a slot number in front is dropped. */
function takeLabels(content: string, slot: number, labels: Map<string, number>): string {
  let rest = content.replace(/^\d+:\s*/, '');
  for (;;) {
    const match = /^([A-Za-z_.][\w.]*):\s*(.*)$/.exec(rest);
    if (match === null) return rest;
    const [, name = '', behind = ''] = match;
    if (labels.has(name)) throw new InputError('assemble', `label ${name} stands here a second time`);
    labels.set(name, slot);
    rest = behind;
  }
}

/** The statement's instruction with its label turned into a distance. */
function resolve({ instruction, label }: Statement, slot: number, labels: ReadonlyMap<string, number>): Instruction {
  if (label === undefined) return instruction;
  const target = labels.get(label);
  if (target === undefined) throw new InputError('assemble', `no label ${label}`);
  const offset = target - (slot + 1);
  switch (instruction.kind) {
    case 'jump':
    case 'branch':
    case 'mayGoto':
      return { ...instruction, offset };
    case 'call':
      return { kind: 'call', target: { kind: 'function', offset } };
    case 'loadImmediate64':
      return { ...instruction, low: offset };
    default:
      throw new InputError('assemble', `a label cannot stand in ${instruction.kind}`);
  }
}

/** Every instruction fits its fields, and the opcode in front, if any, is the one that results. */
function checkOpcode({ opcode, text }: Statement, instruction: Instruction): void {
  const encoded = encodeRaw(instruction).opcode;
  if (opcode === undefined || opcode === encoded) return;
  throw new InputError('assemble', `${text}: opcode is ${encoded.toString(16)}, not ${opcode.toString(16)}`);
}

function inLine<T>(line: number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof InputError) throw new InputError('assemble', `line ${line}: ${error.message}`);
    throw error;
  }
}
