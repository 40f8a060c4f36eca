// Frames of several queues, many at a time, without an object per packet. Hot path; measured by test/bench.
import { type Fault, Trap } from '../../machine/fault.js';
import type { Machine } from '../../machine/machine.js';
import { FRAME } from '../../platform/limits.js';
import type { FrameBatch, FrameMemory, FrameRunner } from '../engine.js';
import type { Way } from '../observe.js';
import type { CaptureChunk } from './chunk.js';
import { faultOf } from './fault.js';
import { AHEAD_BYTES } from './packets/record-loop.js';
import type { Runtime } from './runtime.js';
import { FRAME_DESCRIPTOR, FRAME_DESCRIPTOR_BYTES, STATE } from './state.js';
import { TRACE_ENTRIES } from './trace.js';
import type { UnitContext } from './unit.js';
import type { WasmFunction } from './wasm/host.js';

/** What it needs of its session. */
export interface FramesSession {
  readonly machine: Machine;
  readonly runtime: Runtime;
  readonly context: UnitContext;
  readonly chunk: CaptureChunk;
  /** Address of FRAMES_BYTES bytes. */
  readonly address: number;
  /** Loop over frames. */
  readonly loop: WasmFunction;
  readonly ingressIfindex: number;
  /** Whether the program asks for the time. */
  readonly hasTime: boolean;
}

/** Most frames that are put down, and most bytes of those that are copied: they stay in the processor's cache. */
const MAX_FRAMES = 256;
const COPIES_BYTES = 64 * 1024;
const DESCRIPTORS_BYTES = MAX_FRAMES * FRAME_DESCRIPTOR_BYTES;
/** Frames that a loop copies faster than a call does. */
const SHORT_FRAME_BYTES = 256;

/** What a FramesSession needs of memory: descriptors, copies, and what is read behind the last frame. */
export const FRAMES_BYTES = DESCRIPTORS_BYTES + COPIES_BYTES + AHEAD_BYTES;

const WORD = 2 ** 32;

/** Runs frames through a program that needs neither timers nor second programs. */
export class CompiledFrames implements FrameRunner {
  readonly faults = new Map<number, Fault>();
  private readonly session: FramesSession;
  private readonly stateWord: number;
  private readonly descriptors: number;
  /** Where copies begin and end. */
  private readonly copies: number;
  private readonly copiesEnd: number;
  private originLow = 0;
  private originHigh = 0;
  private latest = 0;

  constructor(session: FramesSession) {
    this.session = session;
    this.stateWord = session.context.stateAddress >>> 2;
    this.descriptors = session.address;
    this.copies = this.descriptors + DESCRIPTORS_BYTES;
    this.copiesEnd = this.copies + COPIES_BYTES;
  }

  get memory(): FrameMemory {
    return this.session.machine.memory;
  }

  chunk(): Uint8Array<ArrayBuffer> {
    return this.session.chunk.bytes();
  }

  begin(originNanos: bigint): void {
    this.originLow = Number(originNanos & 0xffffffffn);
    this.originHigh = Number((originNanos >> 32n) & 0xffffffffn);
  }

  way(number: number): Way | undefined {
    return this.session.context.trace?.way(number);
  }

  run(batch: FrameBatch): void {
    const { machine, context } = this.session;
    if (this.faults.size > 0) this.faults.clear();
    context.trace?.begin();
    for (let done = 0; done < batch.count; ) {
      const { frames, frame } = batch;
      const isLong = frames.seenBytes[frame[done]!]! > FRAME.MAX_LINEAR_BYTES;
      done = isLong ? this.runLong(batch, done) : this.runShort(batch, done);
    }
    machine.redirect = undefined;
    if (machine.events.length > 0) machine.events = [];
  }

  /** Frames of which every one is linear, from `first` on; the place behind them. */
  private runShort(batch: FrameBatch, first: number): number {
    this.session.machine.packet.fragmentCount = 0;
    const end = this.put(batch, first);
    this.runPut(batch, first, end);
    return end;
  }

  /** A frame whose first part alone is linear lies in the machine's buffer. */
  private runLong(batch: FrameBatch, place: number): number {
    const { machine, ingressIfindex } = this.session;
    const { packet } = machine;
    const { memory, seenByte, seenBytes, queue } = batch.frames;
    const at = batch.frame[place]!;
    const start = seenByte[at]!;
    packet.load(memory.bytes.subarray(start, start + seenBytes[at]!), { ingressIfindex, queue: queue[at]! });
    this.describe(this.descriptors >>> 2, packet.data, packet.linearBytes, queue[at]!);
    this.putTimes(batch, place, place + 1);
    this.runPut(batch, place, place + 1);
    batch.lengthBytes[place] = packet.lengthBytes;
    return place + 1;
  }

  /** Puts frames down from `first` of the batch on, as many as there is room for; the place behind the last. */
  private put(batch: FrameBatch, first: number): number {
    const { frame } = batch;
    const { memory, seenByte, seenBytes, queue } = batch.frames;
    const own = this.session.machine.memory;
    const end = Math.min(batch.count, first + MAX_FRAMES);
    let address = this.copies;
    let place = first;
    for (; place < end; place++) {
      const at = frame[place]!;
      const lengthBytes = seenBytes[at]!;
      if (lengthBytes > FRAME.MAX_LINEAR_BYTES) break;
      let start = seenByte[at]!;
      if (memory !== own) {
        if (address + lengthBytes > this.copiesEnd) break;
        copy(memory, start, lengthBytes, own, address);
        start = address;
        address += (lengthBytes + 7) & ~7;
      }
      this.describe(
        (this.descriptors + (place - first) * FRAME_DESCRIPTOR_BYTES) >>> 2,
        start,
        lengthBytes,
        queue[at]!,
      );
    }
    this.putTimes(batch, first, place);
    return place;
  }

