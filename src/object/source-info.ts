// What .BTF.ext says about functions and source lines, handed out to the functions of the object.
import type { BtfExt, BtfExtSection } from '../btf/ext.js';
import type { ElfSection } from '../elf/elf.js';
import { SLOT_BYTES } from '../isa/instruction.js';
import type { CodeFunction, FunctionIndex } from './functions.js';
import type { SourceLine } from './spec.js';

/** Lines and BTF ids of functions; `slot` of a line counts from the start of its function. */
export interface SourceInfo {
  readonly linesOf: (fn: CodeFunction) => readonly SourceLine[];
  readonly typeIdOf: (fn: CodeFunction) => number | undefined;
}

/** Sorts the records by function. Records of code that no function has (dropped weak functions) are left out. */
export function readSourceInfo(
  ext: BtfExt | undefined,
  functions: FunctionIndex,
  code: readonly ElfSection[],
): SourceInfo {
  const lines = new Map<CodeFunction, SourceLine[]>();
  const typeIds = new Map<CodeFunction, number>();
  for (const { fn, slot, record } of placed(ext?.functions ?? [], functions, code)) {
    if (slot === 0) typeIds.set(fn, record.typeId);
  }
  for (const { fn, slot, record } of placed(ext?.lines ?? [], functions, code)) {
    const { fileName: file, line, column, text } = record;
    // Line 0 marks code that the compiler made up; the line before holds on.
    if (line === 0) continue;
    const known = lines.get(fn);
    const item = { slot, file, line, column, text };
    if (known === undefined) lines.set(fn, [item]);
    else known.push(item);
  }
  for (const list of lines.values()) list.sort((a, b) => a.slot - b.slot);
  return { linesOf: fn => lines.get(fn) ?? [], typeIdOf: fn => typeIds.get(fn) };
}

/** A record with the function and slot it belongs to. */
export interface PlacedRecord<T> {
  readonly fn: CodeFunction;
  /** Slot in the function. */
  readonly slot: number;
  readonly record: T;
  /** Number of the record in its section. */
  readonly number: number;
}

/** Finds the function of each record. */
export function* placed<T extends { readonly offsetBytes: number }>(
  sections: readonly BtfExtSection<T>[],
  functions: FunctionIndex,
  code: readonly ElfSection[],
): Generator<PlacedRecord<T>> {
  const byName = new Map([...code].reverse().map(section => [section.name, section]));
  for (const { sectionName, records } of sections) {
    const section = byName.get(sectionName);
    if (section === undefined) continue;
    for (const [number, record] of records.entries()) {
      const slotInSection = Math.floor(record.offsetBytes / SLOT_BYTES);
      const fn = functions.at(section.index, slotInSection);
      if (fn !== undefined) yield { fn, slot: slotInSection - fn.slot, record, number };
    }
  }
}
