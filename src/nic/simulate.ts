// The pipeline: frames of a capture, through the stages of a model, to the program; counted on the way.
// Hot path: one batch of packets crosses to the engine at a time, and frames are copied once.
import type { Frame } from '../capture/frame.js';
import type { Packet, Result, Session } from '../engine/engine.js';
import { actionName } from '../platform/actions.js';
import { Accounting } from './accounting.js';
import type { NicModel } from './model.js';

/** Packets that cross to the engine together, as in a driver's poll. */
const BATCH_PACKETS = 256;
/** A batch is also full when its frames fill this; one frame of any legal length fits. */
const BATCH_BYTES = 1 << 20;

/** Where frames come from; a `Capture` is one. A visit that returns false ends the reading. */
export interface FrameSource {
  forEach(visit: (frame: Frame) => boolean | undefined): Promise<void>;
}

/** What a run needs. */
export interface Simulation {
  readonly session: Session;
  /** Name of the program that receives the frames. */
  readonly program: string;
  readonly model: NicModel;
  /** Captures to read one after the other. */
  readonly sources: readonly FrameSource[];
  /** Stops after this many frames. */
  readonly maximumPackets?: number | undefined;
  /** Called for each frame in order, with `result` undefined where a stage dropped it before the program. */
  readonly onPacket?: ((packet: ObservedPacket, result: Result | undefined) => void) | undefined;
  /** Called now and then with the number of frames so far; true stops the run early, with all counters consistent. */
  readonly onProgress?: ((packets: number) => boolean) | undefined;
}

/** A frame as it came in. `bytes` is valid during the call only. */
export interface ObservedPacket {
  /** 1-based place among the frames of the run. */
  readonly number: number;
  readonly timestampNanos: bigint;
  readonly bytes: Uint8Array;
  /** On the wire; more than there are bytes where the capture was cut. */
  readonly originalLengthBytes: number;
  readonly queue: number;
  /** Why no program saw it; undefined where one did. */
  readonly dropReason: string | undefined;
  /** Comments of the capture about this frame, where there are any. */
  readonly comments?: readonly string[];
}

/**
 * Runs the frames through the model's stages and the program.
 * @returns the counters; conservation has been checked
 * @throws whatever reading the frames throws; InternalError when a frame is lost, which is a bug of ours
 */
export async function simulate(simulation: Simulation): Promise<Accounting> {
  const accounting = new Accounting();
  const batch = new Batch();
  const limit = simulation.maximumPackets ?? Number.POSITIVE_INFINITY;
  let isStopped = limit === 0;
  for (const source of simulation.sources) {
    if (isStopped) break;
    await source.forEach(frame => {
      accounting.receive(frame.bytes.byteLength);
      if (frame.originalLengthBytes > frame.bytes.byteLength) accounting.cutFrames++;
      batch.add(frame, accounting.received.packets, simulation.model);
      isStopped = (batch.isFull && deliver(batch, simulation, accounting)) || accounting.received.packets >= limit;
      return !isStopped;
    });
  }
  deliver(batch, simulation, accounting);
  accounting.checkConservation();
  return accounting;
}

/** Runs the batch and empties it; whether the run shall stop. */
function deliver(batch: Batch, simulation: Simulation, accounting: Accounting): boolean {
  const results = batch.packets.length === 0 ? [] : simulation.session.run(simulation.program, batch.packets);
  let next = 0;
  for (const observed of batch.observed) {
    const result = observed.dropReason === undefined ? results[next++] : undefined;
    count(accounting, observed, result);
    simulation.onPacket?.(observed, result);
  }
  batch.clear();
  return simulation.onProgress?.(accounting.received.packets) ?? false;
}

function count(accounting: Accounting, observed: ObservedPacket, result: Result | undefined): void {
  const lengthBytes = observed.bytes.byteLength;
  if (result === undefined) {
    if (observed.dropReason !== undefined) accounting.drop('mac', observed.dropReason, lengthBytes);
    return;
  }
  accounting.act(actionName(result.returnValue), lengthBytes);
  accounting.instructions += result.instructions;
  if (result.fault !== undefined) accounting.faults++;
}

/** Frames on their way to the engine, copied out of the capture's chunk. */
class Batch {
  readonly observed: ObservedPacket[] = [];
  readonly packets: Packet[] = [];
  private readonly storage = new Uint8Array(BATCH_BYTES);
  private used = 0;

  get isFull(): boolean {
    return this.observed.length >= BATCH_PACKETS || this.used > BATCH_BYTES / 2;
  }

  add(frame: Frame, number: number, model: NicModel): void {
    const bytes = this.keep(frame.bytes);
    const { timestampNanos, originalLengthBytes, options } = frame;
    const { receiveQueueIndex: queue, cpu, ingressIfindex } = model.context;
    const dropReason = lengthProblem(bytes.byteLength, model);
    const observed = { number, timestampNanos, bytes, originalLengthBytes, queue, dropReason };
    this.observed.push(options === undefined ? observed : { ...observed, comments: options.comments });
    if (dropReason === undefined) this.packets.push({ bytes, timestampNanos, queue, cpu, ingressIfindex });
  }

  clear(): void {
    this.observed.length = 0;
    this.packets.length = 0;
    this.used = 0;
  }

  private keep(bytes: Uint8Array): Uint8Array {
    if (this.used + bytes.byteLength > BATCH_BYTES) return bytes.slice();
    const kept = this.storage.subarray(this.used, this.used + bytes.byteLength);
    kept.set(bytes);
    this.used += bytes.byteLength;
    return kept;
  }
}

function lengthProblem(lengthBytes: number, model: NicModel): string | undefined {
  const { minimumLengthBytes, maximumLengthBytes } = model.frame;
  if (lengthBytes < minimumLengthBytes) return `shorter than ${minimumLengthBytes} bytes`;
  if (lengthBytes > maximumLengthBytes) return `longer than ${maximumLengthBytes} bytes`;
  return undefined;
}
