// `xdpsim replay`: a capture through a program, and what became of its packets.
import type { Capture, CaptureWarning, Frame } from '../../capture/frame.js';
import { requireEthernet } from '../../capture/link-type.js';
import { openCapture } from '../../capture/open.js';
import type { Engine, EngineOptions, Session } from '../../engine/engine.js';
import { createInterpreter } from '../../engine/interpreter/interpreter.js';
import { createKernelEngine } from '../../engine/kernel/kernel.js';
import type { Fault } from '../../machine/fault.js';
import type { Accounting } from '../../nic/accounting.js';
import { type NicModel, TEST_RUN_MODEL } from '../../nic/model.js';
import { type FrameSource, type ObservedPacket, simulate } from '../../nic/simulate.js';
import type { ObjectSpec, ProgramSpec } from '../../object/spec.js';
import { countersOf, type Report, reportJson } from '../../report/report.js';
import { count, reportText } from '../../report/text.js';
import { InputError } from '../../support/errors.js';
import { EXIT, type ExitCode, exitingWith } from '../exit.js';
import { loadOptionsOf } from '../load-options.js';
import { chooseProgram, type ObjectFile, readObjectFile } from '../object-file.js';
import { packetLine } from '../packet-lines.js';
import { Progress } from '../progress.js';
import { type MapRequest, mapSummaries, parseMapRequest, preloadMaps, writeMaps } from '../session-maps.js';
import { openSink, type Sink, type Terminal } from '../terminal.js';
import { VerdictFile } from '../verdict-file.js';
import { readNicModel } from './nics-files.js';
import type { ReplayOptions } from './replay-options.js';

/** Runs the command; the exit code is 1 where the program trapped. */
export async function replay(options: ReplayOptions, terminal: Terminal): Promise<ExitCode> {
  checkNumbers(options);
  if (stdoutUses(options).length > 1) {
    throw new InputError('option', `${stdoutUses(options).join(' and ')} cannot both be stdout`);
  }
  const maps = options.map.map(parseMapRequest);
  const file = readObjectFile(options.object, loadOptionsOf(options));
  const program = chooseProgram(file.object, options);
  const model = options.nic === undefined ? TEST_RUN_MODEL : readNicModel(options.nic);
  const notes = new Notes(terminal, options.quiet);
  noteObject(file.object, program, options, notes);
  const session = exitingWith(EXIT.rejected, () => openSession(file, options));
  try {
    preloadMaps(session, file.object, maps);
    return await runAndReport({ options, maps, terminal, notes, file, program, model, session });
  } finally {
    session.close();
  }
}

interface Run {
  readonly options: ReplayOptions;
  readonly maps: readonly MapRequest[];
  readonly terminal: Terminal;
  readonly notes: Notes;
  readonly file: ObjectFile;
  readonly program: ProgramSpec;
  readonly model: NicModel;
  readonly session: Session;
}

async function runAndReport(run: Run): Promise<ExitCode> {
  const { options, terminal, notes, file, session } = run;
  const startMs = terminal.now();
  const { accounting, warnings, firstFault } = await runPackets(run);
  const elapsedMs = terminal.now() - startMs;
  const report = makeReport(run, accounting, warnings, elapsedMs);
  if (options.mapsOut !== undefined) writeMaps(options.mapsOut, file.object, session, terminal);
  writeReport(report, options, terminal);
  notes.add(speedText(report, elapsedMs));
  if (firstFault !== undefined) notes.add(faultText(firstFault, accounting.faults));
  return accounting.faults > 0 ? EXIT.negative : EXIT.ok;
}

/** Notes for people, on stderr, unless they want quiet. */
class Notes {
  private readonly terminal: Terminal;
  private readonly isQuiet: boolean;

  constructor(terminal: Terminal, isQuiet: boolean) {
    this.terminal = terminal;
    this.isQuiet = isQuiet;
  }

  add(text: string): void {
    if (!this.isQuiet) this.terminal.err(`${text}\n`);
  }
}

function checkNumbers(options: ReplayOptions): void {
  const limits: readonly (readonly [string, number | undefined, number, number])[] = [
    ['count', options.count, 0, Number.MAX_SAFE_INTEGER],
    ['seed', options.seed, 0, 0xffffffff],
    ['cpus', options.cpus, 1, 256],
    ['budget', options.budget, 1, Number.MAX_SAFE_INTEGER],
  ];
  for (const [name, value, least, most] of limits) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) continue;
    throw new InputError('option', `--${name}: ${value} is not a whole number from ${least} to ${most}`);
  }
}

function noteObject(object: ObjectSpec, program: ProgramSpec, options: ReplayOptions, notes: Notes): void {
  if (options.verbose) for (const warning of object.warnings) notes.add(`${object.fileName}: ${warning}`);
  if (options.program !== undefined || options.section !== undefined || object.programs.length === 1) return;
  const others = object.programs.filter(other => other !== program).map(other => other.name);
  notes.add(`${object.fileName}: runs ${program.name}; choose with -n: ${others.join(', ')}`);
}

function openSession(file: ObjectFile, options: ReplayOptions): Session {
  if (options.engine === 'kernel' && options.set.length + options.maxEntries.length > 0) {
    throw new InputError('option', '--set and --max-entries do not reach a kernel, which is given the file as it is');
  }
  const engine: Engine = options.engine === 'kernel' ? createKernelEngine() : createInterpreter();
  const engineOptions: EngineOptions = {
    cpuCount: options.cpus,
    seed: options.seed,
    instructionBudget: options.budget,
    objectBytes: file.bytes,
  };
  return engine.open(file.object, engineOptions);
}

