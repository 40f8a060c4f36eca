// Wireshark's command-line tools, where they are installed: what they say about a capture.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasTshark = works('tshark', ['--version']);
export const hasCapinfos = works('capinfos', ['--version']);

function works(tool: string, options: readonly string[]): boolean {
  try {
    execFileSync(tool, options, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What `tshark -r file` prints with more options. */
function tshark(file: string, ...options: readonly string[]): string {
  return execFileSync('tshark', ['-n', '-r', file, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 << 20,
  });
}

/** The fields of every frame, as rows of text. */
export function tsharkFields(file: string, fields: readonly string[], filter = ''): string[][] {
  const wanted = fields.flatMap(field => ['-e', field]);
  const out = tshark(file, '-T', 'fields', ...wanted, ...(filter ? ['-Y', filter] : []));
  return out
    .split('\n')
    .slice(0, -1)
    .map(line => line.split('\t'));
}

/** Runs `body` with a folder of its own. */
export async function withFolder<T>(body: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'xdpsim-capture-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
