// Frames that go through a card together, stage by stage: a loop that does one thing with many frames is quicker than one that
// does everything with each. Hot path.
import type { FrameStore } from './frame-store.js';
import type { RunTime } from './program-runner.js';
import type { BoundedQueue, Server } from './queue.js';

/** Most frames of a batch: their columns stay in the processor's cache. */
export const FRAMES_AT_ONCE = 256;

/** Frames of a store that come to a program, in order, and what becomes of them. Times in nanoseconds. */
export class Batch {
  count = 0;
  /** In the store. */
  readonly frame = new Uint32Array(FRAMES_AT_ONCE);
  /** Its first bit on the wire; on a host, when it asks for a descriptor; when the program begins. */
  readonly start = new Float64Array(FRAMES_AT_ONCE);
  readonly asking = new Float64Array(FRAMES_AT_ONCE);
  readonly begin = new Float64Array(FRAMES_AT_ONCE);
  /** What the program said, what it took and where the frame goes, and how long it is then. */
  readonly returnValue = new Uint32Array(FRAMES_AT_ONCE);
  readonly time: RunTime[] = [];
  readonly leavingBytes = new Uint32Array(FRAMES_AT_ONCE);
}

/** What frames pass on their way to the program. */
export interface WayIn {
  readonly wire: Server;
  readonly fifo: BoundedQueue;
  readonly mac: Server;
  readonly pcie: Server;
  readonly macNanos: number;
  readonly pcieFrameNanos: number;
  readonly pcieByteNanos: number;
  /** How long a frame of that length takes on the wire. */
  wireNanos(lengthBytes: number): number;
  /** A frame that finds no room at the MAC. */
  loseAtMac(frames: FrameStore, at: number): void;
}

/** Brings frames from `first` to before `end` into memory, all of which find a descriptor, or loses them at the MAC. */
export function bringToHost(way: WayIn, frames: FrameStore, first: number, end: number, batch: Batch): void {
  const { fifo, macNanos, pcieFrameNanos, pcieByteNanos } = way;
  const { wireBytes, arrivalNanos } = frames;
  const { frame, start, asking, begin } = batch;
  const [wire, mac, pcie] = [way.wire.copy(), way.mac.copy(), way.pcie.copy()];
  let count = 0;
  for (let at = first; at < end; at++) {
    const lengthBytes = wireBytes[at]!;
    const wireNanos = way.wireNanos(lengthBytes);
    const received = wire.serve(arrivalNanos[at]!, wireNanos);
    if (!fifo.hasRoom(received, lengthBytes)) {
      way.loseAtMac(frames, at);
      continue;
    }
    const now = macNanos === 0 ? received : mac.serve(received, macNanos) - macNanos;
    frame[count] = at;
    start[count] = received - wireNanos;
    asking[count] = Math.max(now, pcie.freeAt);
    const pcieNanos = Math.max(pcieFrameNanos, pcieByteNanos * lengthBytes);
    const inMemory = pcieNanos === 0 ? now : pcie.serve(now, pcieNanos);
    begin[count++] = inMemory;
    fifo.take(inMemory, lengthBytes);
  }
  batch.count = count;
  way.wire.become(wire);
  way.mac.become(mac);
  way.pcie.become(pcie);
}

/** Brings frames to cores of the card, of which one is free for each, or loses them at the MAC. */
export function bringToCores(way: WayIn, frames: FrameStore, first: number, end: number, batch: Batch): void {
  const { fifo, macNanos } = way;
  const { wireBytes, arrivalNanos } = frames;
  const { frame, start, begin } = batch;
  const [wire, mac] = [way.wire.copy(), way.mac.copy()];
  let count = 0;
  for (let at = first; at < end; at++) {
    const lengthBytes = wireBytes[at]!;
    const wireNanos = way.wireNanos(lengthBytes);
    const received = wire.serve(arrivalNanos[at]!, wireNanos);
    if (!fifo.hasRoom(received, lengthBytes)) {
      way.loseAtMac(frames, at);
      continue;
    }
    const now = macNanos === 0 ? received : mac.serve(received, macNanos) - macNanos;
    frame[count] = at;
    start[count] = received - wireNanos;
    begin[count++] = now;
    fifo.take(now, lengthBytes);
  }
  batch.count = count;
  way.wire.become(wire);
  way.mac.become(mac);
}
