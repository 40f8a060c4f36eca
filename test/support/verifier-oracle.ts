// The running Linux kernel as the oracle of the verifier: the same programs and maps go to bpf(2), through verifier-oracle.py.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { errnoName } from '../../src/platform/errno.js';
import { toHex } from '../../src/support/bytes.js';

/** What the kernel said of a program. */
export interface KernelVerdict {
  readonly accepted: boolean;
  /** Name of the errno, '' where accepted. */
  readonly errno: string;
  /** The lines of its log that are messages. */
  readonly lines: readonly string[];
  /** Time of the system call, which also compiles what was accepted. */
  readonly nanos: number;
  /** The whole log, where asked for. */
  readonly log: string | undefined;
}

/** How to ask. */
export interface OracleOptions {
  /** 1: messages; 2: every instruction with its state, given back as `log`; 4: only what it cost. Default 1. */
  readonly level?: 1 | 2 | 4;
}

/** Of the source tree, where this module may have been compiled elsewhere. */
const SCRIPT = join(process.cwd(), 'test/support/verifier-oracle.py');
const ATTACH_TYPES = { xdp: 37, 'xdp/devmap': 33, 'xdp/cpumap': 35 } as const;
const HAS_FRAGMENTS = 1 << 5;

interface OracleAnswer {
  readonly errno: number;
  readonly lines: readonly string[];
  readonly nanos: number;
  readonly log?: string;
}

/**
 * What the kernel says of programs of one object, loaded without BTF. Programs must not name functions by address, kernel functions or
 * kernel variables: their references may only be maps.
 */
export function askKernel(
  object: ObjectSpec,
  programs: readonly ProgramSpec[],
  { level = 1 }: OracleOptions = {},
): readonly KernelVerdict[] {
  const names = object.maps.map(({ name }) => name);
  const request = {
    maps: object.maps.map(mapJson),
    programs: programs.map(program => ({
      code: toHex(program.code),
      maps: [...program.references].flatMap(([slot, reference]) =>
        'map' in reference ? [[slot, names.indexOf(reference.map)]] : [],
      ),
      license: object.license,
      attachType: ATTACH_TYPES[program.attachPoint],
      flags: program.hasFragments ? HAS_FRAGMENTS : 0,
      level,
      wantsLog: level === 2,
    })),
  };
  const input = JSON.stringify(request);
  const { status, stdout, stderr } = spawnSync('python3', [SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`verifier oracle: ${stderr}`);
  return (JSON.parse(stdout) as OracleAnswer[]).map(({ errno, lines, nanos, log }) => ({
    accepted: errno === 0,
    errno: errno === 0 ? '' : (errnoName(errno) ?? String(errno)),
    lines,
    nanos,
    log,
  }));
}

function mapJson(map: MapSpec): object {
  return {
    type: map.type,
    key: map.keySizeBytes,
    value: map.valueSizeBytes,
    entries: map.maxEntries,
    flags: map.flags,
    extra: String(map.extra),
    ...(map.inner === undefined ? {} : { inner: mapJson(map.inner) }),
    ...(map.contents === undefined ? {} : { contents: toHex(map.contents) }),
    ...(map.isFrozen ? { frozen: true } : {}),
  };
}
