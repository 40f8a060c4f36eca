// Bounds-checked reading and writing of bytes. Every size and offset from a file goes through here before it is believed.
import { InputError } from './errors.js';

/** Order of the bytes of a multi-byte number. */
export type ByteOrder = 'little' | 'big';

/** The byte order of the machine that WebAssembly emulates and that every in-memory structure of ours uses. */
export const NATIVE_ORDER: ByteOrder = 'little';

/**
 * A labelled view of bytes whose every read is checked: reading past the end throws InputError `truncated` with the label, the
 * size and offset asked for, and where the view ends. Offsets are in bytes from the start of this view.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly label: string;
  readonly order: ByteOrder;
  private readonly view: DataView;
  private readonly littleEndian: boolean;

  constructor(bytes: Uint8Array, label: string, order: ByteOrder = 'little') {
    this.bytes = bytes;
    this.label = label;
    this.order = order;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = order === 'little';
  }

  get lengthBytes(): number {
    return this.bytes.byteLength;
  }

  u8(offset: number): number {
    this.require(offset, 1);
    return this.view.getUint8(offset);
  }

  i8(offset: number): number {
    this.require(offset, 1);
    return this.view.getInt8(offset);
  }

  u16(offset: number): number {
    this.require(offset, 2);
    return this.view.getUint16(offset, this.littleEndian);
  }

  i16(offset: number): number {
    this.require(offset, 2);
    return this.view.getInt16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.require(offset, 4);
    return this.view.getUint32(offset, this.littleEndian);
  }

  i32(offset: number): number {
    this.require(offset, 4);
    return this.view.getInt32(offset, this.littleEndian);
  }

  u64(offset: number): bigint {
    this.require(offset, 8);
    return this.view.getBigUint64(offset, this.littleEndian);
  }

  i64(offset: number): bigint {
    this.require(offset, 8);
    return this.view.getBigInt64(offset, this.littleEndian);
  }

  /** A 64-bit size or offset as a number; throws InputError `number-range` above 2^53 - 1, naming `what`. */
  size64(offset: number, what: string): number {
    const value = this.u64(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new InputError('number-range', `${this.label}: ${what} 0x${value.toString(16)} is too large`);
    }
    return Number(value);
  }

  /** The bytes `offset` to `offset + lengthBytes`, not copied. */
  take(offset: number, lengthBytes: number): Uint8Array {
    this.require(offset, lengthBytes);
    return this.bytes.subarray(offset, offset + lengthBytes);
  }

  /** A reader of a part, with a label of its own and this reader's byte order. */
  slice(offset: number, lengthBytes: number, label: string = this.label): ByteReader {
    return new ByteReader(this.take(offset, lengthBytes), label, this.order);
  }

  /** The NUL-terminated UTF-8 text at `offset`; the end of the view also ends it when `openEnded`, else that is an error. */
  text(offset: number, openEnded = false): string {
    this.require(offset, 0);
    const end = this.bytes.indexOf(0, offset);
    if (end < 0 && !openEnded) {
      throw new InputError('text-unterminated', `${this.label}: text at offset ${offset} has no end`);
    }
    return decodeText(this.bytes.subarray(offset, end < 0 ? this.bytes.byteLength : end));
  }

  private require(offset: number, lengthBytes: number): void {
    const end = this.bytes.byteLength;
    if (Number.isSafeInteger(offset) && offset >= 0 && lengthBytes >= 0 && offset + lengthBytes <= end) return;
    const unit = lengthBytes === 1 ? 'byte' : 'bytes';
    throw new InputError(
      'truncated',
      `${this.label}: ${lengthBytes} ${unit} at offset ${offset} run past its end at ${end}`,
    );
  }
}

const utf8 = new TextDecoder('utf-8');

/** UTF-8 text of bytes; malformed sequences become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** Appends numbers and bytes to a growing buffer. */
export class ByteWriter {
  private buffer: Uint8Array;
  private view: DataView;
  private used = 0;
  private readonly littleEndian: boolean;

  constructor(order: ByteOrder = 'little', initialBytes = 256) {
    this.littleEndian = order === 'little';
    this.buffer = new Uint8Array(Math.max(16, initialBytes));
    this.view = new DataView(this.buffer.buffer);
  }

  get lengthBytes(): number {
    return this.used;
  }

  u8(value: number): this {
    const at = this.extend(1);
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.extend(2);
    this.view.setUint16(at, value, this.littleEndian);
    return this;
  }

  u32(value: number): this {
    const at = this.extend(4);
    this.view.setUint32(at, value, this.littleEndian);
    return this;
  }

  i32(value: number): this {
    const at = this.extend(4);
    this.view.setInt32(at, value, this.littleEndian);
    return this;
  }

  u64(value: bigint): this {
    const at = this.extend(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value), this.littleEndian);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.extend(bytes.byteLength);
    this.buffer.set(bytes, at);
    return this;
  }

  /** Zero bytes up to the next multiple of `alignment` (a power of two). */
  align(alignment: number): this {
    const rest = this.used % alignment;
    if (rest !== 0) this.extend(alignment - rest);
    return this;
  }

  /** Overwrites four bytes written earlier. */
  patchU32(offset: number, value: number): void {
    this.view.setUint32(offset, value, this.littleEndian);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.used);
  }

  /** Forgets what was written and keeps the room for it. */
  clear(): void {
    this.buffer.fill(0, 0, this.used);
    this.used = 0;
  }

  private extend(lengthBytes: number): number {
    const at = this.used;
    const end = at + lengthBytes;
    if (end > this.buffer.byteLength) {
      const larger = new Uint8Array(Math.max(end, this.buffer.byteLength * 2));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    this.used = end;
    return at;
  }
}

/** Lower-case hexadecimal, two digits a byte, no separators. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The bytes of hexadecimal text; spaces, colons and a 0x prefix are allowed. Throws InputError `hex`. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '').replace(/[\s:]/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
    throw new InputError('hex', `not hexadecimal bytes: ${text.length > 40 ? `${text.slice(0, 40)}...` : text}`);
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
