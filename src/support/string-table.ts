// NUL-terminated texts by their offset in one block of bytes, as ELF string tables and BTF strings store them.
import { decodeText } from './bytes.js';
import { InputError } from './errors.js';

/** Texts shorter than this never count against the budget; a table of honest size stays far below it. */
const FREE_BYTES = 1 << 20;
const BUDGET_PER_TABLE_BYTE = 8;

/**
 * Texts of a string table. Each is decoded once. The sum of the lengths decoded is limited to 1 MiB plus 8 times the table: honest tables
 * share tails at most, while a hostile one lets every entry of a file point into one endless text.
 */
export class StringTable {
  readonly bytes: Uint8Array;
  readonly label: string;
  private readonly known = new Map<number, string>();
  private remainingBytes: number;

  /** @param label how messages name the table */
  constructor(bytes: Uint8Array, label: string) {
    this.bytes = bytes;
    this.label = label;
    this.remainingBytes = FREE_BYTES + BUDGET_PER_TABLE_BYTE * bytes.byteLength;
  }

  /** The text at `offset` bytes. Throws InputError `string-offset`, `text-unterminated` or `string-budget`. */
  text(offset: number): string {
    return this.known.get(offset) ?? this.read(offset);
  }

  private read(offset: number): string {
    if (offset >= this.bytes.byteLength) {
      throw new InputError(
        'string-offset',
        `${this.label}: text at offset ${offset} lies past its end at ${this.bytes.byteLength}`,
      );
    }
    const end = this.bytes.indexOf(0, offset);
    if (end < 0) throw new InputError('text-unterminated', `${this.label}: text at offset ${offset} has no end`);
    this.remainingBytes -= end - offset;
    if (this.remainingBytes < 0) {
      throw new InputError('string-budget', `${this.label}: its texts overlap too much to be honest`);
    }
    const text = decodeText(this.bytes.subarray(offset, end));
    this.known.set(offset, text);
    return text;
  }
}
