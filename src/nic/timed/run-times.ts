// What packets take where their program runs, worked out once for each way through it.
import type { FrameRunner } from '../../engine/engine.js';
import { LASTING_WAYS, type Way } from '../../engine/observe.js';
import type { ObjectSpec } from '../../object/spec.js';
import { XDP_ACTION } from '../../platform/actions.js';
import { InputError } from '../../support/errors.js';
import { pathCostsOf } from '../cost/cost.js';
import { type HostSetup, hostFrameOf, hostNanos, untimedHelpers } from '../cost/host.js';
import { memorySeconds } from '../cost/law.js';
import { PathReader, type PathStep } from '../cost/path.js';
import type { Mode, NicModel } from '../model.js';
import { EXIT_OF_FRAME, type MemoryTime, type RunTime } from './program-runner.js';

/** Times of ways. */
export class RunTimes {
  /** What no figure of the model covers. */
  readonly missing = new Set<string>();
  private readonly model: NicModel;
  private readonly mode: Mode;
  private readonly setup: HostSetup;
  private readonly reader: PathReader;
  private readonly hasBus: boolean;
  private readonly known = new WeakMap<Way, Map<number, RunTime>>();
  /** By number of a way: the key and the time that it was asked for last. */
  private readonly lastKeys = new Float64Array(LASTING_WAYS).fill(-1);
  private readonly lastTimes: RunTime[] = [];

  constructor(model: NicModel, mode: Mode, object: ObjectSpec, setup: HostSetup) {
    this.model = model;
    this.mode = mode;
    this.setup = { ...setup, isGeneric: mode === 'generic' };
    this.reader = new PathReader(object);
    this.hasBus = model.engine.frameBusBytesPerCycle !== undefined;
  }

  /**
   * By number of a way, which `frames` knows.
   * @throws InputError `path-length` where the way was too long to be kept, `option` where no ways are noted
   */
  ofNumber(frames: FrameRunner, number: number, returnValue: number, lengthBytes: number): RunTime {
    const key = returnValue * 131_072 + (this.hasBus ? lengthBytes : 0);
    if (this.lastKeys[number] === key) return this.lastTimes[number]!;
    const time = this.of(frames.way(number), returnValue, lengthBytes);
    if (number < LASTING_WAYS) {
      this.lastKeys[number] = key;
      this.lastTimes[number] = time;
    }
    return time;
  }

  /** @throws InputError `path-length` where the way was too long to be kept, `option` where the engine tells none */
  of(way: Way | undefined, returnValue: number, lengthBytes: number): RunTime {
    if (way === undefined) throw new InputError('option', 'timing: this engine does not tell which way packets went');
    const key = returnValue * 131_072 + (this.hasBus ? lengthBytes : 0);
    let ofWay = this.known.get(way);
    if (ofWay === undefined) {
      ofWay = new Map();
      this.known.set(way, ofWay);
    }
    let time = ofWay.get(key);
    if (time === undefined) {
      time = this.measure(this.reader.pathOf(way), returnValue, lengthBytes);
      ofWay.set(key, time);
    }
    return time;
  }

  private measure(path: readonly PathStep[], returnValue: number, lengthBytes: number): RunTime {
    const { model } = this;
    const exit = exitOf(model, this.mode, returnValue);
    if (this.mode !== 'hw') {
      const onHost = hostNanos(model, this.setup, hostFrameOf(path, returnValue));
      this.noteMissing(onHost, path);
      return { engineNanos: 0, memories: [], hostNanos: onHost ?? 0, exit };
    }
    const cost = pathCostsOf(model)?.costOf(path, { lengthBytes, returnValue });
    for (const text of cost?.missing ?? []) this.missing.add(text);
    return {
      engineNanos: ((cost?.cycles ?? 0) * 1e9) / (model.engine.clockHz ?? 1e9),
      memories: Object.entries(cost?.memories ?? {}).map(([name, operations]): MemoryTime => {
        return { name, nanos: memorySeconds(model.memory[name], operations) * 1e9 };
      }),
      hostNanos: exit === EXIT_OF_FRAME.stack ? (model.host.stackDropNanos ?? 0) : 0,
      exit,
    };
  }

  private noteMissing(onHost: number | undefined, path: readonly PathStep[]): void {
    if (onHost === undefined) this.missing.add('time on the host');
    else for (const name of untimedHelpers(this.model, path)) this.missing.add(`time of bpf_${name}`);
  }
}

/** Programs whose packets take no time of their own, where none is known. */
export function untimed(model: NicModel, mode: Mode): boolean {
  return mode === 'hw' ? pathCostsOf(model) === undefined : model.host.dropNanos === undefined;
}

/** Where a frame goes; a card gives some actions a meaning of its own. */
export function exitOf({ verdicts }: NicModel, mode: Mode, returnValue: number): number {
  switch (returnValue) {
    case XDP_ACTION.XDP_PASS:
      return EXIT_OF_FRAME.stack;
    case XDP_ACTION.XDP_TX:
      return EXIT_OF_FRAME.sent;
    case XDP_ACTION.XDP_REDIRECT:
      return mode === 'hw' && isDrop(verdicts.redirect) ? EXIT_OF_FRAME.dropped : EXIT_OF_FRAME.redirected;
    default:
      return EXIT_OF_FRAME.dropped;
  }
}

function isDrop(meaning: string | undefined): boolean {
  return meaning?.startsWith('drop') ?? false;
}
