// The vitest kit, `xdpsim/vitest`: filters as things to expect something of, and packets to give them. Importing it adds the matchers.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { isEqual, packetDiffText } from './capture/packet-diff.js';
import { InputError, messageOf } from './support/errors.js';
import { Filter, type FilterOptions } from './testing/filter.js';
import { bytesOf, type Judgement, judge, judgeTrap, type PacketLike } from './testing/verdict-check.js';

export * from './capture/packet.js';
export { packetDiff } from './capture/packet-diff.js';
export { packetFromText } from './capture/packet-text.js';
export { type Arrival, Filter, FilterMap, type FilterOptions } from './testing/filter.js';
export type { PacketLike } from './testing/verdict-check.js';

/**
 * The filter in an object file.
 * @param path of a BPF ELF object
 * @throws InputError where it cannot be read or loaded, or has no such program
 */
export function loadFilter(path: string | URL, options: FilterOptions = {}): Filter {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new InputError('file', `${path}: cannot read: ${messageOf(error)}`);
  }
  return new Filter(bytes, { fileName: String(path), ...options });
}

/** What `expect(filter)` and, for packets, `expect(bytes)` can be asked. */
export interface XdpMatchers<R = unknown> {
  /** The filter drops the packet: XDP_DROP. */
  toDrop(packet: PacketLike): R;
  /** The filter lets the packet through: XDP_PASS. @param expected the packet afterwards; not looked at unless given */
  toPass(packet: PacketLike, expected?: PacketLike): R;
  /** The filter gives up on the packet: XDP_ABORTED. */
  toAbort(packet: PacketLike): R;
  /** The filter sends the packet back: XDP_TX. @param expected the packet afterwards; not looked at unless given */
  toTransmit(packet: PacketLike, expected?: PacketLike): R;
  /** The filter sends the packet elsewhere: XDP_REDIRECT. @param target members of the target: `ifindex`, `map`, `key`, `cpu`, `queue` */
  toRedirect(packet: PacketLike, target?: Readonly<Record<string, unknown>>): R;
  /** The program does what the kernel's verifier would not let it do. */
  toTrap(packet: PacketLike, message?: string | RegExp): R;
  /** The bytes are this packet; fields that differ are named. */
  toEqualPacket(expected: PacketLike): R;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration of vitest has this default
  interface Matchers<T = any> extends XdpMatchers<T> {}
}

expect.extend({
  toDrop: (filter: unknown, packet: PacketLike) => judge(asFilter(filter), packet, { action: 'XDP_DROP' }),
  toAbort: (filter: unknown, packet: PacketLike) => judge(asFilter(filter), packet, { action: 'XDP_ABORTED' }),
  toPass: (filter: unknown, packet: PacketLike, bytes?: PacketLike) =>
    judge(asFilter(filter), packet, { action: 'XDP_PASS', bytes }),
  toTransmit: (filter: unknown, packet: PacketLike, bytes?: PacketLike) =>
    judge(asFilter(filter), packet, { action: 'XDP_TX', bytes }),
  toRedirect: (filter: unknown, packet: PacketLike, redirect?: Readonly<Record<string, unknown>>) =>
    judge(asFilter(filter), packet, { action: 'XDP_REDIRECT', redirect }),
  toTrap: (filter: unknown, packet: PacketLike, message?: string | RegExp) =>
    judgeTrap(asFilter(filter), packet, message),
  toEqualPacket: equalPacket,
});

function asFilter(value: unknown): Filter {
  if (value instanceof Filter) return value;
  throw new TypeError('expect() was given no filter; loadFilter() makes one');
}

function equalPacket(actual: unknown, expected: PacketLike): Judgement {
  if (!(actual instanceof Uint8Array)) throw new TypeError('expect() was given no bytes of a packet');
  const wanted = bytesOf(expected);
  const pass = isEqual(wanted, actual);
  return {
    pass,
    message: () =>
      pass ? 'expected another packet' : ['the packets differ:', ...packetDiffText(wanted, actual)].join('\n'),
  };
}
