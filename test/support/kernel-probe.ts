// What the running Linux kernel says to maps and programs, through bpf(2) of kernel-probe.py.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { MapShape } from '../../src/platform/map-create.js';
import { toHex } from '../../src/support/bytes.js';

/** A program to load; `maps` puts the file descriptor of a map of `programMaps` into the immediate of a slot. */
export interface ProbeProgram {
  readonly code: Uint8Array;
  readonly license: string;
  /** expected_attach_type. */
  readonly attachType: number;
  readonly maps?: readonly (readonly [slot: number, map: number])[];
}

/** What to ask: maps that are only created, programs, and the maps that these use. */
export interface ProbeRequest {
  readonly maps?: readonly MapShape[];
  readonly programMaps?: readonly MapShape[];
  readonly programs?: readonly ProbeProgram[];
}

/** For each map its error (0 or negative); for each program that and the verifier's log. */
export interface ProbeAnswer {
  readonly maps: readonly number[];
  readonly programs: readonly { readonly errno: number; readonly log: string }[];
}

const SCRIPT = join(import.meta.dirname, 'kernel-probe.py');

/** Asks the kernel. Needs root and python3: see `kernelRelease`. */
export function probeKernel(request: ProbeRequest): ProbeAnswer {
  const input = JSON.stringify({
    maps: (request.maps ?? []).map(mapJson),
    programMaps: (request.programMaps ?? []).map(mapJson),
    programs: (request.programs ?? []).map(program => ({ ...program, code: toHex(program.code) })),
  });
  const { status, stdout, stderr } = spawnSync('python3', [SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`kernel probe: ${stderr}`);
  return JSON.parse(stdout) as ProbeAnswer;
}

function mapJson(map: MapShape): object {
  return {
    type: map.type,
    key: map.keySizeBytes,
    value: map.valueSizeBytes,
    entries: map.maxEntries,
    flags: map.flags,
    extra: String(map.extra ?? 0n),
    ...(map.inner !== undefined && { inner: mapJson(map.inner) }),
  };
}

/** Release of the running kernel where it can be probed (Linux, root, python3, BPF), such as `6.18`; undefined elsewhere. */
export function kernelRelease(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  try {
    const array = { type: 2, keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1, flags: 0 };
    if (probeKernel({ maps: [array] }).maps[0] !== 0) return undefined;
  } catch {
    return undefined;
  }
  return /^\d+\.\d+/.exec(spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout)?.[0];
}
