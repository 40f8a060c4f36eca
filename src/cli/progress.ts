// A progress line on stderr, only where that is a terminal and only for runs that take a while.
import type { Terminal } from './terminal.js';

const FIRST_AFTER_MS = 500;
const EVERY_MS = 100;

/** Draws and wipes the line. */
export class Progress {
  private readonly terminal: Terminal;
  private readonly startMs: number;
  private nextMs: number;
  private isDrawn = false;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
    this.startMs = terminal.now();
    this.nextMs = this.startMs + FIRST_AFTER_MS;
  }

  /** To be called often; draws now and then. */
  update(packets: number): void {
    if (!this.terminal.isInteractive) return;
    const nowMs = this.terminal.now();
    if (nowMs < this.nextMs) return;
    this.nextMs = nowMs + EVERY_MS;
    const rate = packets / ((nowMs - this.startMs) / 1000);
    this.terminal.err(`\r${packets} packets, ${Math.round(rate / 1000)} k/s `);
    this.isDrawn = true;
  }

  /** Wipes the line. */
  finish(): void {
    if (this.isDrawn) this.terminal.err('\r\x1b[K');
  }
}
