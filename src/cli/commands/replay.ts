// `xdpsim replay`: a capture through a program, and what became of its packets.
import type { EngineName } from '../../engine/engine.js';
import type { ObserveOptions, SlotCounts } from '../../engine/observe.js';
import type { Fault } from '../../machine/fault.js';
import { TEST_RUN_MODEL } from '../../nic/model.js';
import type { Simulation } from '../../nic/simulate.js';
import type { TimedReport } from '../../nic/timed/timed-report.js';
import { Decisions } from '../../report/decision.js';
import { formatReport } from '../../report/formats.js';
import { countersOf, programRuns, type Report, uncountedTraffic } from '../../report/report.js';
import { count as thousands } from '../../report/text.js';
import { Traffic, type TrafficSummary } from '../../report/traffic.js';
import { InputError } from '../../support/errors.js';
import { prepareChain } from '../chain.js';
import { countRun } from '../counted-run.js';
import { EXIT, type ExitCode } from '../exit.js';
import { haveLabels } from '../labelled-captures.js';
import { checkWhole, type EngineFor, type Outcome, type PreparedRun, prepareRun, runPackets } from '../prepared-run.js';
import { mapSummaries, writeMaps } from '../session-maps.js';
import { openSink, type Terminal } from '../terminal.js';
import { refuseTimedArguments } from '../timed-options.js';
import type { Timing } from '../timed-run.js';
import { checkingEngine, verifyingEngine } from '../verified-engine.js';
import type { ReplayOptions, ReportFormat } from './replay-options.js';

/** Runs the command; the exit code is 1 where the program trapped, 3 where Linux would not load it. */
export async function replay(asked: ReplayOptions, terminal: Terminal): Promise<ExitCode> {
  checkStdout(asked);
  const options = { ...asked, labels: asked.labels ?? (await haveLabels(asked.read)) };
  checkWhole('workers', options.workers, 1, 64);
  const timing = await timingOf(options);
  const sized = timing === undefined ? options : { ...options, cpus: timing.cpus };
  const engine = engineOf(options);
  const engineFor = await (options.verify ? verifyingEngine(engine, sized.cpus) : checkingEngine(engine));
  const run = prepare(sized, terminal, engineFor);
  try {
    if (timing !== undefined) (await timedRun()).requireTaken(run, timing, options.force);
    return await runAndReport(run, sized, timing);
  } finally {
    run.session.close();
  }
}

/** How the run is timed; undefined where no card was named. */
async function timingOf(options: ReplayOptions): Promise<Timing | undefined> {
  if (options.nic !== undefined) return (await timedRun()).timingOf(options.nic, options);
  refuseTimedArguments(options);
  return undefined;
}

/** What times runs is loaded only where a card was named. */
function timedRun(): Promise<typeof import('../timed-run.js')> {
  return import('../timed-run.js');
}

/** The compiler, unless told. */
function engineOf(options: ReplayOptions): EngineName {
  const { engine, reasons, object } = options;
  if (reasons === true && engine === 'kernel') {
    throw new InputError('option', '--reasons: the kernel does not tell which way packets went, the other engines do');
  }
  if (engine === 'kernel' && object.length > 1) {
    throw new InputError('option', 'the kernel engine runs one object; chains run on the others');
  }
  if (options.nic !== undefined && engine === 'kernel') {
    throw new InputError('option', '--nic: the kernel does not tell which way packets went, the other engines do');
  }
  if (options.nic !== undefined && object.length > 1) {
    throw new InputError('option', '--nic times one object; chains run without a card');
  }
  return engine ?? 'compiler';
}

/** Whether something is to be written of each packet. */
function writesPackets({ html, packets, events, write, writeAction, ...options }: ReplayOptions): boolean {
  const isNamed = [html, packets, events, write].some(path => path !== undefined);
  return isNamed || writeAction.length > 0 || formatOf(options) === 'ndjson';
}

function prepare(options: ReplayOptions, terminal: Terminal, engineFor: EngineFor): PreparedRun {
  const [first, ...others] = options.object;
  if (others.length > 0) return prepareChain(options.object, options, terminal, engineFor);
  return prepareRun(first!, options, terminal, engineFor, observed(options));
}

