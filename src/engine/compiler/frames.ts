// Frames of several queues, many at a time, without an object per packet. Hot path; measured by test/bench.
import { type Fault, Trap } from '../../machine/fault.js';
import type { Machine } from '../../machine/machine.js';
import { FRAME } from '../../platform/limits.js';
import type { FrameRunner } from '../engine.js';
import type { Way } from '../observe.js';
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

/** Most frames that are put down; their descriptors and bytes stay in the processor's cache. */
const MAX_FRAMES = 256;
const MAX_BYTES = 64 * 1024;
const DESCRIPTORS_BYTES = MAX_FRAMES * FRAME_DESCRIPTOR_BYTES;

/** What a FramesSession needs of memory. */
export const FRAMES_BYTES = DESCRIPTORS_BYTES + MAX_BYTES;

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
  /** Where the next frame's bytes go. */
  private nextBytes: number;
  private readonly endBytes: number;
  /** The one frame that was put down lies in the machine's buffer, in several parts. */
  private isLong = false;

  constructor(session: FramesSession) {
    this.session = session;
    this.stateWord = session.context.stateAddress >>> 2;
    this.nextBytes = session.address + DESCRIPTORS_BYTES;
    this.endBytes = session.address + FRAMES_BYTES;
  }

  begin(originNanos: bigint): void {
    this.originLow = Number(originNanos & 0xffffffffn);
    this.originHigh = Number((originNanos >> 32n) & 0xffffffffn);
  }

  way(number: number): Way | undefined {
    return this.session.context.trace?.way(number);
  }

  put(words: Uint32Array, first: number, lengthBytes: number, sinceOriginNanos: number, queue: number): boolean {
    if (lengthBytes > FRAME.MAX_LINEAR_BYTES) return this.putLong(words, first, lengthBytes, sinceOriginNanos, queue);
    const address = this.nextBytes;
    if (this.count === MAX_FRAMES || this.isLong || address + lengthBytes > this.endBytes) return false;
    const { u32 } = this.session.machine.memory;
    const count = (lengthBytes + 3) >>> 2;
    const target = address >>> 2;
    let at = 0;
    for (; at < count - 3; at += 4) {
      u32[target + at] = words[first + at]!;
      u32[target + at + 1] = words[first + at + 1]!;
      u32[target + at + 2] = words[first + at + 2]!;
      u32[target + at + 3] = words[first + at + 3]!;
    }
    for (; at < count; at++) u32[target + at] = words[first + at]!;
    this.nextBytes = address + ((lengthBytes + 7) & ~7);
    this.describe(address, lengthBytes, sinceOriginNanos, queue);
    return true;
  }

  /** A frame whose first part alone is linear runs by itself. */
  private putLong(words: Uint32Array, first: number, lengthBytes: number, nanos: number, queue: number): boolean {
    if (this.count > 0) return false;
    const { machine, ingressIfindex } = this.session;
    const { packet } = machine;
    packet.load(new Uint8Array(words.buffer, words.byteOffset + 4 * first, lengthBytes), { ingressIfindex, queue });
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
    this.nextBytes = session.address + DESCRIPTORS_BYTES;
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
    const { loop, address, context } = this.session;
    context.trace?.rewind();
    let done: number;
    try {
      const stop = loop(address + first * FRAME_DESCRIPTOR_BYTES, address + end * FRAME_DESCRIPTOR_BYTES);
      done = (stop - address) / FRAME_DESCRIPTOR_BYTES;
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
    const { machine, runtime, context, address } = this.session;
    const { stopped } = runtime;
    if (!(error instanceof Trap) || stopped === undefined) throw error;
    const { u32 } = machine.memory;
    const place = (u32[this.stateWord + STATE.RECORD / 4]! - address) / FRAME_DESCRIPTOR_BYTES;
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
    return (this.session.address + place * FRAME_DESCRIPTOR_BYTES) >>> 2;
  }
}
