// The program as the pipeline runs it: the frame with what the card says about it, at its time, on the CPU of its queue.
import type { FrameRunner, Packet, Result, Session } from '../../engine/engine.js';
import type { Fault } from '../../machine/fault.js';
import type { Reception } from '../../machine/machine.js';
import type { ObjectSpec } from '../../object/spec.js';
import type { HostSetup } from '../cost/host.js';
import type { Mode, NicModel } from '../model.js';
import type { Batch } from './batch.js';
import type { FrameStore } from './frame-store.js';
import type { ProgramRunner } from './program-runner.js';
import { RunTimes } from './run-times.js';

/** What running needs. */
export interface ProgramSetup {
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
  /** What the number of a frame among those of the run, from 1, has more than its number in the store. */
  offset = 0;
  /** Of the frame that ran last, where it is asked for. */
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

  run(batch: Batch): void {
    const { frames } = this;
    if (frames === undefined) for (let place = 0; place < batch.count; place++) this.runWhole(batch, place);
    else this.runQuickly(frames, batch);
  }

  /** Verdict, way and length are all that is asked for. */
  private runQuickly(frames: FrameRunner, batch: Batch): void {
    const { count, frame, way, returnValue, time } = batch;
    const { seenBytes } = batch.frames;
    frames.run(batch);
    for (let place = 0; place < count; place++) {
      time[place] = this.times.ofNumber(frames, way[place]!, returnValue[place]!, seenBytes[frame[place]!]!);
    }
    for (const [place, fault] of frames.faults) this.noteFault(fault, frame[place]!);
  }

  private runWhole(batch: Batch, place: number): void {
    const { session, program } = this.setup;
    const { frames, frame, begin } = batch;
    const at = frame[place]!;
    const bytes = frames.seen(at);
    const queue = frames.queue[at]!;
    const timestampNanos = this.origin + BigInt(Math.round(begin[place]!));
    const packet: Packet = {
      bytes,
      timestampNanos,
      queue,
      cpu: queue,
      ingressIfindex: this.ingressIfindex,
      ...(this.asksCard && { reception: this.receptionAt(frames, at, timestampNanos) }),
    };
    const result = session.run(program, [packet])[0]!;
    const { returnValue, way, instructions, fault } = result;
    this.result = result;
    this.instructions += instructions;
    if (fault !== undefined) this.noteFault(fault, at);
    batch.returnValue[place] = returnValue;
    batch.lengthBytes[place] = result.bytes.length;
    batch.time[place] = this.times.of(way, returnValue, bytes.length);
  }

  private noteFault(fault: Fault, at: number): void {
    this.faults++;
    this.firstFault ??= { fault, packet: at + this.offset };
  }

  /** What the driver's metadata kfuncs tell; what the driver does not implement is not there. */
  private receptionAt({ hash, covers, vlan }: FrameStore, at: number, timestampNanos: bigint): Reception {
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
