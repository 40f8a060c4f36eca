// Random programs on engines and in the running kernel: how outcomes are compared, how a difference is made small, and how it is printed.
import { DEFAULT_ENGINE_OPTIONS, type Engine } from '../../src/engine/engine.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { type Case, printCase } from '../../src/report/conformance/notation.js';
import { HIGH, LOW, objectOfCase } from '../../src/report/conformance/program.js';
import { fillMaps, mapContents, packetOf, type RunnableCase } from '../../src/report/conformance/run.js';
import { toHex } from '../../src/support/bytes.js';
import { InputError } from '../../src/support/errors.js';
import { type KernelAnswer, runCasesInKernel, runJobs } from '../support/kernel-machine.js';
import { caseOf, type RandomProgram } from '../support/random-programs.js';

/** What a program did to frames and maps, wherever it ran. */
export interface Outcome {
  /** Why it did not run: the verifier's log, a trap. */
  readonly problem: string | undefined;
  /** r0 as u32; metadata and frame in hexadecimal. */
  readonly frames: readonly { readonly returnValue: number; readonly bytes: string }[];
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Somewhere a program can run. */
export interface Runner {
  readonly name: string;
  readonly run: (cases: readonly RunnableCase[]) => readonly Outcome[];
}

/** An engine as runner. */
export function engineRunner(engine: Engine): Runner {
  return { name: engine.name, run: cases => cases.map(item => runOnEngine(engine, item)) };
}

/** Linux as runner. */
export const KERNEL_RUNNER: Runner = {
  name: 'kernel',
  run: cases =>
    runJobs(cases.map(item => ({ object: objectOf(item), program: LOW, maps: item.maps, packets: item.packets }))).map(
      outcomeOfAnswer,
    ),
};

/** Assembled once for all runners, without the program for the upper half of r0: results are in maps. */
function objectOf(item: RunnableCase): ObjectSpec {
  const known = OBJECTS.get(item);
  if (known !== undefined) return known;
  const object = objectOfCase(item);
  const lean = { ...object, programs: object.programs.filter(({ name }) => name !== HIGH) };
  OBJECTS.set(item, lean);
  return lean;
}

const OBJECTS = new WeakMap<RunnableCase, ObjectSpec>();

function runOnEngine(engine: Engine, item: RunnableCase): Outcome {
  const session = engine.open(objectOf(item), DEFAULT_ENGINE_OPTIONS);
  try {
    fillMaps(session, item.maps);
    const results = session.run(LOW, item.packets.map(packetOf));
    const fault = results.find(result => result.fault !== undefined)?.fault;
    return {
      problem: fault === undefined ? undefined : `${fault.kind}: ${fault.message} at instruction ${fault.slot}`,
      frames: results.map(({ returnValue, metadata, bytes }) => ({
        returnValue,
        bytes: toHex(metadata) + toHex(bytes),
      })),
      maps: comparableMaps(item, mapContents(session)),
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { problem: error.message, frames: [], maps: new Map() };
  } finally {
    session.close();
  }
}

/** Queues and stacks have no keys to list, and user space cannot read which program a slot holds. */
const NOT_LISTED: readonly string[] = ['queue', 'stack', 'prog_array'];

function comparableMaps({ maps }: RunnableCase, contents: Outcome['maps']): Outcome['maps'] {
  const listed = maps.filter(({ type }) => !NOT_LISTED.includes(type));
  return new Map(listed.map(({ name }) => [name, contents.get(name) ?? new Map()]));
}

function outcomeOfAnswer({ errno, log, results, maps }: KernelAnswer): Outcome {
  const failed = results.find(result => result.errno !== 0);
  const problem = errno !== 0 ? `errno ${errno}: ${lastLine(log)}` : failed && `test run: errno ${failed.errno}`;
  return { problem, frames: results.map(({ returnValue, bytes }) => ({ returnValue, bytes })), maps };
}

/** The line of a verifier's log that says what is wrong: the last but for its statistics. */
export function lastLine(log: string): string {
  return (
    log
      .trim()
      .split('\n')
      .findLast(line => !line.startsWith('processed ')) ?? ''
  );
}

/** Whether Linux gave up on a program for its size alone. */
export function isTooComplex({ problem }: Outcome): boolean {
  return problem !== undefined && /errno -7:|too complex|too large|sequence of \d+ jumps/.test(problem);
}

/** How two outcomes differ: the first frame, byte or map entry; undefined where they are the same. */
export function outcomeDifference(a: Outcome, b: Outcome): string | undefined {
  if (a.problem !== undefined || b.problem !== undefined) return `${a.problem ?? 'ran'} against ${b.problem ?? 'ran'}`;
  for (const [at, frame] of a.frames.entries()) {
    const other = b.frames[at]!;
    if (frame.returnValue !== other.returnValue)
      return `frame ${at + 1}: r0 = ${frame.returnValue} against ${other.returnValue}`;
    if (frame.bytes !== other.bytes) return `frame ${at + 1}: ${firstByte(frame.bytes, other.bytes)}`;
  }
  return mapsDifference(a.maps, b.maps);
}

function firstByte(a: string, b: string): string {
  if (a.length !== b.length) return `${a.length / 2} bytes against ${b.length / 2}`;
  const at = [...a].findIndex((digit, index) => digit !== b[index]) >> 1;
  return `byte ${at}: ${a.slice(2 * at, 2 * at + 16)} against ${b.slice(2 * at, 2 * at + 16)}`;
}

function mapsDifference(a: Outcome['maps'], b: Outcome['maps']): string | undefined {
  for (const [name, entries] of a) {
    const others = b.get(name) ?? new Map<string, string>();
    for (const key of [...entries.keys(), ...others.keys()]) {
      if (entries.get(key) === others.get(key)) continue;
      return `map ${name}[${key}]: ${entries.get(key) ?? 'absent'} against ${others.get(key) ?? 'absent'}`;
    }
  }
  return undefined;
}

/** Statements left out, by part; and the frames. */
interface Shrunk {
  readonly program: RandomProgram;
  readonly dropped: ReadonlySet<string>;
}

/** The smallest case found that two runners still disagree on: statements, then frames and map entries are left out one after the other. */
export function shrink(program: RandomProgram, left: Runner, right: Runner): RunnableCase {
  const isDifferent = (candidate: Shrunk): boolean => {
    const item = [shrunkCase(candidate)];
    const [a, b] = [left.run(item)[0]!, right.run(item)[0]!];
    // Programs that a runner does not take differ for another reason than programs that it takes.
    if (a.problem !== problems[0] || b.problem !== problems[1]) return false;
    return outcomeDifference(a, b) !== undefined;
  };
  const first = [caseOf(program)];
  const problems = [left.run(first)[0]!.problem, right.run(first)[0]!.problem];
  let current: Shrunk = { program, dropped: new Set() };
  for (const smaller of [fewerFrames, fewerStatements, fewerEntries]) {
    current = smaller(current, isDifferent);
  }
  return shrunkCase(current);
}

function shrunkCase({ program, dropped }: Shrunk): RunnableCase {
  const item = caseOf(program, (part, statement) => !dropped.has(`${part} ${statement}`));
  const text = [item.text, ...item.others.map(other => other.text)].join('\n');
  // Program arrays keep their programs.
  const maps = item.maps.filter(map => text.includes(`map[${map.name}]`));
  const others = item.others.filter(other =>
    maps.some(map => map.entries.some(([, value]) => value === `program ${other.name}`)),
  );
  return { ...item, maps, others };
}

type Shrinker = (from: Shrunk, isDifferent: (candidate: Shrunk) => boolean) => Shrunk;

const fewerFrames: Shrinker = (from, isDifferent) => {
  let current = from;
  for (let at = current.program.packets.length - 1; at >= 0 && current.program.packets.length > 1; at--) {
    const packets = current.program.packets.filter((_, index) => index !== at);
    const candidate = { ...current, program: { ...current.program, packets } };
    if (isDifferent(candidate)) current = candidate;
  }
  return current;
};

const fewerStatements: Shrinker = (from, isDifferent) => {
  const all = from.program.parts.flatMap(({ statements }, part) => statements.map((_, at) => `${part} ${at}`));
  let current = from;
  for (let size = 16; size >= 1; size >>= 1) {
    for (let at = 0; at < all.length; at += size) {
      const dropped = new Set([...current.dropped, ...all.slice(at, at + size)]);
      const candidate = { ...current, dropped };
      if (dropped.size > current.dropped.size && isDifferent(candidate)) current = candidate;
    }
  }
  return current;
};

const fewerEntries: Shrinker = (from, isDifferent) => {
  let current = from;
  for (const { name, entries } of from.program.maps) {
    if (entries.some(([, value]) => value.startsWith('program '))) continue;
    const maps = current.program.maps.map(map => (map.name === name ? { ...map, entries: [] } : map));
    const candidate = { ...current, program: { ...current.program, maps } };
    if (entries.length > 0 && isDifferent(candidate)) current = candidate;
  }
  return current;
};

/** A case as text for test/cases, with what Linux makes of it as its expectation. */
export function printWithKernel(name: string, item: RunnableCase): string {
  const [{ r0, answer }] = runCasesInKernel([item]) as [ReturnType<typeof runCasesInKernel>[number]];
  const refused = answer.errno === 0 ? undefined : lastLine(answer.log);
  const expected: Case['expected'] = {
    r0,
    packet: answer.results.at(-1)?.bytes,
    entries: [...answer.maps].flatMap(([map, entries]) => [...entries].map(([key, value]) => ({ map, key, value }))),
    trap: undefined,
    refused,
  };
  return printCase({ ...item, name, file: 'differential', expected });
}

/** A case as text without an expectation of its own, for engines that disagree where Linux cannot be asked. */
export function printWithoutKernel(name: string, item: RunnableCase): string {
  const expected = { r0: undefined, packet: undefined, entries: [], trap: undefined, refused: undefined };
  return printCase({ ...item, name, file: 'differential', expected });
}
