// What programs told user space, for people: lines per packet, and how much came through each map.
import type { PacketEvent } from '../machine/events.js';
import { toHex } from '../support/bytes.js';

/** Events of one map and kind. */
export interface EventShare {
  readonly kind: PacketEvent['kind'];
  /** Of printed text there is one row, with no map. */
  readonly map: string | null;
  readonly events: number;
  /** Of data, or of text. */
  readonly bytes: number;
}

/** Counts events, in order of first appearance; `Traffic` has one. */
export class EventTally {
  private readonly shares = new Map<
    string,
    { kind: PacketEvent['kind']; map: string | null; events: number; bytes: number }
  >();

  add(event: PacketEvent): void {
    const map = event.kind === 'printk' ? null : event.map;
    const key = `${event.kind} ${map}`;
    const share = this.shares.get(key) ?? { kind: event.kind, map, events: 0, bytes: 0 };
    share.events++;
    share.bytes += event.kind === 'printk' ? event.text.length : event.data.byteLength;
    this.shares.set(key, share);
  }

  get rows(): readonly EventShare[] {
    return [...this.shares.values()];
  }
}

/**
 * The lines of a packet's events, newlines included, '' where there are none:
 * ```
 * packet 7  1700000000.000123456  ringbuf events  16 bytes  0a000001 16000000 00000000 00000000
 * packet 7  1700000000.000123456  perf samples on CPU 0  4 bytes  2a000000
 * packet 9  1700000000.000200000  printk  dropped 10.0.0.1
 * ```
 */
export function eventLines(packet: number, timestampNanos: bigint, events: readonly PacketEvent[]): string {
  const seconds = `${timestampNanos / SECOND_NANOS}.${String(timestampNanos % SECOND_NANOS).padStart(9, '0')}`;
  return events.map(event => `packet ${packet}  ${seconds}  ${eventText(event)}\n`).join('');
}

const SECOND_NANOS = 1_000_000_000n;

function eventText(event: PacketEvent): string {
  if (event.kind === 'printk') return `printk  ${event.text.trimEnd().replace(/\p{Cc}/gu, '.')}`;
  const { data, map } = event;
  const where = event.kind === 'perf' ? `perf ${map} on CPU ${event.cpu}` : `ringbuf ${map}`;
  const words = toHex(data).match(/.{1,8}/g) ?? [];
  const size = data.byteLength === 1 ? '1 byte' : `${data.byteLength} bytes`;
  return [where, size, words.join(' ')].filter(Boolean).join('  ');
}
