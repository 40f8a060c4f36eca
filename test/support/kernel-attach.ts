// What the running Linux kernel says when XDP programs are loaded for and attached to interfaces, through kernel-attach.py.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Mode } from '../../src/nic/model.js';
import type { NetworkNamespace } from './network-namespace.js';

/** A program as bpf(2) is given it. */
export interface AttachProgram {
  /** Hex digits. */
  readonly code: string;
  /** expected_attach_type. */
  readonly attachType: number;
  /** prog_flags. */
  readonly flags: number;
  /** Loaded for the interface: prog_ifindex. */
  readonly isBound: boolean;
}

/** What to do to an interface. */
export interface AttachQuestion {
  readonly interface: string;
  readonly program: AttachProgram;
  readonly mode: Mode;
  /** MTU to set before, and on which interfaces. */
  readonly mtu: number;
  readonly mtuOf: readonly string[];
  /** A program of no effect is attached before, in this mode. */
  readonly attached?: Mode;
}

/** How far it came: errno is 0 or negative; the message is the verifier's log or the kernel's netlink message. */
export interface AttachAnswer {
  readonly phase: 'load' | 'attach';
  readonly errno: number;
  readonly message: string;
}

const SCRIPT = join(import.meta.dirname, 'kernel-attach.py');

/** Asks the kernel in a namespace. Needs root and python3. */
export function askAttach(
  { name }: NetworkNamespace,
  plain: AttachProgram,
  questions: readonly AttachQuestion[],
): readonly AttachAnswer[] {
  const input = JSON.stringify({ plain, questions });
  const parameters = ['netns', 'exec', name, 'python3', SCRIPT];
  const { status, stdout, stderr } = spawnSync('ip', parameters, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`kernel attach: ${stderr}`);
  return JSON.parse(stdout) as AttachAnswer[];
}
