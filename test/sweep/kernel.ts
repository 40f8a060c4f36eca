// Runs every XDP program of the given objects over captures on interpreter, compiler and the running Linux, each in fresh maps, and compares
// verdicts, bytes, metadata and maps:
//   npm run sweep:kernel -- [--captures DIR]... [--every N] [--empty | --filled] FILE...
// Objects inside archives and executables are found too. Maps are empty at first, then filled from the packets. Exit code 1 where anything differs.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Btf } from '../../src/btf/btf.js';
import { parseBtf } from '../../src/btf/parse.js';
import { embeddedElfs } from '../../src/elf/embedded.js';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import type { Engine, EngineOptions, Packet, Result, Session } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { createKernelEngine } from '../../src/engine/kernel/kernel.js';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { actionName } from '../../src/platform/actions.js';
import { mapTypeName } from '../../src/platform/map-types.js';
import { callsOf } from '../../src/report/calls.js';
import { toHex } from '../../src/support/bytes.js';
import { InputError } from '../../src/support/errors.js';
import { capturesIn, packetsOf, REAL_CAPTURES } from '../support/captures.js';
import { differencesInMaps, resultDifference } from '../support/compare-engines.js';
import { fill } from './fill.js';
import { mendedObject } from './mend.js';

/** Types whose contents are numbers of the kernel's own, or that user space cannot list. */
const NOT_COMPARED = /^(prog_array|perf_event_array|ringbuf|user_ringbuf|devmap|cpumap|xskmap|queue|stack|.*_of_maps)$/;
/** What depends on the machine that a program runs on: differences of a program that asks for it may be no differences. */
const OF_THE_MACHINE =
  /^bpf_(ktime_.*|jiffies64|get_prandom_u32|get_current_.*|xdp_metadata_.*|tcp_.*syncookie.*|fib_lookup|sk.*_lookup_.*|perf_event_output)$/;
const MAX_SHOWN = 3;

/** What came of a program: its verdict and, for `DIFFERENT`, where. */
interface Outcome {
  readonly verdict:
    | 'same'
    | 'DIFFERENT'
    | 'differs with the machine'
    | 'Linux refuses'
    | 'REFUSED'
    | 'not loaded'
    | 'no XDP program';
  readonly details: readonly string[];
  /** Packets by return value, where they are the same. */
  readonly actions?: ReadonlyMap<number, number>;
}

interface Target {
  readonly object: ObjectSpec;
  readonly bytes: Uint8Array;
  readonly program: ProgramSpec;
  readonly packets: readonly Packet[];
  readonly isFilled: boolean;
}

/** Prints a line per program that is not simply the same, and the count of each verdict. */
export async function main(parameters: readonly string[]): Promise<number> {
  const { files, folders, fillings, stride } = argumentsOf(parameters);
  const captures = folders.flatMap(capturesIn);
  const packets = (await Promise.all(captures.map(packetsOf))).flat().filter((_, at) => at % stride === 0);
  const targetBtf = parseBtf(new Uint8Array(readFileSync('/sys/kernel/btf/vmlinux')), 'vmlinux');
  const counts = new Map<string, number>();
  const actions = new Map<number, number>();
  let objects = 0;
  for (const [name, bytes] of files.flatMap(objectsIn)) {
    objects++;
    for (const [program, outcome] of compareObject(name, bytes, targetBtf, packets, fillings)) {
      counts.set(outcome.verdict, (counts.get(outcome.verdict) ?? 0) + 1);
      for (const [value, count] of outcome.actions ?? []) actions.set(value, (actions.get(value) ?? 0) + count);
      console.log([`${outcome.verdict.padEnd(12)} ${program}`, ...outcome.details].join('\n             '));
    }
  }
  console.log(`${objects} objects, ${captures.length} captures, ${packets.length} packets`);
  console.log(`of programs that are the same: ${actionsText(actions)}`);
  for (const [verdict, count] of [...counts].sort()) console.log(`${String(count).padStart(6)}  ${verdict}`);
  return [...counts.keys()].some(verdict => verdict === verdict.toUpperCase()) ? 1 : 0;
}

function argumentsOf(parameters: readonly string[]) {
  const folders: string[] = [];
  let stride = 1;
  const files: string[] = [];
  for (let at = 0; at < parameters.length; at++) {
    if (parameters[at] === '--captures') folders.push(parameters[++at]!);
    else if (parameters[at] === '--every') stride = Number(parameters[++at]);
    else if (!parameters[at]!.startsWith('--')) files.push(parameters[at]!);
  }
  const fillings = [false, true].filter(isFilled => !parameters.includes(isFilled ? '--empty' : '--filled'));
  return { files, folders: folders.length > 0 ? folders : [REAL_CAPTURES], fillings, stride };
}

