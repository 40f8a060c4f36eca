// Where the taking apart of a packet stands: what was found, what is left, and what is wrong.
import type { PacketLayer, PlacedLayer } from './describe.js';

/** What was found in a packet. */
export interface Dissection {
  readonly layers: PlacedLayer[];
  /** Name of the innermost protocol. */
  protocol: string;
  problem: string | undefined;
}

/** A packet being taken apart. `offset` to `end` is what is left for the layers inside. */
export interface Cursor extends Dissection {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  offset: number;
  end: number;
  /** Sum of the pseudo-header of the nearest IP layer; undefined where upper checksums cannot be told. */
  pseudoHeader: ((protocol: number, lengthBytes: number) => number) | undefined;
}

/** What a layer says of the one inside it; `isHeaderElsewhere` when that one's header is in another fragment. */
export type Next =
  | { readonly etherType: number }
  | { readonly protocol: number; readonly isHeaderElsewhere?: boolean }
  | { readonly layer: 'ethernet' | 'vxlan' | 'geneve' | 'mpls' | 'ipv4' | 'ipv6' };

/** Reads one layer at the cursor, which was named by `number`; undefined when nothing inside can be read. */
export type LayerReader = (cursor: Cursor, number: number) => Next | undefined;

/** Whether `lengthBytes` more bytes are there; notes the problem if not. */
export function holds(cursor: Cursor, lengthBytes: number, name: string): boolean {
  const there = cursor.end - cursor.offset;
  cursor.protocol = name;
  if (there >= lengthBytes) return true;
  cursor.problem = `${name} header of ${lengthBytes} bytes is cut to ${there}`;
  return false;
}

/** Notes a layer and goes past its header. */
export function pass(cursor: Cursor, headerBytes: number, layer: PacketLayer): void {
  cursor.layers.push({ layer, offsetBytes: cursor.offset, headerBytes });
  cursor.offset += headerBytes;
}

/** Ends what is inside at `end`; false when it was not captured so far. Bytes behind it are padding. */
export function limit(cursor: Cursor, end: number): boolean {
  if (end > cursor.end) return false;
  cursor.end = end;
  return true;
}
