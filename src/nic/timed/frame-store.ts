// Frames with what the card works out about them, side by side in memory, so that a capture that is sent often is read once. Hot path.

/** Words of frames that fit at first, and frames. */
const FIRST_WORDS = 1 << 12;
const FIRST_FRAMES = 1 << 8;

/** What is known of a frame beside its bytes. */
export interface FrameFacts {
  /** On the wire, without frame check sequence. */
  readonly wireBytes: number;
  /** Since the first frame of the run. */
  readonly recordedNanos: number;
  readonly queue: number;
  readonly hash: number;
  /** XDP_RSS_* bits; 0 without a hash. */
  readonly covers: number;
  /** Tag control information; -1 where no tag was taken out. */
  readonly vlan: number;
  /** Of the capture. */
  readonly comments: readonly string[] | undefined;
}

/** Frames by number from 0. Each begins at a word. */
export class FrameStore {
  count = 0;
  words = new Uint32Array(FIRST_WORDS);
  bytes = new Uint8Array(this.words.buffer);
  /** As it came in: first word and length. */
  firstWord = new Uint32Array(FIRST_FRAMES);
  lengthBytes = new Uint32Array(FIRST_FRAMES);
  /** As a program on the host sees it. */
  seenWord = new Uint32Array(FIRST_FRAMES);
  seenBytes = new Uint32Array(FIRST_FRAMES);
  wireBytes = new Uint32Array(FIRST_FRAMES);
  recordedNanos = new Float64Array(FIRST_FRAMES);
  queue = new Uint16Array(FIRST_FRAMES);
  hash = new Uint32Array(FIRST_FRAMES);
  covers = new Uint8Array(FIRST_FRAMES);
  vlan = new Int32Array(FIRST_FRAMES);
  /** 0 as long as nobody asked; then one more than the place in CHECKSUM_STATES. */
  checksum = new Uint8Array(FIRST_FRAMES);
  /** By frame, of those that have some. */
  readonly comments = new Map<number, readonly string[]>();
  private commentLength = 0;
  private used = 0;

  clear(): void {
    this.count = 0;
    this.used = 0;
    this.comments.clear();
    this.commentLength = 0;
  }

  /** Room that is taken. */
  get usedBytes(): number {
    return 4 * this.used + 2 * this.commentLength;
  }

  /** Adds a frame; its number. */
  add(frame: Uint8Array, seen: Uint8Array, facts: FrameFacts): number {
    if (this.count === this.queue.length) this.growFrames();
    const at = this.count++;
    this.firstWord[at] = this.put(frame);
    this.lengthBytes[at] = frame.length;
    this.seenWord[at] = seen === frame ? this.firstWord[at]! : this.put(seen);
    this.seenBytes[at] = seen.length;
    this.wireBytes[at] = facts.wireBytes;
    this.recordedNanos[at] = facts.recordedNanos;
    this.queue[at] = facts.queue;
    this.hash[at] = facts.hash;
    this.covers[at] = facts.covers;
    this.vlan[at] = facts.vlan;
    this.checksum[at] = 0;
    if (facts.comments !== undefined) this.note(at, facts.comments);
    return at;
  }

  /** A frame as it came in; a view that the next `add` may leave behind. */
  frame(at: number): Uint8Array {
    const start = 4 * this.firstWord[at]!;
    return this.bytes.subarray(start, start + this.lengthBytes[at]!);
  }

  /** The same as a program sees it. */
  seen(at: number): Uint8Array {
    const start = 4 * this.seenWord[at]!;
    return this.bytes.subarray(start, start + this.seenBytes[at]!);
  }

  private note(at: number, comments: readonly string[]): void {
    this.comments.set(at, comments);
    for (const { length } of comments) this.commentLength += length;
  }

  private put(bytes: Uint8Array): number {
    const first = this.used;
    const words = (bytes.length + 3) >>> 2;
    if (first + words > this.words.length) this.growWords(first + words);
    this.bytes.set(bytes, 4 * first);
    this.used = first + words;
    return first;
  }

  private growWords(least: number): void {
    const words = new Uint32Array(Math.max(least, 2 * this.words.length));
    words.set(this.words.subarray(0, this.used));
    this.words = words;
    this.bytes = new Uint8Array(words.buffer);
  }

  private growFrames(): void {
    const size = 2 * this.queue.length;
    this.firstWord = grown(this.firstWord, new Uint32Array(size));
    this.lengthBytes = grown(this.lengthBytes, new Uint32Array(size));
    this.seenWord = grown(this.seenWord, new Uint32Array(size));
    this.seenBytes = grown(this.seenBytes, new Uint32Array(size));
    this.wireBytes = grown(this.wireBytes, new Uint32Array(size));
    this.recordedNanos = grown(this.recordedNanos, new Float64Array(size));
    this.queue = grown(this.queue, new Uint16Array(size));
    this.hash = grown(this.hash, new Uint32Array(size));
    this.covers = grown(this.covers, new Uint8Array(size));
    this.vlan = grown(this.vlan, new Int32Array(size));
    this.checksum = grown(this.checksum, new Uint8Array(size));
  }
}

function grown<T extends { set(from: ArrayLike<number>): void } & ArrayLike<number>>(from: T, to: T): T {
  to.set(from);
  return to;
}
