// Cases in the running Linux kernel: their maps, programs and frames go through bpf(2) of kernel-machine.py.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { decodeSlots } from '../../src/isa/decode.js';
import type { Instruction } from '../../src/isa/instruction.js';
import type { ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { XDP_HELPERS } from '../../src/platform/helpers.js';
import type { CaseMap } from '../../src/report/conformance/notation.js';
import { HIGH, LOW, mapSlotsOf, objectOfCase } from '../../src/report/conformance/program.js';
import type { RunnableCase } from '../../src/report/conformance/run.js';
import { toHex } from '../../src/support/bytes.js';

/** What a kernel made of a program over frames. */
export interface KernelAnswer {
  /** 0, or the negative error of creating a map or loading a program; then nothing has run. */
  readonly errno: number;
  /** The verifier's log where it refused. */
  readonly log: string;
  readonly results: readonly KernelFrame[];
  /** Contents of each map afterwards by key, in hexadecimal; of per-CPU values that of CPU 0. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** What became of one frame. */
export interface KernelFrame {
  /** 0, or the negative error of the test run. */
  readonly errno: number;
  readonly returnValue: number;
  /** Metadata and frame afterwards, in hexadecimal. */
  readonly bytes: string;
  /** What the program left in ring buffers and in perf buffers of CPU 0: number of the map, and the record in hexadecimal; map by map. */
  readonly events: readonly (readonly [map: number, data: string])[];
}

/** A program of an object over frames, in fresh maps. */
export interface KernelJob {
  readonly object: ObjectSpec;
  /** Contents; of maps that are not named none. */
  readonly maps: readonly Pick<CaseMap, 'name' | 'entries'>[];
  /** Name of the program to run. */
  readonly program: string;
  readonly packets: readonly Uint8Array[];
  /** Sockets to hold open while the program runs: protocol, local end, and remote end of connected ones. */
  readonly sockets?: readonly (readonly unknown[])[];
  /** After each packet, for timers to fire; none unless given. */
  readonly pauseSeconds?: number;
}

// Compiled tests (npm run differential) run from elsewhere, but in the folder of the package.
const SCRIPT = join(process.cwd(), 'test/support/kernel-machine.py');
const HAS_FRAGMENTS = 1 << 5;
const BATCH = 200;

/**
 * Runs all jobs, one after the other. Needs root and python3: see `canUseBpf`.
 * @param namespace name of the network namespace to run in, one's own unless given
 */
export function runJobs(jobs: readonly KernelJob[], namespace?: string): readonly KernelAnswer[] {
  const answers: KernelAnswer[] = [];
  for (let at = 0; at < jobs.length; at += BATCH) answers.push(...runBatch(jobs.slice(at, at + BATCH), namespace));
  return answers;
}

/** Both halves of cases: r0 of the last frame, and what the run for the lower half left. */
export function runCasesInKernel(
  cases: readonly RunnableCase[],
): readonly { readonly r0: bigint; readonly answer: KernelAnswer }[] {
  const jobs = cases.flatMap(item => {
    const object = objectOfCase(item);
    return [LOW, HIGH].map(program => ({ object, maps: item.maps, program, packets: item.packets }));
  });
  const answers = runJobs(jobs);
  return cases.map((_, at) => {
    const [low, high] = [answers[2 * at]!, answers[2 * at + 1]!];
    const half = (answer: KernelAnswer) => BigInt(answer.results.at(-1)?.returnValue ?? 0);
    return { r0: (half(high) << 32n) | half(low), answer: low };
  });
}

interface RawAnswer {
  readonly errno: number;
  readonly log: string;
  readonly results?: readonly KernelFrame[];
  readonly maps?: readonly (readonly (readonly [string, string])[])[];
}

function runBatch(jobs: readonly KernelJob[], namespace: string | undefined): KernelAnswer[] {
  const input = JSON.stringify(jobs.map(jobJson));
  const [command, ...args] = [
    ...(namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]),
    'python3',
    SCRIPT,
  ];
  const { status, stdout, stderr } = spawnSync(command!, args, { input, encoding: 'utf8', maxBuffer: 1 << 29 });
  if (status !== 0) throw new Error(`kernel machine: ${stderr}`);
  return (JSON.parse(stdout) as RawAnswer[]).map(({ errno, log, results = [], maps = [] }, at) => ({
    errno,
    log,
    results,
    maps: new Map(maps.map((entries, index) => [jobs[at]!.object.maps[index]!.name, new Map(entries)])),
  }));
}

function jobJson({ object, maps, program, packets, sockets = [], pauseSeconds = 0 }: KernelJob): object {
  // The other half of a case is of no use here, and costs time to verify.
  const used = object.programs.filter(({ name }) => name === program || (name !== LOW && name !== HIGH));
  return {
    maps: object.maps.map(spec => ({
      name: spec.name,
      type: spec.type,
      key: spec.keySizeBytes,
      value: spec.valueSizeBytes,
      entries: spec.maxEntries,
      flags: spec.flags,
      contents:
        maps.find(({ name }) => name === spec.name)?.entries.filter(([, value]) => !value.startsWith('program ')) ?? [],
    })),
    programs: used.map(programJson),
    slots: object.maps.flatMap((spec, index) =>
      spec.slots.map(slot => [index, u32Hex(slot.index), used.findIndex(({ name }) => name === slot.name)]),
    ),
    run: used.findIndex(({ name }) => name === program),
    packets: packets.map(toHex),
    sockets,
    pause: pauseSeconds,
  };
}

function programJson(program: ProgramSpec): object {
  const { instructions } = decodeSlots(program.code);
  const needsBtf = instructions.some(isOfFunctions);
  return {
    code: toHex(program.code),
    maps: mapSlotsOf(program.code),
    kernelFunctions: [...program.references].flatMap(([slot, reference]) =>
      reference.kind === 'kfunc' || reference.kind === 'ksym' ? [[slot, reference.name]] : [],
    ),
    flags: program.hasFragments ? HAS_FRAGMENTS : 0,
    // Linux wants BTF where the address of a function is taken or a function tail-calls, and then for all functions.
    ...(needsBtf && { functions: program.functions.map(({ slot }) => slot) }),
  };
}

function isOfFunctions(item: Instruction | undefined): boolean {
  if (item?.kind === 'loadImmediate64') return item.source === 4;
  return item?.kind === 'call' && item.target.kind === 'helper' && item.target.id === XDP_HELPERS.tail_call.id;
}

function u32Hex(value: number): string {
  return toHex(new Uint8Array(new Uint32Array([value]).buffer));
}