function observed(options: ReplayOptions): ObserveOptions {
  const engine = engineOf(options);
  const looksAtPackets = engine === 'interpreter' || (engine === 'compiler' && writesPackets(options));
  if (options.reasons ?? looksAtPackets) return { ways: true, counts: true };
  return options.nic === undefined ? { entries: true } : { entries: true, ways: true };
}

/** What a replay found out. */
interface Replayed extends Outcome {
  /** Undefined where only the counters were wanted. */
  readonly traffic: TrafficSummary | undefined;
  readonly firstFault: { readonly fault: Fault; readonly packet: number } | undefined;
  /** Executions, where they are not those of the session. */
  readonly counts?: readonly SlotCounts[] | undefined;
  /** Undefined without a card. */
  readonly timed?: TimedReport;
}

async function runAndReport(run: PreparedRun, options: ReplayOptions, timing: Timing | undefined): Promise<ExitCode> {
  const { terminal, notes, file, session } = run;
  const startMs = terminal.now();
  const replayed = await play(run, options, timing);
  const elapsedMs = terminal.now() - startMs;
  const report = makeReport(run, options, replayed, elapsedMs);
  if (options.mapsOut !== undefined) writeMaps(options.mapsOut, file.object, session, terminal);
  if (options.html !== undefined) await writeHtmlFile(options.html, report, run);
  writeReport(report, options, terminal);
  notes.add(speedText(report, elapsedMs));
  if (replayed.firstFault !== undefined) notes.add(faultText(replayed.firstFault, report.faults));
  return report.faults > 0 ? EXIT.negative : EXIT.ok;
}

async function play(run: PreparedRun, options: ReplayOptions, timing: Timing | undefined): Promise<Replayed> {
  if (timing === undefined) {
    if (isCounting(run, options)) return count(run, options);
    if (options.workers !== undefined && options.workers > 1) run.notes.add('one worker: every packet is looked at');
    return observe(run, options, visit => runPackets(run, visit));
  }
  const { runTimed } = await timedRun();
  const isPlain = options.reasons !== true && options.labels !== true && !writesPackets(options);
  if (isPlain) return { ...(await runTimed(run, timing)), traffic: undefined };
  return observe(run, options, visit => runTimed(run, timing, visit));
}

/** Whether counters are all that is wanted, and the session can count. */
function isCounting({ session }: PreparedRun, options: ReplayOptions): boolean {
  return session.count !== undefined && options.reasons !== true && !writesPackets(options) && options.labels !== true;
}

async function count(run: PreparedRun, { object, workers, verify }: ReplayOptions): Promise<Replayed> {
  if (!verify && workers !== undefined && workers > 1)
    run.notes.add('one worker: --no-verify leaves open what it does');
  const outcome = await countRun(run, { objectPath: object[0]!, workers: verify ? workers : 1 });
  return { ...outcome, traffic: undefined };
}

/** Looks at every packet and its result. */
async function observe<R extends Outcome>(
  run: PreparedRun,
  options: ReplayOptions,
  runAll: (visit: NonNullable<Simulation['onPacket']>) => Promise<R>,
): Promise<R & Pick<Replayed, 'traffic' | 'firstFault'>> {
  const { PacketOutputs } = await import('../packet-outputs.js');
  const outputs = new PacketOutputs(withNdjson(options), run.terminal, run.program.name);
  const decisions = new Decisions(run.file.object);
  const traffic = new Traffic();
  let firstFault: Replayed['firstFault'];
  const outcome = await runAll((packet, result) => {
    const decision = result?.way === undefined ? undefined : decisions.of(result.way);
    if (result?.fault !== undefined) firstFault ??= { fault: result.fault, packet: packet.number };
    traffic.note(packet, result, decision);
    outputs.write(packet, result, decision);
  }).finally(() => outputs.end());
  return { ...outcome, traffic: traffic.summary(), firstFault };
}

