// Where the walk tells what it does; the default keeps nothing.

/** Receives what a kernel-style log is made of. */
export interface LogSink {
  /** Nothing that it is told is kept, so that texts need not be made. */
  readonly isSilent: boolean;
  /** The instruction at hand read or wrote this register. */
  touch(register: number): void;
  /** And this stack slot of a frame. */
  touchSlot(frame: number, slot: number): void;
  /** A line of its own. */
  line(text: string): void;
  /** The path ends here: an earlier visit covers it. */
  covered(slot: number, previousSlot: number): void;
}

/** Keeps nothing. */
export const SILENT: LogSink = {
  isSilent: true,
  touch() {},
  touchSlot() {},
  line() {},
  covered() {},
};
