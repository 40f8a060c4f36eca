// Verification before a run: accepted programs run without checks, others do not run unless that is asked for.
import type { Engine, EngineName } from '../engine/engine.js';
import type { ObjectSpec, ProgramSpec } from '../object/spec.js';
import { MAP_TYPES } from '../platform/map-types.js';
import type { Finding, Verification, VerifiedProgram } from '../verifier/finding.js';
import { loadEngine } from './engine-choice.js';
import { EXIT, ExitError } from './exit.js';
import type { EngineFor } from './prepared-run.js';

type Verify = (program: ProgramSpec) => Verification;

/**
 * The engine of that name for each program, once the program and all that it may go on in are verified. Linux verifies what the kernel
 * engine runs.
 * @throws ExitError 3 where Linux would reject a program
 */
export async function verifyingEngine(name: EngineName, cpuCount: number): Promise<EngineFor> {
  const engine = await loadEngine(name);
  if (name === 'kernel') return () => engine;
  const { verify } = await import('../verifier/verify.js');
  const createCompiler =
    name === 'compiler' ? (await import('../engine/compiler/compiler.js')).createCompiler : undefined;
  return runs => {
    const options = { cpuCount: Math.max(cpuCount, LEAST_CPUS), isDeviceBound: true };
    const verified = runs.flatMap(({ object, program }) =>
      verifyAll(object, program, one => verify(object, one, options)),
    );
    return createCompiler?.({ verified }) ?? engine;
  };
}

/** The engine of that name, checking every access. */
export async function checkingEngine(name: EngineName): Promise<EngineFor> {
  const engine: Engine = await loadEngine(name);
  return () => engine;
}

/** Machines have several: what holds only with one CPU is not taken for proved. */
const LEAST_CPUS = 8;

function verifyAll(object: ObjectSpec, program: ProgramSpec, verify: Verify): readonly VerifiedProgram[] {
  return [program, ...successors(object, program)].map(one => {
    const verification = verify(one);
    if (!verification.accepted) throw new ExitError(EXIT.rejected, rejection(object, one, verification));
    return verification.program;
  });
}

/** Programs in which a run of `program` may go on: by tail calls, and where a frame is redirected to. */
function successors({ programs, maps }: ObjectSpec, program: ProgramSpec): readonly ProgramSpec[] {
  const has = (...types: readonly { readonly id: number }[]) =>
    maps.some(map => types.some(({ id }) => id === map.type));
  const isReached = {
    xdp: has(MAP_TYPES.prog_array),
    'xdp/devmap': has(MAP_TYPES.devmap, MAP_TYPES.devmap_hash),
    'xdp/cpumap': has(MAP_TYPES.cpumap),
  };
  return programs.filter(one => one !== program && one.autoload && isReached[one.attachPoint]);
}

/** What this verifier has not learnt; its findings are then no statement about Linux. */
const UNDECIDED = /not supported by this verifier/;

function rejection(
  { fileName }: ObjectSpec,
  { name }: ProgramSpec,
  { message, errno, findings }: Extract<Verification, { accepted: false }>,
): string {
  const verdict = UNDECIDED.test(message)
    ? `xdpsim cannot tell whether Linux would load ${name}: ${message}`
    : `Linux would reject ${name}: ${message} (${errno})`;
  const advice = '--no-verify runs it with every access checked, xdpsim verify tells more';
  return [`${fileName}: ${verdict}`, ...findings.slice(0, 1).flatMap(details), advice].join('; ');
}

function details({ slot, source, suggestion }: Finding): string[] {
  const place = source === undefined ? [] : [`${source.file}:${source.line}: ${source.text.trim()}`];
  const at = slot === undefined ? place : [[`at instruction ${slot}`, ...place].join(', ')];
  return suggestion === undefined ? at : [...at, suggestion];
}