/** `--format ndjson` is packet lines where the report would go. */
function withNdjson(options: ReplayOptions): ReplayOptions {
  return formatOf(options) === 'ndjson' ? { ...options, packets: options.output } : options;
}

function formatOf({ format, json, pretty }: Pick<ReplayOptions, 'format' | 'json' | 'pretty'>): ReportFormat {
  return format ?? (json || pretty ? 'json' : 'text');
}

function makeReport(
  { file, program, model, session, maps }: PreparedRun,
  options: ReplayOptions,
  { accounting, warnings, traffic, counts, timed }: Replayed,
  elapsedMs: number,
): Report {
  const { packets, bytes, ...counters } = countersOf(accounting);
  return {
    object: file.object.fileName,
    program: { name: program.name, section: program.section },
    capture: { files: options.read, packets, bytes },
    ...counters,
    programs: programRuns(counts ?? session.counts),
    ...(traffic ?? uncountedTraffic(accounting, model.context.receiveQueueIndex, timed?.queues)),
    maps: mapSummaries(session, file.object, options.showMaps),
    nic: model === TEST_RUN_MODEL ? null : { name: model.name, title: model.title, ...(timed && { timed }) },
    options: {
      engine: engineOf(options),
      verify: options.verify,
      seed: options.seed,
      cpus: options.cpus,
      instructionBudget: options.budget,
      count: options.count ?? null,
      maps: Object.fromEntries(maps.map(({ name, path }) => [name, path])),
      host: options.host ?? null,
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

/** The page is loaded only where it is asked for. */
async function writeHtmlFile(path: string, report: Report, run: PreparedRun): Promise<void> {
  const { writeHtml } = await import('../html-file.js');
  writeHtml(path, report, run);
}

function writeReport(report: Report, options: ReplayOptions, terminal: Terminal): void {
  const format = formatOf(options);
  if (format === 'ndjson') return;
  const text = formatReport(report, format, options.pretty);
  if (options.output === '-' && stdoutUses(options).length > 0) {
    if (!options.quiet) terminal.err(text);
    return;
  }
  const sink = openSink(options.output, terminal);
  sink.write(text);
  sink.close();
}

/** Throws InputError `option` where two things would go to stdout, or one file would be written by two. */
function checkStdout(options: ReplayOptions): void {
  const uses = stdoutUses(options);
  if (uses.length > 1) throw new InputError('option', `${uses.join(' and ')} cannot both be stdout`);
  if (formatOf(options) === 'ndjson' && options.packets !== undefined) {
    throw new InputError('option', '--format ndjson and --packets are the same lines: give one of them');
  }
}

/** The options that send something else than the report to stdout; the report then goes to stderr. */
function stdoutUses(options: ReplayOptions): string[] {
  const { write, packets, events, mapsOut, html, writeAction } = options;
  const isNdjson = formatOf(options) === 'ndjson' && options.output === '-';
  return [
    ...Object.entries({ write, packets, events, 'maps-out': mapsOut, html }).flatMap(([name, path]) =>
      path === '-' ? [`--${name}`] : [],
    ),
    ...writeAction.filter(text => text.endsWith('=-')).map(text => `--write-action ${text}`),
    ...(isNdjson ? ['--format ndjson'] : []),
  ];
}

function speedText(report: Report, elapsedMs: number): string {
  const { packets } = report.capture;
  const { packetsPerSecond } = packets > 0 ? speed(packets, elapsedMs) : { packetsPerSecond: 0 };
  return `${thousands(packets)} packets in ${elapsedMs.toFixed(1)} ms (${thousands(packetsPerSecond)} packets a second)`;
}

function faultText({ fault, packet }: NonNullable<Replayed['firstFault']>, faults: number): string {
  const place =
    fault.source === undefined ? '' : ` at ${fault.source.file}:${fault.source.line}: ${fault.source.text.trim()}`;
  const more = faults > 1 ? ` (first of ${faults})` : '';
  return `trap: packet ${packet}: ${fault.program}: instruction ${fault.slot}: ${fault.message}${place}${more}`;
}
