// What commands that run a program over captures have in common: object, program, model, session with its maps filled, and the running.
import type { Capture, CaptureWarning, Frame } from '../capture/frame.js';
import { requireEthernet } from '../capture/link-type.js';
import { openCapture } from '../capture/open.js';
import type { Engine, Session } from '../engine/engine.js';
import type { ObserveOptions } from '../engine/observe.js';
import type { Host } from '../machine/host.js';
import { parseHost } from '../machine/host-file.js';
import type { Accounting } from '../nic/accounting.js';
import { type NicModel, TEST_RUN_MODEL } from '../nic/model.js';
import { type FrameSource, type Simulation, simulate } from '../nic/simulate.js';
import type { ObjectSpec, ProgramSpec } from '../object/spec.js';
import { assert, InputError } from '../support/errors.js';
import { readNicModel } from './commands/nics-files.js';
import { EXIT, exitingWith } from './exit.js';
import { readBytes } from './files.js';
import { loadOptionsOf } from './load-options.js';
import { chooseProgram, type ObjectFile, readObjectFile } from './object-file.js';
import { Progress } from './progress.js';
import type { RunArguments } from './run-arguments.js';
import { type MapRequest, parseMapRequest, preloadMaps } from './session-maps.js';
import type { Terminal } from './terminal.js';

/** Chooses the engine for programs that run together. @throws ExitError where one may not run */
export type EngineFor = (runs: readonly ChosenProgram[]) => Engine;

/** A program of an object. */
export interface ChosenProgram {
  readonly object: ObjectSpec;
  readonly program: ProgramSpec;
}

/** A run that can start. */
export interface PreparedRun {
  readonly options: RunArguments;
  readonly terminal: Terminal;
  readonly notes: Notes;
  readonly maps: readonly MapRequest[];
  readonly file: ObjectFile;
  readonly program: ProgramSpec;
  readonly model: NicModel;
  readonly session: Session;
}

/**
 * Loads the object, chooses the program, opens a session and fills its maps. The session is the caller's to close.
 * @throws InputError and ExitError naming the option or file and what is wrong
 */
export function prepareRun(
  objectPath: string,
  options: RunArguments,
  terminal: Terminal,
  engineOrChoice: Engine | EngineFor,
  observe?: ObserveOptions,
): PreparedRun {
  const run = prepareRuns([objectPath], options, terminal, engineOrChoice, observe)[0]!;
  preloadMaps(run.session, run.file.object, run.maps);
  return run;
}

/**
 * As `prepareRun`, for several objects on one machine, a run each; maps are not filled.
 * @throws InputError and ExitError as `prepareRun` does
 */
export function prepareRuns(
  objectPaths: readonly string[],
  options: RunArguments,
  terminal: Terminal,
  engineOrChoice: Engine | EngineFor,
  observe?: ObserveOptions,
): readonly PreparedRun[] {
  checkNumbers(options);
  const maps = options.map.map(parseMapRequest);
  const notes = new Notes(terminal, options.quiet);
  const chosen = objectPaths.map(path => chosenProgram(path, options, notes));
  const model = options.nic === undefined ? TEST_RUN_MODEL : readNicModel(options.nic);
  const host = options.host === undefined ? undefined : readHost(options.host);
  const engine = typeof engineOrChoice === 'function' ? engineOrChoice(chosen) : engineOrChoice;
  const sessions = exitingWith(EXIT.rejected, () => openSessions(chosen, options, engine, host, observe));
  return chosen.map(({ file, program }, at) => {
    return { options, terminal, notes, maps, file, program, model, session: sessions[at]! };
  });
}

function chosenProgram(path: string, options: RunArguments, notes: Notes): ChosenProgram & { file: ObjectFile } {
  const file = readObjectFile(path, loadOptionsOf(options));
  const program = chooseProgram(file.object, options);
  noteObject(file.object, program, options, notes);
  return { file, object: file.object, program };
}

/** Notes for people, on stderr, unless they want quiet. */
export class Notes {
  private readonly terminal: Terminal;
  private readonly isQuiet: boolean;

  constructor(terminal: Terminal, isQuiet: boolean) {
    this.terminal = terminal;
    this.isQuiet = isQuiet;
  }

  /** The same place, quiet or not. */
  with(isQuiet: boolean): Notes {
    return new Notes(this.terminal, isQuiet);
  }

  add(text: string): void {
    if (!this.isQuiet) this.terminal.err(`${text}\n`);
  }
}

/** Throws InputError `option` unless a number given for an option is a whole one from `least` to `most`. */
export function checkWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return;
  throw new InputError('option', `--${name}: ${value} is not a whole number from ${least} to ${most}`);
}

