// The program as the pipeline runs it: the frame with what the card says about it, at its time, on the CPU of its queue.
import type { FrameRunner, Packet, Result, Session } from '../../engine/engine.js';
import type { Fault } from '../../machine/fault.js';
import type { Reception } from '../../machine/machine.js';
import type { ObjectSpec } from '../../object/spec.js';
import type { HostSetup } from '../cost/host.js';
import type { Mode, NicModel } from '../model.js';
import type { Batch } from './batch.js';
import type { FrameStore } from './frame-store.js';
import type { ProgramRunner, RunTime } from './program-runner.js';
import { RunTimes } from './run-times.js';

/** What running needs. */
export interface ProgramSetup {
  readonly frames: FrameStore;
  readonly session: Session;
  readonly object: ObjectSpec;
  readonly program: string;
  readonly model: NicModel;
  readonly mode: Mode;
  readonly setup: HostSetup;
  /** Whether `result` is asked for. */
  readonly needsResults: boolean;
}

/** Runs the program on one frame after the other. */
export class ProgramOnCard implements ProgramRunner {
  /** The frame that runs next, by its number in the store; set before it is offered. */
  next = 0;
  /** Its place among the frames of the run, from 1. */
  number = 0;
  /** Of the frame that ran last. */
  returnValue = 0;
  leavingBytes = 0;
  result: Result | undefined;
  faults = 0;
  firstFault: { readonly fault: Fault; readonly packet: number } | undefined;
  instructions = 0;
  private readonly setup: ProgramSetup;
  private readonly times: RunTimes;
  private readonly asksCard: boolean;
  private readonly ingressIfindex: number;
  private readonly frames: FrameRunner | undefined;
  private origin = 0n;

  constructor(setup: ProgramSetup) {
    const { model, mode, object } = setup;
    this.setup = setup;
    this.times = new RunTimes(model, mode, object, setup.setup);
    this.asksCard = object.programs.some(({ references }) =>
      [...references.values()].some(target => target.kind === 'kfunc' && METADATA_KFUNC.test(target.name)),
    );
    this.ingressIfindex = model.context.ingressIfindex;
    const isPlain = !setup.needsResults && !this.asksCard;
    this.frames = isPlain ? setup.session.frames?.(setup.program, this.ingressIfindex) : undefined;
  }

  /** Simulated time 0 is this one of the capture. */
  begin(originNanos: bigint): void {
    this.origin = originNanos;
    this.frames?.begin(originNanos);
  }

  /** Where captures may be read into, so that frames need not be copied; undefined where the engine has no such place. */
  get chunks(): FrameRunner | undefined {
    return this.frames;
  }

  /** What no figure of the model covers. */
  get missing(): ReadonlySet<string> {
    return this.times.missing;
  }

  /**
   * Runs on frames, one after the other.
   * @param first of the store is number `number` of the run, from 1
   */
  runAll(batch: Batch, first: number, number: number): void {
    const { frames } = this;
    if (frames === undefined) this.runEach(batch, number - first);
    else this.runTogether(frames, batch, number - first);
  }

  private runEach({ count, frame, begin, returnValue, time, leavingBytes }: Batch, offset: number): void {
    const { queue } = this.setup.frames;
    for (let place = 0; place < count; place++) {
      const at = frame[place]!;
      this.next = at;
      this.number = at + offset;
      time[place] = this.run(queue[at]!, begin[place]!);
      returnValue[place] = this.returnValue;
      leavingBytes[place] = this.leavingBytes;
    }
  }

  private runTogether(frames: FrameRunner, batch: Batch, offset: number): void {
    const { memory, seenByte, seenBytes, queue } = this.setup.frames;
    const { count, frame, begin } = batch;
    let done = 0;
    for (let place = 0; place < count; place++) {
      const at = frame[place]!;
      while (!frames.put(memory, seenByte[at]!, seenBytes[at]!, begin[place]!, queue[at]!)) {
        done = this.collect(frames, batch, done, offset);
      }
    }
    this.collect(frames, batch, done, offset);
  }

  /** Runs the frames that were put down, from `first` of the batch on; the place behind them. */
  private collect(frames: FrameRunner, batch: Batch, first: number, offset: number): number {
    const { frame, returnValue, time, leavingBytes } = batch;
    const { seenBytes } = this.setup.frames;
    const { returnValues, lengthsBytes, ways, faults } = frames;
    const count = frames.run();
    for (let at = 0; at < count; at++) {
      const place = first + at;
      const value = returnValues[at]!;
      returnValue[place] = value;
      leavingBytes[place] = lengthsBytes[at]!;
      time[place] = this.times.ofNumber(frames, ways[at]!, value, seenBytes[frame[place]!]!);
    }
    for (const [at, fault] of faults) {
      this.number = frame[first + at]! + offset;
      this.noteFault(fault);
    }
    return first + count;
  }

  run(queue: number, atNanos: number): RunTime {
    return this.frames === undefined ? this.runWhole(queue, atNanos) : this.runQuickly(this.frames, queue, atNanos);
  }

  /** Verdict, way and length are all that is asked for. */
  private runQuickly(frames: FrameRunner, queue: number, atNanos: number): RunTime {
    const { memory, seenByte, seenBytes } = this.setup.frames;
    const lengthBytes = seenBytes[this.next]!;
    frames.put(memory, seenByte[this.next]!, lengthBytes, atNanos, queue);
    frames.run();
    this.returnValue = frames.returnValues[0]!;
    this.leavingBytes = frames.lengthsBytes[0]!;
    const fault = frames.faults.get(0);
    if (fault !== undefined) this.noteFault(fault);
    return this.times.ofNumber(frames, frames.ways[0]!, this.returnValue, lengthBytes);
  }

  private runWhole(queue: number, atNanos: number): RunTime {
    const { session, program, frames } = this.setup;
    const received = frames.seen(this.next);
    const timestampNanos = this.origin + BigInt(Math.round(atNanos));
    const packet: Packet = {
      bytes: received,
      timestampNanos,
      queue,
      cpu: queue,
      ingressIfindex: this.ingressIfindex,
      ...(this.asksCard && { reception: this.receptionAt(timestampNanos) }),
    };
    const [result] = session.run(program, [packet]);
    return this.note(result!, received.length);
  }

  private note(result: Result, lengthBytes: number): RunTime {
    this.result = result;
    this.returnValue = result.returnValue;
    this.leavingBytes = result.bytes.length;
    this.instructions += result.instructions;
    if (result.fault !== undefined) this.noteFault(result.fault);
    return this.times.of(result.way, result.returnValue, lengthBytes);
  }

  private noteFault(fault: Fault): void {
    this.faults++;
    this.firstFault ??= { fault, packet: this.number };
  }

  /** What the driver's metadata kfuncs tell; what the driver does not implement is not there. */
  private receptionAt(timestampNanos: bigint): Reception {
    const { hash, covers, vlan } = this.setup.frames;
    const at = this.next;
    const { metadataKfuncs = [] } = this.setup.model.native;
    const has = (name: string): boolean => metadataKfuncs.includes(`bpf_xdp_metadata_rx_${name}`);
    return {
      ...(has('timestamp') && { timestampNanos }),
      ...(has('hash') && covers[at] !== 0 && { hash: { value: hash[at]!, type: covers[at]! } }),
      ...(has('vlan_tag') && vlan[at]! >= 0 && { vlanTag: { protocol: 0x8100, controlInformation: vlan[at]! } }),
    };
  }
}

const METADATA_KFUNC = /^bpf_xdp_metadata_rx_/;
