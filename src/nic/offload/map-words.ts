// What each 4-byte word of a map value is used for: the engine that adds atomically is big-endian, so that a word is a counter or is read,
// never both, and a counter must start at zero.
import type { Instruction } from '../../isa/instruction.js';
import type { CheckContext } from './check.js';
import { pointersIn } from './pointers.js';
import { offsetOf } from './ranges.js';

/** Use of a word. */
export type WordUse = 'read' | 'atomic';

interface Words {
  readonly uses: Map<number, WordUse>;
  /** Words that an update may have set to something else than zero. */
  readonly set: Set<number>;
}

const MAP_UPDATE = 2;
const WORD_BYTES = 4;
const FIGURES = ['pointers.singleMapWordUse'];

/** Follows the uses through one program. */
export class MapWords {
  private readonly context: CheckContext;
  private readonly maps = new Map<string, Words>();

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** Notes an access to a map value and what it conflicts with. */
  use(map: string | undefined, offset: number, sizeBytes: number, use: WordUse, slot: number): void {
    if (map === undefined || this.context.model.pointers.singleMapWordUse !== true) return;
    const words = this.wordsOf(map);
    const first = Math.floor(offset / WORD_BYTES);
    const last = Math.floor((offset + sizeBytes - 1) / WORD_BYTES);
    for (let word = first; word <= last; word++) {
      const at = Math.max(offset, word * WORD_BYTES);
      if (!this.useWord(words, word, at, use, map, slot)) return;
    }
  }

  private useWord(words: Words, word: number, at: number, use: WordUse, map: string, slot: number): boolean {
    const { found } = this.context;
    const oldUse = words.uses.get(word);
    if (oldUse !== undefined && oldUse !== use) {
      found.add('broken', 'mapWordConflict', { slot, map, values: { oldUse, use, offset: at }, figures: FIGURES });
      return false;
    }
    if (use === 'atomic' && words.set.has(word)) {
      found.add('broken', 'atomicInitialised', { slot, map, values: { offset: at }, figures: FIGURES });
      return false;
    }
    words.uses.set(word, use);
    return true;
  }

  /** Notes what a call of map_update_elem writes. */
  checkUpdate({ target }: Extract<Instruction, { kind: 'call' }>, slot: number): void {
    const { model, ranges, program } = this.context;
    if (target.kind !== 'helper' || target.id !== MAP_UPDATE || model.pointers.singleMapWordUse !== true) return;
    const [map] = pointersIn(ranges.valuesAt(slot, 1));
    const values = pointersIn(ranges.valuesAt(slot, 3));
    const stackOffset = values.length === 1 && values[0]!.to === 'stack' ? offsetOf(values[0]!) : undefined;
    const size = program.mapsByName.get(map?.map ?? '')?.valueSizeBytes;
    if (map?.map === undefined || stackOffset === undefined || size === undefined) return;
    this.updateBytes(map.map, stackOffset, size, slot);
  }

  /** Byte by byte, since a word is a counter from its first atomic add on. */
  private updateBytes(map: string, stackOffset: number, size: number, slot: number): void {
    const { ranges, found } = this.context;
    const words = this.wordsOf(map);
    for (let at = 0; at < size; at++) {
      const isZero = ranges.isStackZero(slot, stackOffset + at, 1);
      if (isZero === true) continue;
      const word = Math.floor(at / WORD_BYTES);
      if (words.uses.get(word) === 'atomic') {
        const item = { slot, map, values: { offset: at, stackOffset: -(stackOffset + at) - 1 }, figures: FIGURES };
        if (isZero === false) found.add('broken', 'updateNonZero', item);
        else
          found.add('undecided', 'updateNonZero', {
            ...item,
            question: `whether byte ${at} of the value written is zero`,
          });
        return;
      }
      if (isZero === false) words.set.add(word);
    }
  }

  private wordsOf(map: string): Words {
    const words = this.maps.get(map) ?? { uses: new Map(), set: new Set() };
    this.maps.set(map, words);
    return words;
  }
}
