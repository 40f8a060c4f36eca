// Source addresses with the most packets, in bounded memory: where too many addresses come, those with the fewest packets are forgotten.
import { formatIpv4, formatIpv6 } from '../capture/addresses.js';
import type { Tally } from '../nic/accounting.js';
import type { Outline } from './outline.js';

/** An address and what came from it. */
export interface Talker extends Tally {
  readonly address: string;
}

const MAX_KNOWN = 16_384;
const SHOWN = 20;

/** Counts packets by source address. */
export class Talkers {
  /** True where addresses were forgotten: counts may then be too low. */
  isApproximate = false;
  private tallies = new Map<number | string, Tally>();

  /** @param seen the outline of `bytes`, with an IP header */
  add(bytes: Uint8Array, { version, ipOffset }: Outline): void {
    const key = version === 4 ? ipv4Key(bytes, ipOffset + 12) : ipv6Key(bytes, ipOffset + 8);
    let tally = this.tallies.get(key);
    if (tally === undefined) {
      if (this.tallies.size >= MAX_KNOWN) this.forget();
      tally = { packets: 0, bytes: 0 };
      this.tallies.set(key, tally);
    }
    tally.packets++;
    tally.bytes += bytes.byteLength;
  }

  /** The first ones, by packets, then bytes, then the order in which they came. */
  top(): Talker[] {
    return this.sorted()
      .slice(0, SHOWN)
      .map(([key, tally]) => ({ address: addressText(key), ...tally }));
  }

  private sorted(): [number | string, Tally][] {
    return [...this.tallies].sort(([, a], [, b]) => b.packets - a.packets || b.bytes - a.bytes);
  }

  private forget(): void {
    this.isApproximate = true;
    this.tallies = new Map(this.sorted().slice(0, MAX_KNOWN / 2));
  }
}

function ipv4Key(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The 16 bytes as a text of 8 characters: quicker to make than an address to read. */
function ipv6Key(bytes: Uint8Array, at: number): string {
  const word = (index: number) => (bytes[at + 2 * index]! << 8) | bytes[at + 2 * index + 1]!;
  return String.fromCharCode(word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7));
}

function addressText(key: number | string): string {
  if (typeof key === 'number') return formatIpv4(Uint8Array.of(key >>> 24, key >>> 16, key >>> 8, key), 0);
  const words = Array.from({ length: key.length }, (_, index) => key.charCodeAt(index));
  return formatIpv6(Uint8Array.from(words.flatMap(word => [word >> 8, word & 255])), 0);
}
