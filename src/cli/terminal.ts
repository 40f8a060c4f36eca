// Where a command's words go: stdout is only ever the answer; notes, warnings and progress go to stderr.
import { closeSync, openSync, writeSync } from 'node:fs';
import { InputError } from '../support/errors.js';

/** The outside of a command; tests give one of their own. */
export interface Terminal {
  /** The answer; bytes where it is a file for `-`. */
  out(chunk: Uint8Array | string): void;
  /** Notes, warnings, progress. */
  err(text: string): void;
  /** Whether stderr is a terminal, so that progress may be drawn. */
  readonly isInteractive: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Milliseconds of a clock that only goes forward; for progress and for measured speed, never for an answer. */
  now(): number;
  /** Calls back at the first Ctrl-C (a second one ends the process at once); the result takes that back. */
  onInterrupt(callback: () => void): () => void;
}

/** The real one. A closed pipe behind stdout ends the process quietly, as `head` expects. */
export function processTerminal(): Terminal {
  return {
    out: chunk => writeAll(1, chunk),
    err: text => writeAll(2, text),
    isInteractive: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
    now: () => performance.now(),
    onInterrupt(callback) {
      const listener = () => callback();
      process.once('SIGINT', listener);
      return () => process.removeListener('SIGINT', listener);
    },
  };
}

/** An output file, or stdout for `-`. */
export interface Sink {
  write(chunk: Uint8Array | string): void;
  close(): void;
}

/**
 * Opens `path` for writing; `-` is stdout.
 * @throws InputError `output` naming the path and the system's reason
 */
export function openSink(path: string, terminal: Terminal): Sink {
  if (path === '-') {
    return { write: chunk => terminal.out(chunk), close: () => undefined };
  }
  const file = naming(path, () => openSync(path, 'w'));
  return {
    write: chunk => naming(path, () => writeAll(file, chunk)),
    close: () => closeSync(file),
  };
}

function naming<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new InputError('output', `${path}: cannot write: ${code}`);
  }
}

function writeAll(file: number, chunk: Uint8Array | string): void {
  const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
  for (let at = 0; at < bytes.byteLength; ) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') continue;
      if (code === 'EPIPE' && file <= 2) process.exit(0);
      throw error;
    }
  }
}