interface Outcome {
  readonly accounting: Accounting;
  readonly warnings: readonly string[];
  readonly firstFault: { readonly fault: Fault; readonly packet: number } | undefined;
}

/** Runs the packets through the pipeline, writing per-packet outputs on the way. */
async function runPackets(run: Run): Promise<Outcome> {
  const { options, terminal, notes, program, model, session } = run;
  const progress = new Progress(terminal);
  const outputs = new PacketOutputs(run);
  const warnings: string[] = [];
  const onWarning = (warning: CaptureWarning) => {
    warnings.push(warning.message);
    notes.add(`warning: ${warning.message}`);
  };
  let isInterrupted = false;
  const release = terminal.onInterrupt(() => {
    isInterrupted = true;
  });
  try {
    const accounting = await simulate({
      session,
      program: program.name,
      model,
      sources: options.read.map(path => ethernetSource(path, options.strict, onWarning)),
      maximumPackets: options.count,
      onPacket: (packet, result) => outputs.write(packet, result),
      onProgress: packets => {
        progress.update(packets);
        return isInterrupted;
      },
    });
    noteRun(accounting, isInterrupted, warnings, notes);
    return { accounting, warnings, firstFault: outputs.firstFault };
  } finally {
    release();
    progress.finish();
    outputs.end();
  }
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
function ethernetSource(path: string, strict: boolean, onWarning: (warning: CaptureWarning) => void): FrameSource {
  return {
    async forEach(visit) {
      const capture: Capture = await openCapture(path, { strict, onWarning });
      await capture.forEach((frame: Frame) => {
        requireEthernet(frame, capture.fileName);
        return visit(frame);
      });
    },
  };
}

/** What is written per packet: JSON lines, a capture with verdicts; and the first fault is kept. */
class PacketOutputs {
  firstFault: Outcome['firstFault'];
  private readonly lines: Sink | undefined;
  private readonly withData: boolean;
  private readonly verdicts: VerdictFile | undefined;

  constructor({ options, terminal, program }: Run) {
    this.withData = options.packetData;
    this.lines = options.packets === undefined ? undefined : openSink(options.packets, terminal);
    this.verdicts =
      options.write === undefined ? undefined : new VerdictFile(openSink(options.write, terminal), program.name);
  }

  write(packet: ObservedPacket, result: Parameters<VerdictFile['write']>[1]): void {
    if (result?.fault !== undefined) this.firstFault ??= { fault: result.fault, packet: packet.number };
    this.lines?.write(packetLine(packet, result, this.withData));
    this.verdicts?.write(packet, result);
  }

  end(): void {
    this.lines?.close();
    this.verdicts?.end();
  }
}

function makeReport(run: Run, accounting: Accounting, warnings: readonly string[], elapsedMs: number): Report {
  const { options, file, program, model, session } = run;
  const { packets, bytes, ...counters } = countersOf(accounting);
  return {
    object: file.object.fileName,
    program: { name: program.name, section: program.section },
    capture: { files: options.read, packets, bytes },
    ...counters,
    maps: mapSummaries(session, file.object, options.showMaps),
    nic: model === TEST_RUN_MODEL ? null : { name: model.name, title: model.title },
    options: {
      engine: options.engine,
      seed: options.seed,
      cpus: options.cpus,
      instructionBudget: options.budget,
      count: options.count ?? null,
      maps: Object.fromEntries(run.maps.map(({ name, path }) => [name, path])),
      strict: options.strict,
      btf: options.btf ?? null,
      kconfig: options.kconfig ?? null,
      set: options.set,
      maxEntries: options.maxEntries,
      lenient: options.lenient,
    },
    warnings: [...file.object.warnings, ...warnings],
    performance: options.performance && packets > 0 ? speed(packets, elapsedMs) : null,
  };
}

function speed(packets: number, elapsedMs: number): NonNullable<Report['performance']> {
  const nanosPerPacket = (elapsedMs * 1e6) / packets;
  return { packetsPerSecond: Math.round(1e9 / nanosPerPacket), nanosPerPacket: Math.round(nanosPerPacket * 10) / 10 };
}

function writeReport(report: Report, options: ReplayOptions, terminal: Terminal): void {
  const isJson = options.json || options.pretty;
  const text = isJson ? `${JSON.stringify(reportJson(report), null, options.pretty ? 2 : 0)}\n` : reportText(report);
  if (options.output === '-' && stdoutUses(options).length > 0) {
    if (!options.quiet) terminal.err(text);
    return;
  }
  const sink = openSink(options.output, terminal);
  sink.write(text);
  sink.close();
}

/** The options that send something else than the report to stdout; the report then goes to stderr. */
function stdoutUses(options: ReplayOptions): string[] {
  const { write, packets, mapsOut } = options;
  return Object.entries({ write, packets, 'maps-out': mapsOut }).flatMap(([name, path]) =>
    path === '-' ? [`--${name}`] : [],
  );
}

function speedText(report: Report, elapsedMs: number): string {
  const { packets } = report.capture;
  const { packetsPerSecond } = packets > 0 ? speed(packets, elapsedMs) : { packetsPerSecond: 0 };
  return `${count(packets)} packets in ${elapsedMs.toFixed(1)} ms (${count(packetsPerSecond)} packets a second)`;
}

function faultText({ fault, packet }: NonNullable<Outcome['firstFault']>, faults: number): string {
  const place =
    fault.source === undefined ? '' : ` at ${fault.source.file}:${fault.source.line}: ${fault.source.text.trim()}`;
  const more = faults > 1 ? ` (first of ${faults})` : '';
  return `trap: packet ${packet}: ${fault.program}: instruction ${fault.slot}: ${fault.message}${place}${more}`;
}