function checkNumbers({ count, seed, cpus, budget }: RunArguments): void {
  checkWhole('count', count, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('seed', seed, 0, 0xffffffff);
  checkWhole('cpus', cpus, 1, 256);
  checkWhole('budget', budget, 1, Number.MAX_SAFE_INTEGER);
}

function noteObject(object: ObjectSpec, program: ProgramSpec, options: RunArguments, notes: Notes): void {
  if (options.verbose) for (const warning of object.warnings) notes.add(`${object.fileName}: ${warning}`);
  if (options.program !== undefined || options.section !== undefined || object.programs.length === 1) return;
  const others = object.programs.filter(other => other !== program).map(other => other.name);
  notes.add(`${object.fileName}: runs ${program.name}; choose with -n: ${others.join(', ')}`);
}

function openSessions(
  files: readonly { readonly file: ObjectFile }[],
  options: RunArguments,
  engine: Engine,
  host: Host | undefined,
  observe?: ObserveOptions,
): readonly Session[] {
  if (engine.name === 'kernel' && options.set.length + options.maxEntries.length > 0) {
    throw new InputError('option', '--set and --max-entries do not reach a kernel, which is given the file as it is');
  }
  if (engine.name === 'kernel' && host !== undefined) {
    throw new InputError('option', '--host does not reach a kernel, which has a network of its own');
  }
  const [{ file }, ...others] = files as readonly [(typeof files)[0], ...typeof files];
  const engineOptions = {
    cpuCount: Math.max(options.cpus, host?.cpuCount ?? 1),
    ...(host !== undefined && { host }),
    seed: options.seed,
    instructionBudget: options.budget,
    objectBytes: file.bytes,
    ...(observe !== undefined && { observe }),
  };
  if (others.length === 0) return [engine.open(file.object, engineOptions)];
  assert(engine.openTogether !== undefined, 'an engine that runs objects together');
  return engine.openTogether(
    files.map(one => one.file.object),
    engineOptions,
  );
}

function readHost(path: string): Host {
  return parseHost(new TextDecoder().decode(readBytes(path)), path);
}

/** What running gave. */
export interface Outcome {
  readonly accounting: Accounting;
  /** Of the captures, and about the run. */
  readonly warnings: readonly string[];
}

/**
 * Runs all packets through model and program, with progress on a terminal; Ctrl-C ends it early with the counters so far.
 * @param isEnough asked now and then: true ends the run
 */
export async function runPackets(
  run: PreparedRun,
  onPacket: NonNullable<Simulation['onPacket']>,
  isEnough: () => boolean = () => false,
): Promise<Outcome> {
  const { options, program, model, session } = run;
  const { warnings, result } = await watched(run, ({ progress, onWarning, isInterrupted }) =>
    simulate({
      session,
      program: program.name,
      model,
      sources: options.read.map(path => ethernetSource(path, options.strict, onWarning, progress)),
      maximumPackets: options.count,
      onPacket,
      onProgress: packets => {
        progress.update(packets);
        return isInterrupted() || isEnough();
      },
    }).then(accounting => ({ accounting })),
  );
  return { accounting: result.accounting, warnings };
}

/** What a run is given to be watched by. */
export interface Watch {
  readonly progress: Progress;
  readonly onWarning: (warning: CaptureWarning) => void;
  /** Ctrl-C was pressed: the run is to end, with all counters consistent. */
  readonly isInterrupted: () => boolean;
}

/** Runs `body` with progress on a terminal and Ctrl-C, and notes what is to be said about the run. */
export async function watched<R extends { readonly accounting: Accounting }>(
  { options, terminal, notes }: PreparedRun,
  body: (watch: Watch) => Promise<R>,
): Promise<{ readonly result: R; readonly warnings: readonly string[] }> {
  const progress = new Progress(terminal, options.read, options.count);
  const warnings: string[] = [];
  let isInterrupted = false;
  const release = terminal.onInterrupt(() => {
    isInterrupted = true;
  });
  try {
    const onWarning = noteWarnings(notes, warnings);
    const result = await body({ progress, onWarning, isInterrupted: () => isInterrupted });
    noteRun(result.accounting, isInterrupted, warnings, notes);
    return { result, warnings };
  } finally {
    release();
    progress.finish();
  }
}

function noteWarnings(notes: Notes, warnings: string[]): (warning: CaptureWarning) => void {
  return warning => {
    warnings.push(warning.message);
    notes.add(`warning: ${warning.message}`);
  };
}

function noteRun(accounting: Accounting, isInterrupted: boolean, warnings: string[], notes: Notes): void {
  const { cutFrames, received } = accounting;
  const texts: string[] = [];
  if (cutFrames > 0) {
    texts.push(
      `${cutFrames} of ${received.packets} frames were cut by the capture's snap length; the program sees what is there`,
    );
  }
  if (isInterrupted) texts.push(`interrupted after ${received.packets} packets`);
  for (const text of texts) {
    warnings.push(text);
    notes.add(`warning: ${text}`);
  }
}

/** A capture of Ethernet frames; it is opened when its turn comes. */
export function ethernetSource(
  path: string,
  strict: boolean,
  onWarning: (warning: CaptureWarning) => void,
  progress?: Progress,
): FrameSource {
  return {
    async forEach(visit) {
      const capture: Capture = await openCapture(path, { strict, onWarning });
      await capture.forEach((frame: Frame) => {
        requireEthernet(frame, capture.fileName);
        progress?.read(frame.bytes.byteLength);
        return visit(frame);
      });
    },
  };
}
