// Interfaces of a pcapng section: what an interface description block says, ready for reading packets.
import type { ByteReader } from '../support/bytes.js';
import type { CaptureInterface } from './frame.js';
import {
  type BlockOption,
  commentsOf,
  INTERFACE_OPTION,
  optionOfLength,
  optionText,
  readOptions,
} from './pcapng-options.js';
import { TimestampScale } from './timestamp-scale.js';

/** An interface with what decoding its packets takes. */
export interface PacketSource {
  /** Index into `CaptureInfo.interfaces`. */
  readonly index: number;
  readonly described: CaptureInterface;
  readonly scale: TimestampScale;
}

/** Length of an interface description block's body before its options. */
export const INTERFACE_BODY_BYTES = 8;

/**
 * Reads the body of an interface description block. Source: draft-ietf-opsawg-pcapng, section 4.2.
 * @throws InputError `truncated` or `capture-block` when the body is too short or an option runs past it
 */
export function readInterface(body: ByteReader, index: number): PacketSource {
  const linkType = body.u16(0);
  const snapLengthBytes = body.u32(4);
  const options = readOptions(body.bytes.subarray(INTERFACE_BODY_BYTES), body.order, body.label);
  const resolution = optionOfLength(options, INTERFACE_OPTION.timestampResolution, 1)?.u8(0) ?? 6;
  const offsetSeconds = optionOfLength(options, INTERFACE_OPTION.timestampOffset, 8)?.i64(0) ?? 0n;
  const scale = new TimestampScale(unitsPerSecond(resolution), offsetSeconds);
  const described: CaptureInterface = {
    ...named('name', options, INTERFACE_OPTION.name),
    ...named('description', options, INTERFACE_OPTION.description),
    comments: commentsOf(options),
    linkType,
    snapLengthBytes,
    timestampUnitsPerSecond: scale.unitsPerSecond,
    fcsLengthBytes: fcsLengthBytes(optionOfLength(options, INTERFACE_OPTION.fcsLength, 1)?.u8(0) ?? 0),
  };
  return { index, described, scale };
}

function named<Key extends string>(
  key: Key,
  options: readonly BlockOption[],
  code: number,
): { [name in Key]?: string } {
  const option = options.find(candidate => candidate.code === code);
  return option === undefined ? {} : ({ [key]: optionText(option) } as { [name in Key]: string });
}

// The top bit says whether the rest is a power of two or of ten.
function unitsPerSecond(resolution: number): bigint {
  return (resolution & 0x80) !== 0 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
}

// The draft counts bits; writers in the field put 4 for Ethernet, so small values are taken for bytes.
function fcsLengthBytes(value: number): number {
  return value > 8 ? value >>> 3 : value;
}
