// A terminal that remembers, and the command line run on it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../../src/cli/run.js';
import type { Terminal } from '../../src/cli/terminal.js';

/** What a command line printed, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How a terminal of tests differs from a pipe of 80 columns. */
export interface TerminalSettings {
  readonly isInteractive?: boolean;
  readonly columns?: number;
  /** The clock; one millisecond a look unless told. */
  readonly now?: () => number;
  /** Ctrl-C is pressed as soon as somebody listens. */
  readonly isInterrupted?: boolean;
}

/** Runs a command line in this process. */
export async function xdpsim(args: readonly string[], settings: TerminalSettings = {}): Promise<Outcome> {
  const out: Uint8Array[] = [];
  let err = '';
  let looks = 0;
  const terminal: Terminal = {
    out: chunk => out.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk),
    err: text => {
      err += text;
    },
    isInteractive: settings.isInteractive ?? false,
    columns: settings.columns ?? 80,
    now: settings.now ?? (() => looks++),
    onInterrupt: callback => {
      if (settings.isInterrupted) callback();
      return () => undefined;
    },
  };
  const code = await run(args, terminal);
  return { code, out: Buffer.concat(out).toString('latin1'), err };
}

/** A new folder that `remove` takes away with all that is in it. */
export function temporaryFolder(): { readonly path: (name: string) => string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'xdpsim-'));
  return { path: name => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Root of the repository. Command lines of golden tests name files relative to it, so tests run there. */
export const ROOT = resolve(import.meta.dirname, '../..');
