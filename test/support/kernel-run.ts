// Programs without maps in the running Linux kernel, through bpf(2) of kernel-run.py.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { toHex } from '../../src/support/bytes.js';

/** A program and the packet it gets. */
export interface KernelRun {
  readonly code: Uint8Array;
  readonly packet: Uint8Array;
  /** BPF_F_XDP_HAS_FRAGS. */
  readonly hasFragments?: boolean;
}

/** How it went: `errno` of loading or running (0 or negative), the verifier's log where it was refused. */
export interface KernelResult {
  readonly errno: number;
  readonly log: string;
  readonly returnValue: number;
  /** The packet afterwards with the metadata in front of it, in hexadecimal. */
  readonly bytes: string;
}

const SCRIPT = join(import.meta.dirname, 'kernel-run.py');
const HAS_FRAGMENTS = 1 << 5;

/** Runs them all. Needs root and python3: see `canUseBpf`. */
export function runInKernel(runs: readonly KernelRun[]): readonly KernelResult[] {
  const input = JSON.stringify(
    runs.map(run => ({
      code: toHex(run.code),
      packet: toHex(run.packet),
      flags: run.hasFragments ? HAS_FRAGMENTS : 0,
    })),
  );
  const { status, stdout, stderr } = spawnSync('python3', [SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`kernel run: ${stderr}`);
  return JSON.parse(stdout) as KernelResult[];
}
