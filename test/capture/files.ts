// Capture files written by hand, independently of the writers under test, and readers of whole captures.

import { type Capture, copyFrame, type Frame, type ReadOptions } from '../../src/capture/frame.js';
import { captureFrom } from '../../src/capture/read.js';
import { type ByteOrder, ByteWriter } from '../../src/support/bytes.js';

export interface PcapRecord {
  readonly seconds?: number;
  readonly fraction?: number;
  readonly captured?: number;
  readonly original?: number;
  readonly bytes: Uint8Array;
  /** The eight bytes more that a modified record header has. */
  readonly more?: boolean;
}

export interface PcapFields {
  readonly magic?: number;
  readonly order?: ByteOrder;
  readonly major?: number;
  readonly minor?: number;
  readonly link?: number;
}

/** A pcap file of records. */
export function pcapFile(records: readonly PcapRecord[], fields: PcapFields = {}): Uint8Array {
  const out = new ByteWriter(fields.order ?? 'little');
  out
    .u32(fields.magic ?? 0xa1b2c3d4)
    .u16(fields.major ?? 2)
    .u16(fields.minor ?? 4);
  out
    .u32(0)
    .u32(0)
    .u32(65_535)
    .u32(fields.link ?? 1);
  for (const { seconds = 0, fraction = 0, bytes, captured = bytes.length, original = bytes.length, more } of records) {
    out.u32(seconds).u32(fraction).u32(captured).u32(original);
    if (more) out.u32(7).u16(0x800).u16(0);
    out.raw(bytes);
  }
  return out.finish();
}

/** A block of a pcapng file; the body is padded to four bytes. */
export function block(type: number, body: Uint8Array, order: ByteOrder = 'little'): Uint8Array {
  const out = new ByteWriter(order);
  const total = 12 + Math.ceil(body.length / 4) * 4;
  return out.u32(type).u32(total).raw(body).align(4).u32(total).finish();
}

/** A block whose body `write` writes. */
export function blockOf(type: number, write: (out: ByteWriter) => void, order: ByteOrder = 'little'): Uint8Array {
  const out = new ByteWriter(order);
  write(out);
  return block(type, out.finish(), order);
}

export const sectionBlock = (order: ByteOrder = 'little', major = 1): Uint8Array =>
  blockOf(0x0a0d0d0a, out => out.u32(0x1a2b3c4d).u16(major).u16(0).u64(-1n), order);

export interface InterfaceFields {
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly options?: Uint8Array;
}

export const interfaceBlock = (
  { linkType = 1, snapLength = 0, options = new Uint8Array(0) }: InterfaceFields = {},
  order: ByteOrder = 'little',
): Uint8Array => blockOf(1, out => out.u16(linkType).u16(0).u32(snapLength).raw(options), order);

export interface EnhancedFields {
  readonly interfaceId?: number;
  readonly units?: bigint;
  readonly captured?: number;
  readonly original?: number;
  readonly options?: Uint8Array;
}

/** An enhanced packet block. */
export function enhancedBlock(bytes: Uint8Array, fields: EnhancedFields = {}, order: ByteOrder = 'little'): Uint8Array {
  const { interfaceId = 0, units = 0n, captured = bytes.length, original = bytes.length, options } = fields;
  return blockOf(
    6,
    out => {
      out
        .u32(interfaceId)
        .u32(Number(units >> 32n))
        .u32(Number(units & 0xffff_ffffn));
      out
        .u32(captured)
        .u32(original)
        .raw(bytes)
        .align(4)
        .raw(options ?? new Uint8Array(0));
    },
    order,
  );
}

/** One option of a pcapng block. */
export function option(code: number, value: Uint8Array, order: ByteOrder = 'little'): Uint8Array {
  return new ByteWriter(order).u16(code).u16(value.length).raw(value).align(4).finish();
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  for (const part of parts) out.raw(part);
  return out.finish();
}

/** Bytes 1, 2, 3 and so on. */
export const counted = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at + 1) & 255);

/** Bytes in chunks of one size. */
export function* chunked(bytes: Uint8Array, size: number): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

export interface WholeCapture {
  readonly frames: readonly Frame[];
  readonly capture: Capture;
  readonly warnings: readonly string[];
  readonly error: Error | undefined;
}

/** Reads a capture to its end or its error. */
export async function readAll(capture: Capture): Promise<WholeCapture> {
  const frames: Frame[] = [];
  let error: Error | undefined;
  try {
    for await (const frame of capture.frames()) frames.push(copyFrame(frame));
  } catch (thrown) {
    error = thrown as Error;
  }
  return { frames, capture, warnings: capture.warnings.map(({ message }) => message), error };
}

/** Reads bytes as a capture, in chunks. */
export function readBytes(
  bytes: Uint8Array,
  chunkBytes = 65_536,
  options: Partial<ReadOptions> = {},
): Promise<WholeCapture> {
  return readAll(captureFrom(chunked(bytes, chunkBytes), { fileName: 'x.pcap', ...options }));
}