  /** Frame and CPU where emitted code looks for them. */
  private describe(descriptor: number, address: number, lengthBytes: number, queue: number): void {
    const { memory, cpuCount } = this.session.machine;
    const { u32 } = memory;
    u32[descriptor + FRAME_DESCRIPTOR.ADDRESS / 4] = address;
    u32[descriptor + FRAME_DESCRIPTOR.LENGTH / 4] = lengthBytes;
    u32[descriptor + FRAME_DESCRIPTOR.QUEUE / 4] = queue;
    u32[descriptor + FRAME_DESCRIPTOR.CPU / 4] = queue < cpuCount ? queue : queue % cpuCount;
  }

  /** The same for the clock, which never goes back. */
  private putTimes({ begin }: FrameBatch, first: number, end: number): void {
    if (!this.session.hasTime) return;
    const { u32 } = this.session.machine.memory;
    let descriptor = (this.descriptors + FRAME_DESCRIPTOR.TIME) >>> 2;
    for (let place = first; place < end; place++) {
      if (begin[place]! > this.latest) this.latest = begin[place]!;
      const low = this.originLow + Math.round(this.latest);
      const carried = Math.floor(low / WORD);
      u32[descriptor] = low - carried * WORD;
      u32[descriptor + 1] = this.originHigh + carried;
      descriptor += FRAME_DESCRIPTOR_BYTES / 4;
    }
  }

  /** Runs what was put down, places `first` to before `end` of the batch. */
  private runPut(batch: FrameBatch, first: number, end: number): void {
    this.prepare();
    for (let done = first; done < end; ) done = this.runSome(batch, first, done, end);
  }

  /** The context's constant fields. */
  private prepare(): void {
    const { machine, runtime, ingressIfindex } = this.session;
    const { u32 } = machine.memory;
    const context = machine.packet.contextAddress >>> 2;
    u32[context + 3] = ingressIfindex;
    u32[context + 5] = 0;
    runtime.begin();
  }

  /** Runs frames until one traps or their ways fill their room; the place behind the last. `base` is the place of the first descriptor. */
  private runSome(batch: FrameBatch, base: number, first: number, end: number): number {
    const { descriptors } = this;
    const { loop, context } = this.session;
    context.trace?.rewind();
    try {
      const from = descriptors + (first - base) * FRAME_DESCRIPTOR_BYTES;
      const stop = loop(from, descriptors + (end - base) * FRAME_DESCRIPTOR_BYTES) >>> 0;
      const done = base + (stop - descriptors) / FRAME_DESCRIPTOR_BYTES;
      this.read(batch, base, first, done);
      return done;
    } catch (error) {
      return this.trapped(batch, base, first, error);
    }
  }

  /** What became of frames; the address where the way of the next one begins. */
  private read(batch: FrameBatch, base: number, first: number, end: number): number {
    const { returnValue, lengthBytes, way } = batch;
    const { machine, context } = this.session;
    const { trace } = context;
    const { u32 } = machine.memory;
    let wayAt = trace?.address ?? 0;
    let descriptor = (this.descriptors + (first - base) * FRAME_DESCRIPTOR_BYTES) >>> 2;
    for (let place = first; place < end; place++) {
      returnValue[place] = u32[descriptor + FRAME_DESCRIPTOR.VERDICT / 4]!;
      lengthBytes[place] = u32[descriptor + FRAME_DESCRIPTOR.LENGTH / 4]!;
      if (trace !== undefined) {
        const traced = u32[descriptor + FRAME_DESCRIPTOR.TRACED / 4]!;
        way[place] = trace.numberOf(wayAt, traced, undefined);
        wayAt += 4 * Math.min(traced, TRACE_ENTRIES);
      }
      descriptor += FRAME_DESCRIPTOR_BYTES / 4;
    }
    return wayAt;
  }

  /** The frame that trapped, and those before it; the place behind it. */
  private trapped(batch: FrameBatch, base: number, first: number, error: unknown): number {
    const { machine, runtime, context } = this.session;
    const { stopped } = runtime;
    if (!(error instanceof Trap) || stopped === undefined) throw error;
    const descriptor = machine.memory.u32[this.stateWord + STATE.RECORD / 4]!;
    const place = base + (descriptor - this.descriptors) / FRAME_DESCRIPTOR_BYTES;
    const wayAt = this.read(batch, base, first, place);
    const fault = faultOf(stopped, error);
    const { trace } = context;
    this.faults.set(place, fault);
    batch.returnValue[place] = 0;
    batch.lengthBytes[place] = batch.frames.seenBytes[batch.frame[place]!]!;
    if (trace !== undefined) batch.way[place] = trace.numberOf(wayAt, trace.traced, fault.slot);
    machine.endPacket();
    runtime.begin();
    return place + 1;
  }
}

/** Short ones are copied in whole words, which there is room for. */
function copy(from: FrameMemory, first: number, lengthBytes: number, to: FrameMemory, address: number): void {
  if (lengthBytes > SHORT_FRAME_BYTES || first + lengthBytes + 3 > from.bytes.length) {
    to.bytes.set(from.bytes.subarray(first, first + lengthBytes), address);
    return;
  }
  const [source, target] = [from.view, to.view];
  for (let at = 0; at < lengthBytes; at += 4) target.setUint32(address + at, source.getUint32(first + at, true), true);
}
