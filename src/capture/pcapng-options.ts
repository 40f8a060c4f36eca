// Options of pcapng blocks: a list of code, length, value, padded to four bytes. Source: draft-ietf-opsawg-pcapng, section 3.5.
import { type ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import type { FrameOptions, FrameVerdict, InterfaceStatistics } from './frame.js';

/** Codes that mean the same in every block. */
export const OPTION_END = 0;
export const OPTION_COMMENT = 1;

/** Option codes of section header blocks. */
export const SECTION_OPTION = { hardware: 2, os: 3, application: 4 } as const;

/** Option codes of interface description blocks. */
export const INTERFACE_OPTION = {
  name: 2,
  description: 3,
  speed: 8,
  timestampResolution: 9,
  fcsLength: 13,
  timestampOffset: 14,
} as const;

/** Option codes of enhanced packet blocks. */
export const PACKET_OPTION = { flags: 2, hash: 3, dropCount: 4, packetId: 5, queue: 6, verdict: 7 } as const;

/** Option codes of interface statistics blocks. */
export const STATISTICS_OPTION = { received: 4, dropped: 5, filterAccepted: 6, osDropped: 7, delivered: 8 } as const;

/** First byte of an epb_verdict option: who decided. */
export const VERDICT_TYPE = { hardware: 0, tc: 1, xdp: 2 } as const;

/** One option; `value` is a reader of exactly its bytes. */
export interface BlockOption {
  readonly code: number;
  readonly value: ByteReader;
}

/**
 * The options that fill `bytes`, up to the end-of-options mark. `where` stands in front of messages.
 * @throws InputError `capture-block` when an option runs past the end
 */
export function readOptions(bytes: Uint8Array, order: ByteOrder, where: string): BlockOption[] {
  const reader = new ByteReader(bytes, where, order);
  const found: BlockOption[] = [];
  let offset = 0;
  while (offset + 4 <= reader.lengthBytes) {
    const [code, length] = [reader.u16(offset), reader.u16(offset + 2)];
    if (code === OPTION_END) break;
    offset += 4;
    if (offset + length > reader.lengthBytes) {
      throw new InputError(
        'capture-block',
        `${where}: option ${code} of ${length} bytes runs past the end of its block by ${offset + length - reader.lengthBytes}`,
      );
    }
    found.push({ code, value: reader.slice(offset, length, `${where}: option ${code}`) });
    offset += length + (-length & 3);
  }
  return found;
}

/** Text of an option; a NUL that some writers put behind it is left out. */
export function optionText(option: BlockOption): string {
  return option.value.text(0, true);
}

/** The comments among options. */
export function commentsOf(options: readonly BlockOption[]): string[] {
  return options.filter(({ code }) => code === OPTION_COMMENT).map(optionText);
}

/** The first option of a code; undefined when absent or of another length than `lengthBytes`. */
export function optionOfLength(
  options: readonly BlockOption[],
  code: number,
  lengthBytes: number,
): ByteReader | undefined {
  const value = options.find(option => option.code === code)?.value;
  return value?.lengthBytes === lengthBytes ? value : undefined;
}

/** Packet options as values; options that are unknown or of a wrong length are left out. */
export function frameOptions(options: readonly BlockOption[]): FrameOptions {
  const flags = optionOfLength(options, PACKET_OPTION.flags, 4)?.u32(0);
  const dropCount = optionOfLength(options, PACKET_OPTION.dropCount, 8)?.u64(0);
  const packetId = optionOfLength(options, PACKET_OPTION.packetId, 8)?.u64(0);
  const queue = optionOfLength(options, PACKET_OPTION.queue, 4)?.u32(0);
  return {
    comments: commentsOf(options),
    ...(flags !== undefined && { flags }),
    ...(dropCount !== undefined && { dropCount }),
    ...(packetId !== undefined && { packetId }),
    ...(queue !== undefined && { queue }),
    verdicts: options.filter(({ code }) => code === PACKET_OPTION.verdict).flatMap(verdict),
  };
}

function verdict({ value }: BlockOption): FrameVerdict[] {
  if (value.lengthBytes === 0) return [];
  const type = value.u8(0);
  const bytes = value.bytes.slice(1);
  if (type === VERDICT_TYPE.hardware) return [{ kind: 'hardware', bytes }];
  if ((type === VERDICT_TYPE.tc || type === VERDICT_TYPE.xdp) && value.lengthBytes === 9) {
    return [{ kind: type === VERDICT_TYPE.xdp ? 'xdp' : 'tc', action: value.u64(1) }];
  }
  return [{ kind: 'other', type, bytes }];
}

/** The counters of an interface statistics block. */
export function interfaceStatistics(options: readonly BlockOption[]): InterfaceStatistics {
  const counters = Object.entries(STATISTICS_OPTION).flatMap(([name, code]) => {
    const value = optionOfLength(options, code, 8)?.u64(0);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(counters);
}
