// Frames one at a time, without an object per packet. Hot path; measured by test/bench.
import { type Fault, Thrown, Trap } from '../../machine/fault.js';
import type { Machine } from '../../machine/machine.js';
import type { FrameRunner } from '../engine.js';
import type { Way } from '../observe.js';
import { faultOf } from './fault.js';
import type { Runtime } from './runtime.js';
import { DESCRIPTOR_BYTES, PACKET_DESCRIPTOR, STATE } from './state.js';
import type { UnitContext } from './unit.js';
import type { WasmFunction } from './wasm/host.js';

/** What it needs of its session. */
export interface FramesSession {
  readonly machine: Machine;
  readonly runtime: Runtime;
  readonly context: UnitContext;
  /** Address of a packet descriptor. */
  readonly descriptor: number;
  /** Loop over descriptors. */
  readonly loop: WasmFunction;
  readonly ingressIfindex: number;
}

const WORD = 2 ** 32;

/** Runs frames through a program that needs neither timers nor second programs. */
export class CompiledFrames implements FrameRunner {
  lengthBytes = 0;
  way: Way | undefined;
  fault: Fault | undefined;
  private readonly session: FramesSession;
  private readonly origin: { queue: number; readonly ingressIfindex: number };
  /** Places of the descriptor and of the state, in words. */
  private readonly descriptorWord: number;
  private readonly stateWord: number;
  private originLow = 0;
  private originHigh = 0;
  private latest = 0;

  constructor(session: FramesSession) {
    this.session = session;
    this.origin = { queue: 0, ingressIfindex: session.ingressIfindex };
    this.descriptorWord = session.descriptor >>> 2;
    this.stateWord = session.context.stateAddress >>> 2;
  }

  begin(originNanos: bigint): void {
    this.originLow = Number(originNanos & 0xffffffffn);
    this.originHigh = Number((originNanos >> 32n) & 0xffffffffn);
  }

  run(words: Uint32Array, first: number, lengthBytes: number, sinceOriginNanos: number, queue: number): number {
    const { machine, runtime, context, descriptor, loop } = this.session;
    const { packet, memory } = machine;
    this.origin.queue = queue;
    if (!packet.loadWords(words, first, lengthBytes, this.origin)) {
      packet.load(new Uint8Array(words.buffer, 4 * first, lengthBytes), this.origin);
    }
    machine.cpu = queue < machine.cpuCount ? queue : queue % machine.cpuCount;
    machine.redirect = undefined;
    this.describe(sinceOriginNanos);
    runtime.begin();
    context.trace?.begin();
    this.fault = undefined;
    try {
      loop(descriptor, descriptor + DESCRIPTOR_BYTES);
    } catch (error) {
      if (error instanceof Thrown) {
        memory.u32[this.descriptorWord + PACKET_DESCRIPTOR.VERDICT / 4] = Number(error.cookie & 0xffff_ffffn);
      } else this.fault = this.faultOf(error);
    }
    this.way = context.trace?.end(this.fault?.slot);
    this.lengthBytes = packet.fragmentCount === 0 ? packet.linearBytes : packet.lengthBytes;
    machine.endPacket();
    if (machine.events.length > 0) machine.events = [];
    return this.fault === undefined ? memory.u32[this.descriptorWord + PACKET_DESCRIPTOR.VERDICT / 4]! : 0;
  }

  /** Frame, time and CPU where emitted code looks for them; the clock never goes back. */
  private describe(sinceOriginNanos: number): void {
    const { machine } = this.session;
    const { packet } = machine;
    const { u32 } = machine.memory;
    const { descriptorWord, stateWord } = this;
    if (sinceOriginNanos > this.latest) this.latest = sinceOriginNanos;
    let low = this.originLow + Math.round(this.latest);
    let high = this.originHigh;
    if (low >= WORD) {
      const carried = Math.floor(low / WORD);
      low -= carried * WORD;
      high += carried;
    }
    u32[descriptorWord] = packet.data;
    u32[descriptorWord + 1] = packet.linearBytes;
    u32[stateWord + STATE.TIME / 4] = low;
    u32[stateWord + STATE.TIME / 4 + 1] = high;
    u32[stateWord + STATE.CPU / 4] = machine.cpu;
  }

  private faultOf(error: unknown): Fault {
    const { stopped } = this.session.runtime;
    if (!(error instanceof Trap) || stopped === undefined) throw error;
    return faultOf(stopped, error);
  }
}