function objectsIn(path: string): [name: string, bytes: Uint8Array][] {
  const bytes = new Uint8Array(readFileSync(path));
  const inner = embeddedElfs(bytes);
  return inner.map(({ offset, lengthBytes }, at) => [
    offset === 0 ? basename(path) : `${basename(path)}-${at}`,
    offset === 0 ? bytes : bytes.slice(offset, offset + lengthBytes),
  ]);
}

function* compareObject(
  name: string,
  original: Uint8Array,
  targetBtf: Btf,
  packets: readonly Packet[],
  fillings: readonly boolean[],
): Generator<readonly [string, Outcome]> {
  const bytes = mendedObject(original);
  const object = attempt(() => loadObject(bytes, { fileName: `${name}.o`.replace(/(\.o)+$/, '.o'), targetBtf }));
  if (typeof object === 'string') return yield [name, { verdict: 'not loaded', details: [object] }];
  const programs = object.programs.filter(({ attachPoint }) => attachPoint === 'xdp');
  if (programs.length === 0) yield [name, { verdict: 'no XDP program', details: [] }];
  for (const program of programs)
    for (const isFilled of object.maps.length === 0 ? fillings.slice(0, 1) : fillings)
      yield [
        `${name} ${program.name}${isFilled ? ', maps filled' : ''}`,
        compareProgram({ object, bytes, program, packets, isFilled }),
      ];
}

function compareProgram(target: Target): Outcome {
  const kernel = runOn(createKernelEngine(), target);
  if (typeof kernel === 'string') return { verdict: 'Linux refuses', details: [kernel.slice(0, 200)] };
  try {
    const outcomes = [createInterpreter(), createCompiler()].map(engine => compareWith(engine, kernel, target));
    return outcomes.find(({ verdict }) => verdict !== 'same') ?? outcomes[0]!;
  } finally {
    kernel.session.close();
  }
}

interface Run {
  readonly session: Session;
  readonly results: readonly Result[];
}

function runOn(engine: Engine, { object, bytes, program, packets, isFilled }: Target): Run | string {
  const options: EngineOptions = {
    cpuCount: possibleCpus(),
    seed: 1,
    instructionBudget: 1e7,
    hasReaders: false,
    objectBytes: bytes,
  };
  let session: Session | undefined;
  try {
    session = engine.open(object, options);
    if (isFilled) fill(session, packets, object.btf);
    return { session, results: session.run(program.name, packets) };
  } catch (error) {
    session?.close();
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

function compareWith(engine: Engine, kernel: Run, target: Target): Outcome {
  const ours = runOn(engine, target);
  if (typeof ours === 'string') return { verdict: 'REFUSED', details: [`${engine.name}: ${ours}`] };
  const { object, packets, program } = target;
  const except = object.maps.filter(({ type }) => NOT_COMPARED.test(mapTypeName(type))).map(map => map.name);
  const found = [
    ...packetDifferences(ours.results, kernel.results, packets),
    ...differencesInMaps(ours.session, kernel.session, except).slice(0, MAX_SHOWN),
  ];
  ours.session.close();
  const actions = actionsOf(kernel.results);
  if (found.length === 0) return { verdict: 'same', details: [actionsText(actions)], actions };
  const asked = callsOf(program).filter(({ name }) => OF_THE_MACHINE.test(name));
  const details = [
    ...found.map(line => `${engine.name}: ${line.slice(0, 300)}`),
    ...asked.map(({ name }) => `calls ${name}`),
  ];
  return { verdict: asked.length > 0 ? 'differs with the machine' : 'DIFFERENT', details };
}

/** Packets by return value. */
function actionsOf(results: readonly Result[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { returnValue } of results) counts.set(returnValue, (counts.get(returnValue) ?? 0) + 1);
  return counts;
}

/** `XDP_PASS 3491, XDP_DROP 12` */
function actionsText(counts: ReadonlyMap<number, number>): string {
  return [...counts].map(([value, count]) => `${actionName(value)} ${count}`).join(', ');
}

function packetDifferences(a: readonly Result[], b: readonly Result[], packets: readonly Packet[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < packets.length && found.length < MAX_SHOWN; at++) {
    const difference = resultDifference(a[at]!, b[at]!);
    if (difference !== undefined) found.push(`packet ${at + 1}: ${difference}: ${toHex(packets[at]!.bytes)}`);
  }
  return found;
}

/** What the kernel counts, whatever this process may run on. */
function possibleCpus(): number {
  const last = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim().split(/[-,]/).at(-1);
  return Number(last) + 1;
}

/** What `body` gives, or the message of its InputError. */
function attempt<T>(body: () => T): T | string {
  try {
    return body();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
