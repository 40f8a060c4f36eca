// Traffic of several profiles mixed by weight, in the order of time, for as many packets as are wanted; and whole scenes.
import { InputError } from '../support/errors.js';
import { type Events, PROFILES, type Profile, type ProfileName } from './profiles.js';
import { Random } from './random.js';
import type { LabelledFrame } from './scenes.js';
import { everyday, floodedSessions, odd, tags } from './scenes.js';

/** A scene: a capture of a fixed make, which cannot be mixed. */
export interface Scene {
  readonly summary: string;
  readonly build: (random: Random) => LabelledFrame[];
}

/** All scenes, by name. */
export const SCENES = {
  everyday: { summary: 'two seconds of everyday traffic with a SYN flood in it', build: everyday },
  'flooded-sessions': { summary: '400 SYNs around four TCP sessions', build: floodedSessions },
  tags: { summary: 'every kind of VLAN tagging', build: tags },
  odd: { summary: 'frames that are malformed, cut, tiny or huge', build: odd },
} as const satisfies Readonly<Record<string, Scene>>;

/** A part of a mix. */
export interface MixPart {
  readonly profile: ProfileName;
  /** Its share of the packets, against the sum of all. */
  readonly weight: number;
}

/** What traffic to make. */
export interface TrafficOptions {
  readonly mix: readonly MixPart[];
  readonly seed: number;
  readonly packets: number;
  /** On average. */
  readonly packetsPerSecond: number;
}

/**
 * A part of a mix as it is written: `syn-flood`, or `syn-flood:3` with its weight.
 * @throws InputError `profile` naming what there is
 */
export function parseMixPart(text: string): MixPart {
  const [name, weightText, ...rest] = text.split(':');
  const weight = weightText === undefined ? 1 : Number(weightText);
  if (!Object.hasOwn(PROFILES, name!)) {
    throw new InputError('profile', `no profile ${name}; there are ${Object.keys(PROFILES).join(', ')}`);
  }
  if (rest.length > 0 || !(weight > 0) || !Number.isFinite(weight)) {
    throw new InputError('profile', `${text}: a weight is a number above 0`);
  }
  return { profile: name as ProfileName, weight };
}

/** The frames in the order of time; those of conversations that began earlier are among those of later ones. */
export function* generateTraffic(options: TrafficOptions): Generator<LabelledFrame, void, undefined> {
  const { mix, seed, packets, packetsPerSecond } = options;
  const random = new Random(seed);
  const sources = mix.map(part => new Source(part, random));
  const waiting = new FrameQueue();
  const gapNanos = 1e9 / packetsPerSecond;
  let [nextStart, given] = [0, 0];
  while (given < packets) {
    const first = waiting.first;
    if (first !== undefined && first.at < nextStart) {
      yield waiting.take();
      given++;
      continue;
    }
    const source = sources.reduce((least, other) => (other.load < least.load ? other : least));
    const event = source.next(nextStart);
    for (const frame of event) waiting.add(frame);
    nextStart += Math.round((random.next() / 0x8000_0000) * gapNanos * event.length);
  }
}

/** The events of one profile. The source with the least packets for its weight is next, so shares hold from the start. */
class Source {
  /** Packets by weight. */
  load = 0;
  private readonly part: MixPart;
  private readonly profile: Profile;
  private readonly events: Events;

  constructor(part: MixPart, random: Random) {
    this.part = part;
    this.profile = PROFILES[part.profile];
    this.events = this.profile.open(random);
  }

  next(at: number): LabelledFrame[] {
    const { label } = this.profile;
    const { profile, weight } = this.part;
    const frames = this.events(at).map(frame => ({ ...frame, label, profile }));
    this.load += frames.length / weight;
    return frames;
  }
}

/** Frames by time, and those of the same time in the order they came: a binary heap. */
class FrameQueue {
  private readonly heap: { readonly frame: LabelledFrame; readonly order: number }[] = [];
  private added = 0;

  get first(): LabelledFrame | undefined {
    return this.heap[0]?.frame;
  }

  add(frame: LabelledFrame): void {
    const { heap } = this;
    heap.push({ frame, order: this.added++ });
    for (let at = heap.length - 1; at > 0 && this.isBefore(at, (at - 1) >> 1); at = (at - 1) >> 1)
      this.swap(at, (at - 1) >> 1);
  }

  take(): LabelledFrame {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && this.isBefore(left, least)) least = left;
      if (right < heap.length && this.isBefore(right, least)) least = right;
      if (least === at) return first.frame;
      this.swap(at, least);
      at = least;
    }
  }

  private isBefore(left: number, right: number): boolean {
    const [a, b] = [this.heap[left]!, this.heap[right]!];
    return a.frame.at === b.frame.at ? a.order < b.order : a.frame.at < b.frame.at;
  }

  private swap(left: number, right: number): void {
    const { heap } = this;
    [heap[left], heap[right]] = [heap[right]!, heap[left]!];
  }
}

/** A scene's frames, in the order of time. */
export function sceneFrames(name: keyof typeof SCENES, seed: number): LabelledFrame[] {
  return SCENES[name].build(new Random(seed)).toSorted((a, b) => a.at - b.at);
}
