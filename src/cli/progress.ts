// A progress line on stderr, only where that is a terminal and only for runs that take a while.
import { statSync } from 'node:fs';
import type { Terminal } from './terminal.js';

const FIRST_AFTER_MS = 500;
const EVERY_MS = 100;
/** Bytes of a capture file beside each frame: the record header of pcap. pcapng has a little more, which makes the estimate a little long. */
const RECORD_HEADER_BYTES = 16;

/** Draws and wipes the line: packets, rate, and the time left where the sizes of the captures tell it. */
export class Progress {
  private readonly terminal: Terminal;
  private readonly startMs: number;
  private readonly totalBytes: number | undefined;
  private readonly totalPackets: number | undefined;
  private nextMs: number;
  private readBytes = 0;
  private isDrawn = false;

  /** @param paths the captures; gzip and stdin give no estimate @param count packets after which the run stops */
  constructor(terminal: Terminal, paths: readonly string[], count?: number) {
    this.terminal = terminal;
    this.startMs = terminal.now();
    this.nextMs = this.startMs + FIRST_AFTER_MS;
    this.totalPackets = count;
    this.totalBytes = terminal.isInteractive ? sumOfSizes(paths) : undefined;
  }

  /** A frame was read. */
  read(lengthBytes: number): void {
    this.readBytes += lengthBytes + RECORD_HEADER_BYTES;
  }

  /** So many bytes of the captures are behind. */
  reached(bytes: number): void {
    this.readBytes = bytes;
  }

  /** To be called often; draws now and then. */
  update(packets: number): void {
    if (!this.terminal.isInteractive) return;
    const nowMs = this.terminal.now();
    if (nowMs < this.nextMs) return;
    this.nextMs = nowMs + EVERY_MS;
    const seconds = (nowMs - this.startMs) / 1000;
    const rate = Math.round(packets / seconds / 1000);
    const line = `${packets} packets, ${rate} k/s${this.timeLeft(packets, seconds)}`;
    this.terminal.err(`\r${line.padEnd(50)}`);
    this.isDrawn = true;
  }

  /** Wipes the line. */
  finish(): void {
    if (this.isDrawn) this.terminal.err('\r\x1b[K');
  }

  private timeLeft(packets: number, seconds: number): string {
    const doneOfFiles = this.totalBytes === undefined ? 0 : this.readBytes / this.totalBytes;
    const doneOfCount = this.totalPackets === undefined ? 0 : packets / this.totalPackets;
    const done = Math.min(1, Math.max(doneOfFiles, doneOfCount));
    if (done === 0) return '';
    return `, ${Math.round(100 * done)} %, ${duration((seconds * (1 - done)) / done)} left`;
  }
}

function sumOfSizes(paths: readonly string[]): number | undefined {
  if (paths.some(path => path === '-' || path.endsWith('.gz'))) return undefined;
  const sizes = paths.map(path => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const sum = sizes.reduce((total, size) => total + size, 0);
  return sum === 0 ? undefined : sum;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
