// The fields of an instruction slot as they stand in the bytes. RFC 9669, section 3.
//
//   byte 0    1            2  3     4  5  6  7
//   +--------+-----+-----+--------+-----------+
//   | opcode | src | dst | offset | immediate |    little endian: dst is the low nibble of byte 1; big endian: the high one
//   +--------+-----+-----+--------+-----------+
import type { ByteOrder } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { SLOT_BYTES } from './instruction.js';

/** One slot, split into its fields; `offset` is signed 16-bit, `imm` signed 32-bit, whatever the opcode makes of them. */
export interface RawInstruction {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  readonly offset: number;
  readonly imm: number;
}

/** Slots in `code`; throws InputError `code-size` unless it is whole slots. */
export function slotCount(code: Uint8Array): number {
  if (code.byteLength % SLOT_BYTES !== 0) {
    throw new InputError(
      'code-size',
      `code: ${code.byteLength} bytes are not whole instructions of ${SLOT_BYTES} bytes`,
    );
  }
  return code.byteLength / SLOT_BYTES;
}

/** The fields of slot `slot` of `code`; throws InputError `truncated` where there is no such slot. */
export function readRaw(code: Uint8Array, slot: number, order: ByteOrder = 'little'): RawInstruction {
  return readRawAt(viewOf(code), slot * SLOT_BYTES, order);
}

/** The fields of the slot at `byteOffset`; throws InputError `truncated` where 8 bytes do not fit. */
export function readRawAt(view: DataView, byteOffset: number, order: ByteOrder): RawInstruction {
  requireSlot(view, byteOffset);
  const isLittle = order === 'little';
  const registers = view.getUint8(byteOffset + 1);
  const [low, high] = [registers & 15, registers >> 4];
  return {
    opcode: view.getUint8(byteOffset),
    dst: isLittle ? low : high,
    src: isLittle ? high : low,
    offset: view.getInt16(byteOffset + 2, isLittle),
    imm: view.getInt32(byteOffset + 4, isLittle),
  };
}

/** Overwrites the given fields of slot `slot` in place and leaves the others; values are cut to their field's width. */
export function writeRaw(
  code: Uint8Array,
  slot: number,
  fields: Partial<RawInstruction>,
  order: ByteOrder = 'little',
): void {
  const view = viewOf(code);
  const at = slot * SLOT_BYTES;
  const { opcode, dst, src, offset, imm } = { ...readRawAt(view, at, order), ...fields };
  const isLittle = order === 'little';
  view.setUint8(at, opcode);
  view.setUint8(at + 1, isLittle ? (src << 4) | (dst & 15) : (dst << 4) | (src & 15));
  view.setInt16(at + 2, offset, isLittle);
  view.setInt32(at + 4, imm, isLittle);
}

/** The same program in little-endian encoding (register nibbles, offset and immediate turned round), as a new array. */
export function swapToLittleEndian(code: Uint8Array): Uint8Array {
  const swapped = new Uint8Array(code.byteLength);
  const slots = slotCount(code);
  for (let slot = 0; slot < slots; slot++) writeRaw(swapped, slot, readRaw(code, slot, 'big'));
  return swapped;
}

/** A view of the same bytes. */
export function viewOf(bytes: Uint8Array | DataView): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function requireSlot(view: DataView, byteOffset: number): void {
  if (Number.isSafeInteger(byteOffset) && byteOffset >= 0 && byteOffset + SLOT_BYTES <= view.byteLength) return;
  throw new InputError(
    'truncated',
    `code: an instruction of ${SLOT_BYTES} bytes at offset ${byteOffset} runs past the end at ${view.byteLength}`,
  );
}
