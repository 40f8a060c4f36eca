// Frames of several queues, many at a time, without an object per packet. Hot path; measured by test/bench.
import { type Fault, Trap } from '../../machine/fault.js';
import type { Machine } from '../../machine/machine.js';
import { FRAME } from '../../platform/limits.js';
import type { FrameMemory, FrameRunner } from '../engine.js';
import type { Way } from '../observe.js';
import { CHUNK_BYTES } from './counter.js';
import { faultOf } from './fault.js';
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
  /** Address of FRAMES_BYTES bytes. */
  readonly address: number;
  /** Loop over frames. */
  readonly loop: WasmFunction;
  readonly ingressIfindex: number;
}

/** Most frames that are put down, and most bytes of those that are copied: they stay in the processor's cache. */
const MAX_FRAMES = 256;
const COPIES_BYTES = 64 * 1024;
const DESCRIPTORS_BYTES = MAX_FRAMES * FRAME_DESCRIPTOR_BYTES;
/** Frames that a loop copies faster than a call does. */
const SHORT_FRAME_BYTES = 256;

/** What a FramesSession needs of memory: a chunk of a capture, descriptors, copies. */
export const FRAMES_BYTES = CHUNK_BYTES + DESCRIPTORS_BYTES + COPIES_BYTES;

const WORD = 2 ** 32;

/** Runs frames through a program that needs neither timers nor second programs. */
export class CompiledFrames implements FrameRunner {
  readonly returnValues = new Uint32Array(MAX_FRAMES);
  readonly lengthsBytes = new Uint32Array(MAX_FRAMES);
  readonly ways = new Uint32Array(MAX_FRAMES);
  readonly faults = new Map<number, Fault>();
  private readonly session: FramesSession;
  private readonly stateWord: number;
  private originLow = 0;
  private originHigh = 0;
  private latest = 0;
  private count = 0;
  private readonly descriptors: number;
  /** Where copies begin, where the next one goes, and where they end. */
  private readonly copies: number;
  private nextCopy: number;
  private readonly copiesEnd: number;
  private view: Uint8Array<ArrayBuffer> | undefined;
  /** The one frame that was put down lies in the machine's buffer, in several parts. */
  private isLong = false;

  constructor(session: FramesSession) {
    this.session = session;
    this.stateWord = session.context.stateAddress >>> 2;
    this.descriptors = session.address + CHUNK_BYTES;
    this.copies = this.descriptors + DESCRIPTORS_BYTES;
    this.nextCopy = this.copies;
    this.copiesEnd = session.address + FRAMES_BYTES;
  }

  get memory(): FrameMemory {
    return this.session.machine.memory;
  }

  chunk(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.memory.bytes;
    if (this.view?.buffer !== buffer) this.view = new Uint8Array(buffer, this.session.address, CHUNK_BYTES);
    return this.view;
  }

  begin(originNanos: bigint): void {
    this.originLow = Number(originNanos & 0xffffffffn);
    this.originHigh = Number((originNanos >> 32n) & 0xffffffffn);
  }

  way(number: number): Way | undefined {
    return this.session.context.trace?.way(number);
  }

  put(from: FrameMemory, first: number, lengthBytes: number, sinceOriginNanos: number, queue: number): boolean {
    if (this.count === MAX_FRAMES || this.isLong) return false;
    if (lengthBytes > FRAME.MAX_LINEAR_BYTES) return this.putLong(from, first, lengthBytes, sinceOriginNanos, queue);
    if (from === this.session.machine.memory) this.describe(first, lengthBytes, sinceOriginNanos, queue);
    else {
      const address = this.nextCopy;
      if (address + lengthBytes > this.copiesEnd) return false;
      copy(from, first, lengthBytes, this.session.machine.memory, address);
      this.nextCopy = address + ((lengthBytes + 7) & ~7);
      this.describe(address, lengthBytes, sinceOriginNanos, queue);
    }
    return true;
  }

  /** A frame whose first part alone is linear runs by itself. */
  private putLong({ bytes }: FrameMemory, first: number, lengthBytes: number, nanos: number, queue: number): boolean {
    if (this.count > 0) return false;
    const { machine, ingressIfindex } = this.session;
    const { packet } = machine;
    packet.load(bytes.subarray(first, first + lengthBytes), { ingressIfindex, queue });
    this.isLong = true;
    this.describe(packet.data, packet.linearBytes, nanos, queue);
    return true;
  }

