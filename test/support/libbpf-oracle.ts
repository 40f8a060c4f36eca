// libbpf and the running kernel as the oracle for whole object files, BTF and kernel functions included: see libbpf-oracle.py.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A program of an object file, with bytes of the file changed beforehand. */
export interface ObjectQuestion {
  /** Path of the file. */
  readonly object: string;
  readonly program: string;
  readonly patches?: readonly (readonly [fileOffset: number, hex: string])[];
}

/** What came of it. */
export interface ObjectAnswer {
  /** 0 where the kernel took the program. */
  readonly errno: number;
  /** The first messages: the kernel's, or else libbpf's. */
  readonly lines: readonly string[];
}

const SCRIPT = join(import.meta.dirname, 'libbpf-oracle.py');

/** Whether python3 finds a libbpf. */
export function hasLibbpf(): boolean {
  return spawnSync('python3', ['-c', 'import ctypes; ctypes.CDLL("libbpf.so.1")']).status === 0;
}

/** Asks about programs, each loaded on its own. Needs root, python3 and libbpf.so.1. */
export function askLibbpf(questions: readonly ObjectQuestion[]): readonly ObjectAnswer[] {
  const input = JSON.stringify(questions);
  const { status, stdout, stderr } = spawnSync('python3', [SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`libbpf oracle: ${stderr}`);
  return JSON.parse(stdout) as ObjectAnswer[];
}

/** `accepted`, or the first message. */
export function firstWord({ errno, lines }: ObjectAnswer): string {
  return errno === 0 ? 'accepted' : (lines[0] ?? '');
}
