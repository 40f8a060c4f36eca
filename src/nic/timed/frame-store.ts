// Frames with what the card works out about them, side by side in memory, so that a capture that is sent often is read once. Hot path.

/** Words of frames that fit at first, and frames. */
const FIRST_WORDS = 1 << 12;
const FIRST_FRAMES = 1 << 8;

/** Ethernet addresses, and the tag behind them. IEEE 802.1Q. */
const ADDRESS_BYTES = 12;
const TAG_BYTES = 4;

/** One memory, in units of three sizes. */
export interface FrameMemory {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly halves: Uint16Array<ArrayBuffer>;
}

/** Frames by number from 0. Each begins at a word. */
export class FrameStore {
  count = 0;
  /** The same memory three times: the store's own, or that of a frame that is only looked at. */
  words = new Uint32Array(FIRST_WORDS);
  bytes = new Uint8Array(this.words.buffer);
  halves = new Uint16Array(this.words.buffer);
  /** As it came in: first word and length. */
  firstWord = new Uint32Array(FIRST_FRAMES);
  lengthBytes = new Uint32Array(FIRST_FRAMES);
  /** As a program on the host sees it. */
  seenWord = new Uint32Array(FIRST_FRAMES);
  seenBytes = new Uint32Array(FIRST_FRAMES);
  /** On the wire, without frame check sequence. */
  wireBytes = new Uint32Array(FIRST_FRAMES);
  /** Since the first frame of the run, as recorded and as they come to the card. */
  recordedNanos = new Float64Array(FIRST_FRAMES);
  arrivalNanos = new Float64Array(FIRST_FRAMES);
  queue = new Uint16Array(FIRST_FRAMES);
  hash = new Uint32Array(FIRST_FRAMES);
  /** XDP_RSS_* bits; 0 without a hash. */
  covers = new Uint8Array(FIRST_FRAMES);
  /** Tag control information; -1 where no tag was taken out. */
  vlan = new Int32Array(FIRST_FRAMES);
  /** 0 as long as nobody asked; then one more than the place in CHECKSUM_STATES. */
  checksum = new Uint8Array(FIRST_FRAMES);
  /** Of the capture, by frame, of those that have some. */
  readonly comments = new Map<number, readonly string[]>();
  private commentLength = 0;
  private used = 0;
  private own: FrameMemory = { words: this.words, bytes: this.bytes, halves: this.halves };

  clear(): void {
    if (this.words !== this.own.words) this.use(this.own);
    this.count = 0;
    this.used = 0;
    if (this.comments.size > 0) this.comments.clear();
    this.commentLength = 0;
  }

  /** Room that is taken. */
  get usedBytes(): number {
    return 4 * this.used + 2 * this.commentLength;
  }

  /** Adds a frame; its number. Facts beside its bytes are to be written to the columns. */
  add(frame: Uint8Array): number {
    const first = this.room(frame.length);
    this.bytes.set(frame, 4 * first);
    return this.addInPlace(first, frame.length);
  }

  /** As `add`, of a frame that begins at byte `at` of the words; many times faster for short ones. One word more is read than the frame has. */
  addWords(source: Uint32Array, at: number, lengthBytes: number): number {
    const first = this.room(lengthBytes);
    const { words } = this;
    const count = (lengthBytes + 3) >>> 2;
    const from = at >>> 2;
    const shift = 8 * (at & 3);
    if (shift === 0) {
      for (let index = 0; index < count; index++) words[first + index] = source[from + index]!;
    } else {
      let low = source[from]!;
      for (let index = 0; index < count; index++) {
        const high = source[from + index + 1]!;
        words[first + index] = (low >>> shift) | (high << (32 - shift));
        low = high;
      }
    }
    return this.addInPlace(first, lengthBytes);
  }

  /** Holds nothing but frames of other memory, which stay where they are; until `clear`. */
  borrow(memory: FrameMemory): void {
    this.clear();
    this.use(memory);
  }

  /** Adds a frame that lies in the store's memory already, borrowed or own, from a word on; its number. */
  addInPlace(first: number, lengthBytes: number): number {
    if (this.count === this.queue.length) this.growFrames();
    const at = this.count++;
    this.firstWord[at] = first;
    this.lengthBytes[at] = lengthBytes;
    this.seenWord[at] = first;
    this.seenBytes[at] = lengthBytes;
    this.checksum[at] = 0;
    this.vlan[at] = -1;
    return at;
  }

  private use({ words, bytes, halves }: FrameMemory): void {
    this.words = words;
    this.bytes = bytes;
    this.halves = halves;
  }

  /** The frame that was added last is seen without the tag behind its addresses. */
  hideTag(): void {
    const at = this.count - 1;
    const lengthBytes = this.lengthBytes[at]!;
    const first = this.room(lengthBytes - TAG_BYTES);
    const start = 4 * this.firstWord[at]!;
    this.bytes.copyWithin(4 * first, start, start + ADDRESS_BYTES);
    this.bytes.copyWithin(4 * first + ADDRESS_BYTES, start + ADDRESS_BYTES + TAG_BYTES, start + lengthBytes);
    this.seenWord[at] = first;
    this.seenBytes[at] = lengthBytes - TAG_BYTES;
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

  /** Comments of the frame that was added last. */
  note(comments: readonly string[]): void {
    this.comments.set(this.count - 1, comments);
    for (const { length } of comments) this.commentLength += length;
  }

  /** Takes room; its first word. */
  private room(lengthBytes: number): number {
    const first = this.used;
    this.used = first + ((lengthBytes + 3) >>> 2);
    if (this.used > this.words.length) this.growWords(first);
    return first;
  }

  private growWords(kept: number): void {
    const words = new Uint32Array(Math.max(this.used, 2 * this.words.length));
    words.set(this.words.subarray(0, kept));
    this.own = { words, bytes: new Uint8Array(words.buffer), halves: new Uint16Array(words.buffer) };
    this.use(this.own);
  }

  private growFrames(): void {
    const size = 2 * this.queue.length;
    this.firstWord = grown(this.firstWord, new Uint32Array(size));
    this.lengthBytes = grown(this.lengthBytes, new Uint32Array(size));
    this.seenWord = grown(this.seenWord, new Uint32Array(size));
    this.seenBytes = grown(this.seenBytes, new Uint32Array(size));
    this.wireBytes = grown(this.wireBytes, new Uint32Array(size));
    this.recordedNanos = grown(this.recordedNanos, new Float64Array(size));
    this.arrivalNanos = grown(this.arrivalNanos, new Float64Array(size));
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
