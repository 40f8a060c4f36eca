// Frames that go through a card together, stage by stage: a loop that does one thing with many frames is quicker than one that
// does everything with each. Hot path.
import type { FrameStore } from './frame-store.js';
import type { RunTime } from './program-runner.js';
import type { BoundedQueue, Server } from './queue.js';

/** Most frames of a batch: their columns stay in the processor's cache. */
export const FRAMES_AT_ONCE = 256;

/** What becomes of frames of a store that lie side by side; place 0 is the first. Times in nanoseconds. */
export class Batch {
  /** In the store: the first frame, and the one behind the last. */
  first = 0;
  end = 0;
  /** Lost before a program saw it. */
  readonly isLost = new Uint8Array(FRAMES_AT_ONCE);
  /** Its first bit on the wire; when it asks for a descriptor; when it is in memory. */
  readonly start = new Float64Array(FRAMES_AT_ONCE);
  readonly asking = new Float64Array(FRAMES_AT_ONCE);
  readonly inMemory = new Float64Array(FRAMES_AT_ONCE);
  /** What the program said, what it took and where the frame goes, and how long it is then. */
  readonly returnValue = new Uint32Array(FRAMES_AT_ONCE);
  readonly time: RunTime[] = [];
  readonly leavingBytes = new Uint32Array(FRAMES_AT_ONCE);
}

/** What frames pass on their way into host memory. */
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
}

/** Brings frames into memory, all of which find a descriptor, or loses them at the MAC. */
export function bringIn(way: WayIn, { wireBytes, arrivalNanos }: FrameStore, batch: Batch): void {
  const { fifo, macNanos, pcieFrameNanos, pcieByteNanos } = way;
  const { first, end, isLost, start, asking, inMemory } = batch;
  const [wire, mac, pcie] = [way.wire.copy(), way.mac.copy(), way.pcie.copy()];
  for (let at = first; at < end; at++) {
    const place = at - first;
    const lengthBytes = wireBytes[at]!;
    const wireNanos = way.wireNanos(lengthBytes);
    const received = wire.serve(arrivalNanos[at]!, wireNanos);
    start[place] = received - wireNanos;
    isLost[place] = fifo.hasRoom(received, lengthBytes) ? 0 : 1;
    if (isLost[place] === 1) continue;
    const now = macNanos === 0 ? received : mac.serve(received, macNanos) - macNanos;
    asking[place] = Math.max(now, pcie.freeAt);
    const pcieNanos = Math.max(pcieFrameNanos, pcieByteNanos * lengthBytes);
    inMemory[place] = pcieNanos === 0 ? now : pcie.serve(now, pcieNanos);
    fifo.take(inMemory[place]!, lengthBytes);
  }
  way.wire.become(wire);
  way.mac.become(mac);
  way.pcie.become(pcie);
}