  /** Frame, time and CPU where emitted code looks for them; the clock never goes back. */
  private describe(address: number, lengthBytes: number, sinceOriginNanos: number, queue: number): void {
    const { machine } = this.session;
    const { u32 } = machine.memory;
    if (sinceOriginNanos > this.latest) this.latest = sinceOriginNanos;
    let low = this.originLow + Math.round(this.latest);
    let high = this.originHigh;
    if (low >= WORD) {
      const carried = Math.floor(low / WORD);
      low -= carried * WORD;
      high += carried;
    }
    const descriptor = this.descriptorAt(this.count++);
    u32[descriptor + FRAME_DESCRIPTOR.ADDRESS / 4] = address;
    u32[descriptor + FRAME_DESCRIPTOR.LENGTH / 4] = lengthBytes;
    u32[descriptor + FRAME_DESCRIPTOR.TIME / 4] = low;
    u32[descriptor + FRAME_DESCRIPTOR.TIME / 4 + 1] = high;
    u32[descriptor + FRAME_DESCRIPTOR.CPU / 4] = queue < machine.cpuCount ? queue : queue % machine.cpuCount;
    u32[descriptor + FRAME_DESCRIPTOR.QUEUE / 4] = queue;
  }

  run(): number {
    const { count, session } = this;
    const { machine, runtime, context } = session;
    if (this.faults.size > 0) this.faults.clear();
    this.prepare();
    runtime.begin();
    context.trace?.begin();
    for (let done = 0; done < count; ) done = this.runSome(done, count);
    machine.redirect = undefined;
    if (machine.events.length > 0) machine.events = [];
    if (this.isLong) this.lengthsBytes[0] = machine.packet.lengthBytes;
    this.isLong = false;
    this.count = 0;
    this.nextCopy = this.copies;
    return count;
  }

  /** The context's constant fields, and no fragments from an earlier frame. */
  private prepare(): void {
    const { machine, ingressIfindex } = this.session;
    const { u32 } = machine.memory;
    const context = machine.packet.contextAddress >>> 2;
    if (!this.isLong) machine.packet.fragmentCount = 0;
    u32[context + 3] = ingressIfindex;
    u32[context + 5] = 0;
  }

  /** Runs frames until one traps or their ways fill their room; the place behind the last. */
  private runSome(first: number, end: number): number {
    const { descriptors } = this;
    const { loop, context } = this.session;
    context.trace?.rewind();
    let done: number;
    try {
      const stop = loop(descriptors + first * FRAME_DESCRIPTOR_BYTES, descriptors + end * FRAME_DESCRIPTOR_BYTES);
      done = ((stop >>> 0) - descriptors) / FRAME_DESCRIPTOR_BYTES;
      this.read(first, done);
    } catch (error) {
      done = this.trapped(first, error);
    }
    return done;
  }

  /** What became of frames; where the way of the next one begins. */
  private read(first: number, end: number): number {
    const { returnValues, lengthsBytes, ways } = this;
    const { machine, context } = this.session;
    const { trace } = context;
    const { u32 } = machine.memory;
    let wayAt = trace?.address ?? 0;
    for (let place = first; place < end; place++) {
      const descriptor = this.descriptorAt(place);
      returnValues[place] = u32[descriptor + FRAME_DESCRIPTOR.VERDICT / 4]!;
      lengthsBytes[place] = u32[descriptor + FRAME_DESCRIPTOR.LENGTH / 4]!;
      if (trace === undefined) continue;
      const traced = u32[descriptor + FRAME_DESCRIPTOR.TRACED / 4]!;
      ways[place] = trace.numberOf(wayAt, traced, undefined);
      wayAt += 4 * Math.min(traced, TRACE_ENTRIES);
    }
    return wayAt;
  }

  /** The frame that trapped, and those before it; the place behind it. */
  private trapped(first: number, error: unknown): number {
    const { machine, runtime, context } = this.session;
    const { stopped } = runtime;
    if (!(error instanceof Trap) || stopped === undefined) throw error;
    const { u32 } = machine.memory;
    const place = (u32[this.stateWord + STATE.RECORD / 4]! - this.descriptors) / FRAME_DESCRIPTOR_BYTES;
    const wayAt = this.read(first, place);
    const fault = faultOf(stopped, error);
    this.faults.set(place, fault);
    this.returnValues[place] = 0;
    this.lengthsBytes[place] = u32[this.descriptorAt(place) + FRAME_DESCRIPTOR.LENGTH / 4]!;
    const { trace } = context;
    if (trace !== undefined) this.ways[place] = trace.numberOf(wayAt, trace.traced, fault.slot);
    machine.endPacket();
    runtime.begin();
    return place + 1;
  }

  /** In words. */
  private descriptorAt(place: number): number {
    return (this.descriptors + place * FRAME_DESCRIPTOR_BYTES) >>> 2;
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
