// Calling bpftool inside namespaces of our own: programs meet an empty network and touch no interface of anybody's, and what is pinned is
// pinned into a file system that nobody else sees and that is gone with the process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InputError } from '../../support/errors.js';

/** Where a bpf file system stands, inside the namespaces as outside. */
export const BPF_FILE_SYSTEM = '/sys/fs/bpf';
const OUTPUT_LIMIT_BYTES = 1 << 28;
const NAMESPACE_WAIT_MS = 5000;

/** What ends a process without the event `exit`. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a bpftool call gave: its JSON, or the text of its error. */
export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

/**
 * Why the kernel engine cannot be used here, in a few words; undefined where it can. Tests skip with this text.
 */
export function kernelUnavailableReason(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  for (const tool of ['bpftool', 'setpriv', 'unshare', 'nsenter', 'taskset']) {
    if (spawnSync(tool, ['--version']).error !== undefined) return `no ${tool}`;
  }
  if (!isBpfFileSystem()) return `no bpf file system on ${BPF_FILE_SYSTEM}`;
  const probe = spawnSync('bpftool', ['-j', 'prog', 'list'], { encoding: 'utf8' });
  return probe.status === 0 ? undefined : 'bpf() is refused';
}

function isBpfFileSystem(): boolean {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some(line => line.split(' ')[1] === BPF_FILE_SYSTEM && line.split(' ')[2] === 'bpf');
}

/** The places one session uses: a scratch folder, and namespaces with a folder for pins; all gone after `close`. */
export class Bpftool {
  /** For input and output files. */
  readonly folder: string;
  /** For pinned programs and maps. */
  readonly pins: string;
  private readonly namespace: ChildProcess;
  private readonly cleanUp = () => this.close();
  /** Ends the process as it would have without this listener, once nothing is left behind. */
  private readonly endBySignal = (signal: NodeJS.Signals) => {
    this.close();
    process.kill(process.pid, signal);
  };

  constructor() {
    this.folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'xdpsim-'));
    const pins = join(BPF_FILE_SYSTEM, basename(this.folder));
    const script = `mount -t bpf bpf ${BPF_FILE_SYSTEM} && mkdir ${pins} && exec sleep infinity`;
    const words = ['--pdeathsig', 'KILL', 'unshare', '--net', '--mount', 'sh', '-c', script];
    this.namespace = spawn('setpriv', words, { stdio: 'ignore' });
    this.namespace.unref();
    this.pins = join('/proc', String(this.namespace.pid), 'root', pins);
    process.once('exit', this.cleanUp);
    for (const signal of SIGNALS) process.once(signal, this.endBySignal);
    this.waitForNamespace();
  }

  /** Runs one bpftool command on the given CPU. */
  call(words: readonly string[], cpu = 0): Answer {
    const done = this.inside(['taskset', '-c', String(cpu), 'bpftool', '-j', ...words]);
    const value = parseOutput(done.stdout ?? '');
    const error = errorIn(value);
    if (done.status === 0 && error === undefined) return { ok: true, value };
    return { ok: false, error: [error, done.stderr?.trim(), done.error?.message].filter(Boolean).join('; ') };
  }

  /** Runs a shell script that calls bpftool; gives what it printed. */
  script(text: string, words: readonly string[]): string {
    return this.inside(['sh', '-c', text, 'sh', ...words]).stdout ?? '';
  }

  /**
   * Runs many commands in one process.
   * @returns what each printed
   * @throws InputError `bpftool` with its words where one fails; those behind it have not run
   */
  batch(lines: readonly string[], cpu = 0): unknown[] {
    const file = this.write('batch', new TextEncoder().encode(`${lines.join('\n')}\n`));
    const answer = this.call(['batch', 'file', file], cpu);
    if (!answer.ok) throw new InputError('bpftool', `bpftool: ${answer.error}`);
    return (answer.value as { readonly output: unknown }[]).map(item => item.output);
  }

  /** Writes a file of the scratch folder; gives its path. */
  write(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  close(): void {
    process.removeListener('exit', this.cleanUp);
    for (const signal of SIGNALS) process.removeListener(signal, this.endBySignal);
    this.namespace.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private inside(command: readonly string[]) {
    return spawnSync('nsenter', ['-t', String(this.namespace.pid), '--net', '--mount', ...command], {
      encoding: 'utf8',
      maxBuffer: OUTPUT_LIMIT_BYTES,
    });
  }

  /** Until the process has its own namespaces, where the folder of pins is the last thing made. */
  private waitForNamespace(): void {
    const deadlineMs = performance.now() + NAMESPACE_WAIT_MS;
    while (!existsSync(this.pins)) {
      if (performance.now() > deadlineMs)
        throw new InputError('bpftool', 'no network and mount namespace with a bpf file system after 5 s');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

function parseOutput(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    return { error: trimmed };
  }
}

/** The `error` of a JSON answer, also inside the list that a batch prints. */
function errorIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(errorIn).find(error => error !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('error' in value && typeof value.error === 'string' && !('key' in value)) return value.error;
  return 'output' in value ? errorIn(value.output) : undefined;
}
