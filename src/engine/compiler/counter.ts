// Counting runs: captures go through a program without an object per packet. Measured by test/bench.
import type { Frame } from '../../capture/frame.js';
import { type Fault, Trap } from '../../machine/fault.js';
import type { Machine } from '../../machine/machine.js';
import { FRAME } from '../../platform/limits.js';
import { assert, InternalError } from '../../support/errors.js';
import type { CountedPackets, CountingOrigin, FrameTally, PacketCounter } from '../engine.js';
import type { CaptureChunk } from './chunk.js';
import { faultOf } from './fault.js';
import { BUFFER_UNITS_PER_SECOND, FrameBuffer } from './frame-buffer.js';
import type { Runtime } from './runtime.js';
import { RECORD, RECORDS_STOP, STATE, TALLY_BYTES, VERDICTS } from './state.js';
import type { WasmFunction } from './wasm/host.js';

/** While code is new, it runs for as many packets at once: a call that began in unoptimised code ends in it. */
const FIRST_BATCH_PACKETS = 1000;
/** After so many batches the code is as fast as it gets. */
const FIRST_BATCHES = 40;
const MAX_BATCH_PACKETS = 1 << 30;

/** What a counter needs of its session. */
export interface CountingSession {
  readonly machine: Machine;
  readonly runtime: Runtime;
  readonly stateAddress: number;
  readonly chunk: CaptureChunk;
  /** Address of FRAME_BUFFER_BYTES bytes. */
  readonly frameBufferAddress: number;
  /** Loop over records. */
  readonly loop: WasmFunction;
  /** Whether every frame must go through `runFrame`. */
  readonly needsFrames: boolean;
  /** Runs one frame that lies anywhere; r0. */
  runFrame(
    bytes: Uint8Array,
    timestampNanos: bigint,
  ): { readonly returnValue: number; readonly fault: Fault | undefined };
}

/** Counters in JavaScript for what does not go through the loop. */
class Tally implements FrameTally {
  packets = 0;
  bytes = 0;

  add(lengthBytes: number): void {
    this.packets++;
    this.bytes += lengthBytes;
  }
}

/** Where and why a loop over records stopped; `error` is what a packet threw. */
interface RecordsStop {
  readonly at: number;
  readonly reason: number;
  readonly error: unknown;
}

/** Counts by means of a loop over records, and frame by frame for what that leaves. */
export class CompiledCounter implements PacketCounter {
  recordsTaken = 0;
  private readonly session: CountingSession;
  private readonly origin: CountingOrigin;
  private readonly single = Array.from({ length: VERDICTS }, () => new Tally());
  private readonly tooShort = new Tally();
  private readonly tooLong = new Tally();
  private cutFrames = 0;
  private faults = 0;
  private firstFault: CountedPackets['firstFault'];
  private framesTaken = 0;
  private limit = Number.POSITIVE_INFINITY;
  private batches = 0;
  private readonly buffer: FrameBuffer;
  private readonly mostBytes: number;

  constructor(session: CountingSession, origin: CountingOrigin) {
    this.session = session;
    this.origin = origin;
    const { machine, stateAddress } = session;
    this.buffer = new FrameBuffer(machine.memory, session.frameBufferAddress);
    this.mostBytes = session.needsFrames ? -1 : Math.min(origin.maximumLengthBytes, FRAME.MAX_LINEAR_BYTES);
    const { bytes } = machine.memory;
    bytes.fill(0, stateAddress + STATE.CUT, stateAddress + STATE.TALLIES + VERDICTS * TALLY_BYTES);
    bytes.fill(0, stateAddress + STATE.ALL_CYCLES, stateAddress + STATE.ALL_CYCLES + 8);
  }

  limitTo(frames: number): void {
    this.limit = frames;
  }

  stop(): void {
    this.runBuffer();
    this.limit = this.framesTaken;
  }

  isDone(): boolean {
    return this.framesTaken + this.buffer.count >= this.limit;
  }

  chunk(): Uint8Array {
    return this.session.chunk.bytes();
  }

  takeRecords(bytes: Uint8Array, start: number, end: number, unitsPerSecond: number): number {
    const { machine } = this.session;
    if (this.session.needsFrames || bytes.buffer !== machine.memory.bytes.buffer) return start;
    this.runBuffer();
    const before = this.framesTaken;
    const stop = this.runAll(bytes.byteOffset + start, bytes.byteOffset + end, unitsPerSecond);
    this.recordsTaken += this.framesTaken - before;
    return stop - bytes.byteOffset;
  }

  takeFrame(frame: Frame): void {
    const { bytes } = frame;
    const isPlain = bytes.byteLength >= this.origin.minimumLengthBytes && bytes.byteLength <= this.mostBytes;
    if (isPlain && this.buffer.add(frame)) {
      if (this.buffer.isFull) this.runBuffer();
      return;
    }
    this.runBuffer();
    this.framesTaken++;
    if (frame.originalLengthBytes > bytes.byteLength) this.cutFrames++;
    if (bytes.byteLength < this.origin.minimumLengthBytes) this.tooShort.add(bytes.byteLength);
    else if (bytes.byteLength > this.origin.maximumLengthBytes) this.tooLong.add(bytes.byteLength);
    else this.runSingly(bytes, frame.timestampNanos);
  }

