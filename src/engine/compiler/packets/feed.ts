// Where packet loops take frames from.
import type { Unit } from '../unit.js';
import { DescriptorLoop } from './descriptor-loop.js';
import { FrameLoop } from './frame-loop.js';
import { RecordLoop } from './record-loop.js';

/** Where frames come from and verdicts go. */
export type Feed =
  /** Descriptors, as state.ts draws them; `run(first, end)`. */
  | { readonly kind: 'descriptors' }
  /** Frames with time and queue, as state.ts draws their descriptors; `run(first, end)` gives the address where it stopped. */
  | { readonly kind: 'frames' }
  /**
   * Records of a little-endian pcap file; `run(first, end, unitsPerSecond, most)` gives the address where it stopped. Verdicts are counted.
   * Frames are between the two lengths; whatever is unusual is left to the host.
   */
  | { readonly kind: 'records'; readonly minimumBytes: number; readonly maximumBytes: number };

/** Writes and exports the function `run`. */
export function writePacketLoop(unit: Unit, feed: Feed): void {
  if (feed.kind === 'descriptors') new DescriptorLoop(unit).write();
  else if (feed.kind === 'frames') new FrameLoop(unit).write();
  else new RecordLoop(unit, feed.minimumBytes, feed.maximumBytes).write();
}
