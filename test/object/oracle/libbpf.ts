// libbpf as the judge of what loading an object gives: builds libbpf-oracle.c and holds an ObjectSpec to its answer.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readRaw } from '../../../src/isa/raw.js';
import type { MapSpec, ObjectSpec, ProgramSpec, Reference } from '../../../src/object/spec.js';
import { sectionKind } from '../../../src/platform/sections.js';
import { fromHex } from '../../../src/support/bytes.js';

/** What the oracle prints. */
export interface OracleAnswer {
  readonly opened: boolean;
  /** 0, or the errno of opening or loading. */
  readonly error: number;
  readonly log: string;
  /** The instructions are final, whether the verifier then took them or not. */
  readonly relocated: boolean;
  readonly maps: readonly OracleMap[];
  readonly programs: readonly OracleProgram[];
}

export interface OracleMap {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly numaNode: number;
  readonly extra: string;
  readonly keyType: number;
  readonly valueType: number;
  readonly pinned: number;
  readonly fd: number;
}

export interface OracleProgram {
  readonly name: string;
  readonly section: string;
  readonly type: number;
  readonly attachType: number;
  readonly flags: number;
  readonly autoload: boolean;
  readonly code: string;
}

/** A built oracle; `dispose` removes it. */
export interface Oracle {
  readonly ask: (path: string, targetBtf?: string) => OracleAnswer;
  readonly dispose: () => void;
}

/** Builds the oracle, undefined where gcc, libbpf's headers or the right to load programs are missing. */
export function buildOracle(): Oracle | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'xdpsim-oracle-'));
  const dispose = () => rmSync(folder, { recursive: true });
  const binary = join(folder, 'oracle');
  const source = resolve(import.meta.dirname, 'libbpf-oracle.c');
  if (spawnSync('gcc', ['-O1', '-o', binary, source, '-lbpf'], { stdio: 'ignore' }).status !== 0) {
    dispose();
    return undefined;
  }
  const ask = (path: string, targetBtf?: string): OracleAnswer => {
    const parameters = targetBtf === undefined ? [path] : [path, targetBtf];
    const { stdout, status, signal } = spawnSync(binary, parameters, { encoding: 'utf8', maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error(`oracle on ${path}: exit ${status}, signal ${signal}`);
    return JSON.parse(stdout) as OracleAnswer;
  };
  return { ask, dispose };
}

const XDP = 6;

/** One line for each difference between `spec` and what libbpf made of the same object; empty where they agree. */
export function differences(spec: ObjectSpec, answer: OracleAnswer): readonly string[] {
  return [...mapDifferences(spec.maps, answer.maps), ...programDifferences(spec, answer)];
}

function mapDifferences(own: readonly MapSpec[], theirs: readonly OracleMap[]): readonly string[] {
  const found: string[] = [];
  const names = own.map(map => map.name);
  const wanted = theirs.map(map => map.name);
  if (names.join() !== wanted.join()) return [`maps: ${names.join(' ')} instead of ${wanted.join(' ')}`];
  for (const [at, map] of own.entries()) {
    const other = theirs[at]!;
    const pairs: readonly (readonly [string, unknown, unknown])[] = [
      ['type', map.type, other.type],
      ['key size', map.keySizeBytes, other.keySize],
      ['value size', map.valueSizeBytes, other.valueSize],
      ['max entries', map.maxEntries, other.maxEntries],
      ['flags', map.flags, other.flags],
      ['NUMA node', map.numaNode ?? 0, other.numaNode],
      ['extra', map.extra.toString(), other.extra],
      ['pinning', map.pinning === 'by-name' ? 1 : 0, other.pinned],
      // libbpf forgets the types of maps that the kernel takes without.
      ['key type', other.keyType === 0 ? 0 : map.keyTypeId, other.keyType],
      ['value type', other.valueType === 0 ? 0 : map.valueTypeId, other.valueType],
    ];
    for (const [what, mine, right] of pairs) {
      const isCpuCount = what === 'max entries' && mine === 0;
      if (mine !== right && !isCpuCount) found.push(`map ${map.name}: ${what} ${mine} instead of ${right}`);
    }
  }
  return found;
}

function programDifferences(spec: ObjectSpec, { programs, maps, relocated }: OracleAnswer): readonly string[] {
  const descriptors = new Map(maps.map(map => [map.fd, map.name]));
  return programs.flatMap(theirs => {
    const own = spec.programs.find(program => program.name === theirs.name);
    const listed = spec.otherPrograms.find(program => program.name === theirs.name);
    // The oracle takes programs of unknown sections as XDP; here their argument decides, or what older loaders made of the name.
    if (listed !== undefined && (theirs.type !== XDP || sectionKind(theirs.section).kind !== 'xdp')) return [];
    if (theirs.type !== XDP) return [`program ${theirs.name}: of type ${theirs.type}, but not listed as such`];
    if (own === undefined) return [`program ${theirs.name}: missing`];
    const found = [];
    if (own.autoload !== theirs.autoload) found.push(`program ${own.name}: autoload ${own.autoload}`);
    if (own.section.replace('?', '') !== theirs.section) found.push(`program ${own.name}: section ${own.section}`);
    if (relocated && theirs.autoload) found.push(...codeDifferences(own, fromHex(theirs.code), descriptors));
    return found.slice(0, 5);
  });
}

function codeDifferences(own: ProgramSpec, code: Uint8Array, descriptors: ReadonlyMap<number, string>): string[] {
  const found: string[] = [];
  if (own.code.byteLength !== code.byteLength) {
    return [`program ${own.name}: ${own.code.byteLength / 8} instructions instead of ${code.byteLength / 8}`];
  }
  for (let slot = 0; slot < code.byteLength / 8; slot++) {
    const mine = readRaw(own.code, slot);
    const right = readRaw(code, slot);
    const bound = normalise(right, own.references.get(slot), own.references.get(slot - 1), descriptors);
    if (JSON.stringify(mine) === JSON.stringify(bound)) continue;
    found.push(`program ${own.name}: slot ${slot}: ${JSON.stringify(mine)} instead of ${JSON.stringify(bound)}`);
  }
  return found;
}

/** libbpf's instruction with the numbers that only a kernel knows taken out, where they are what `reference` says. */
function normalise(
  raw: ReturnType<typeof readRaw>,
  reference: Reference | undefined,
  before: Reference | undefined,
  descriptors: ReadonlyMap<number, string>,
): unknown {
  if (before?.kind === 'ksym') return { ...raw, imm: 0 };
  switch (reference?.kind) {
    case 'map':
    case 'mapValue': {
      const map = descriptors.get(raw.imm);
      return map === reference.map ? { ...raw, imm: 0 } : { ...raw, map };
    }
    case 'kfunc':
      return { ...raw, imm: 0, offset: 0 };
    case 'ksym':
      // Only a kernel knows whether a weak symbol exists; without it the load is of the constant 0.
      return { ...raw, imm: 0, src: reference.isTyped && reference.isWeak ? 3 : raw.src };
    default:
      return raw;
  }
}