  get totals(): CountedPackets {
    this.runBuffer();
    const { single, tooShort, tooLong, faults, firstFault } = this;
    const actions = single.map((tally, verdict) => sum(tally, this.inLoop(verdict)));
    const cutFrames = this.cutFrames + this.word64(STATE.CUT);
    const cycles = this.word64(STATE.ALL_CYCLES);
    return { actions, tooShort, tooLong, cutFrames, faults, firstFault, ...(cycles > 0 ? { cycles } : {}) };
  }

  /** Runs the frames that were put down as records. */
  private runBuffer(): void {
    if (this.buffer.count === 0) return;
    const { start, end } = this.buffer.empty();
    const stop = this.runAll(start, end, BUFFER_UNITS_PER_SECOND);
    assert(stop === end, 'every frame of the buffer to be run');
  }

  /** Runs records until something else than their number ends it; the address where it stopped. */
  private runAll(start: number, end: number, unitsPerSecond: number): number {
    let at = start;
    this.prepare();
    for (;;) {
      const most = this.batchSize();
      const before = this.counted();
      const stop = this.runRecords(at, end, unitsPerSecond, most);
      this.framesTaken += this.counted() - before;
      if (stop.error !== undefined) this.trapped(stop.error);
      at = stop.at;
      if (stop.reason !== RECORDS_STOP.enough || this.framesTaken >= this.limit) return at;
    }
  }

  private runSingly(bytes: Uint8Array, timestampNanos: bigint): void {
    const { machine, stateAddress } = this.session;
    const { byteLength } = bytes; // The bytes may lie in the machine's memory, and move when it grows.
    machine.timestampNanos = machine.memory.view.getBigUint64(stateAddress + STATE.TIME, true);
    const { returnValue, fault } = this.session.runFrame(bytes, timestampNanos);
    this.single[Math.min(returnValue, VERDICTS - 1)]!.add(byteLength);
    if (fault !== undefined) this.note(fault);
  }

  /** The context's constant fields, and no fragments from an earlier frame. */
  private prepare(): void {
    const { machine, stateAddress, runtime } = this.session;
    const { u32 } = machine.memory;
    const { ingressIfindex, queue, cpu } = this.origin;
    u32.set([ingressIfindex, queue, 0], (machine.packet.contextAddress >>> 2) + 3);
    machine.packet.fragmentCount = 0;
    machine.cpu = cpu % machine.cpuCount;
    u32[(stateAddress + STATE.CPU) >>> 2] = machine.cpu;
    runtime.begin();
  }

  private batchSize(): number {
    const most = this.batches < FIRST_BATCHES ? FIRST_BATCH_PACKETS : MAX_BATCH_PACKETS;
    this.batches++;
    return Math.min(most, this.limit - this.framesTaken);
  }

  /** Runs the loop. Where a packet trapped, `at` is behind its record. */
  private runRecords(at: number, end: number, unitsPerSecond: number, most: number): RecordsStop {
    const { loop, machine, stateAddress } = this.session;
    try {
      const stop = loop(at, end, unitsPerSecond, most) >>> 0;
      return { at: stop, reason: machine.memory.u32[(stateAddress + STATE.RECORDS_STOP) >>> 2]!, error: undefined };
    } catch (error) {
      const record = this.trappedRecord();
      return { at: record.address + RECORD.BYTES + record.capturedBytes, reason: RECORDS_STOP.enough, error };
    }
  }

  /** The record whose packet ran last. */
  private trappedRecord(): { readonly address: number; readonly capturedBytes: number; readonly isCut: boolean } {
    const { machine, stateAddress } = this.session;
    const { u32, view } = machine.memory;
    const address = u32[(stateAddress + STATE.RECORD) >>> 2]!;
    const capturedBytes = view.getUint32(address + RECORD.CAPTURED, true);
    return { address, capturedBytes, isCut: view.getUint32(address + RECORD.ORIGINAL, true) > capturedBytes };
  }

  /** Counts the packet that trapped as aborted. */
  private trapped(error: unknown): void {
    const { machine, runtime } = this.session;
    const { stopped } = runtime;
    if (!(error instanceof Trap) || stopped === undefined) throw error;
    const { capturedBytes, isCut } = this.trappedRecord();
    this.single[0]!.add(capturedBytes);
    if (isCut) this.cutFrames++;
    this.framesTaken++;
    this.note(faultOf(stopped, error));
    machine.endPacket();
    machine.events = [];
    runtime.begin();
  }

  private note(fault: Fault): void {
    this.faults++;
    this.firstFault ??= { fault, packet: this.framesTaken };
  }

  private inLoop(verdict: number): FrameTally {
    const at = STATE.TALLIES + verdict * TALLY_BYTES;
    return { packets: this.word64(at), bytes: this.word64(at + 8) };
  }

  private counted(): number {
    let total = 0;
    for (let verdict = 0; verdict < VERDICTS; verdict++) total += this.word64(STATE.TALLIES + verdict * TALLY_BYTES);
    return total;
  }

  private word64(offset: number): number {
    const { machine, stateAddress } = this.session;
    const { u32 } = machine.memory;
    const at = (stateAddress + offset) >>> 2;
    const value = u32[at + 1]! * 2 ** 32 + u32[at]!;
    if (!Number.isSafeInteger(value)) throw new InternalError(`expected a count, not ${value}`);
    return value;
  }
}

function sum(a: FrameTally, b: FrameTally): FrameTally {
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
}
