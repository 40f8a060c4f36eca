// `xdpsim trace`: one packet through a program, step by step. The capture is run twice: to find the packet, and to trace it in the state
// that the packets before it left behind.
import { packetLine as describeLine } from '../../capture/describe.js';
import type { Packet, Result, Session } from '../../engine/engine.js';
import { createInterpreter } from '../../engine/interpreter/interpreter.js';
import type { ObservedPacket } from '../../nic/simulate.js';
import { actionName } from '../../platform/actions.js';
import { type Decision, Decisions } from '../../report/decision.js';
import { endsOf, outline } from '../../report/outline.js';
import { packetChanges } from '../../report/packet-change.js';
import { lineText, stepText } from '../../report/trace/text.js';
import { Tracer, type TraceStep } from '../../report/trace/tracer.js';
import { type Condition, type Fields, parseCondition } from '../../report/where.js';
import { InputError } from '../../support/errors.js';
import { EXIT, type ExitCode } from '../exit.js';
import { checkWhole, prepareRun, runPackets } from '../prepared-run.js';
import { openSink, type Sink, type Terminal } from '../terminal.js';
import type { TraceOptions } from './trace-options.js';

/** Runs the command; the exit code is 1 where no packet is meant, or the program trapped on it. */
export async function trace(options: TraceOptions, terminal: Terminal): Promise<ExitCode> {
  checkWhole('packet', options.packet, 1, Number.MAX_SAFE_INTEGER);
  if (options.read.includes('-') || options.object === '-') {
    throw new InputError('option', 'trace reads its files twice: they cannot be stdin');
  }
  const condition = conditionOf(options);
  const found = await findPacket(options, terminal, condition);
  if (found === undefined) return EXIT.negative;
  const sink = openSink(options.output, terminal);
  const result = await tracePacket(options, terminal, found, sink);
  sink.close();
  return result.fault === undefined ? EXIT.ok : EXIT.negative;
}

const FIELD_NAMES = [
  'packet',
  'action',
  'returnValue',
  'length',
  'queue',
  'instructions',
  'src_ip',
  'src_port',
  'dest_ip',
  'dest_port',
  'proto',
  'file',
  'line',
  'function',
] as const;

function conditionOf({ where, packet = 1 }: TraceOptions): Condition {
  return where === undefined ? fields => fields.packet === packet : parseCondition(where, FIELD_NAMES);
}

interface Found {
  readonly number: number;
  /** How many packets reached the program up to this one. */
  readonly delivered: number;
  readonly bytes: Uint8Array;
  readonly decision: Decision | undefined;
}

async function findPacket(options: TraceOptions, terminal: Terminal, holds: Condition): Promise<Found | undefined> {
  const run = prepareRun(options.object, options, terminal, createInterpreter(), { ways: true });
  const decisions = new Decisions(run.file.object);
  let found: Found | undefined;
  let delivered = 0;
  let dropped: string | undefined;
  try {
    await runPackets(
      run,
      (packet, result) => {
        if (result !== undefined) delivered++;
        if (found !== undefined || dropped !== undefined) return;
        const decision = result?.way === undefined ? undefined : decisions.of(result.way);
        if (!holds(fieldsOf(packet, result, decision))) return;
        if (result === undefined) dropped = `packet ${packet.number} never reached the program: ${packet.dropReason}`;
        else found = { number: packet.number, delivered, bytes: packet.bytes.slice(), decision };
      },
      () => found !== undefined || dropped !== undefined,
    );
  } finally {
    run.session.close();
  }
  if (found === undefined)
    run.notes.add(dropped ?? `no such packet: ${options.where ?? `there is no packet ${options.packet ?? 1}`}`);
  return found;
}

function fieldsOf(packet: ObservedPacket, result: Result | undefined, decision: Decision | undefined): Fields {
  const seen = outline(packet.bytes);
  const ends = endsOf(packet.bytes, seen);
  return {
    packet: packet.number,
    action: result === undefined ? 'dropped' : actionName(result.returnValue),
    returnValue: result?.returnValue,
    length: packet.bytes.byteLength,
    queue: packet.queue,
    instructions: result?.instructions,
    src_ip: ends?.source,
    src_port: ends?.sourcePort,
    dest_ip: ends?.destination,
    dest_port: ends?.destinationPort,
    proto: seen.protocol,
    file: decision?.source?.file,
    line: decision?.source?.line,
    function: decision?.function,
  };
}

async function tracePacket(options: TraceOptions, terminal: Terminal, found: Found, sink: Sink): Promise<Result> {
  let isTraced = false;
  const tracer = new Tracer(step => sink.write(printed(step, options)));
  const observe = { onStep: (step: Parameters<Tracer['step']>[0]) => isTraced && tracer.step(step) };
  const quiet = { ...options, quiet: true, count: found.number };
  const run = prepareRun(options.object, quiet, terminal, createInterpreter(), observe);
  let delivered = 0;
  let traced: Result | undefined;
  const session: Session = {
    ...run.session,
    maps: run.session.maps,
    close: () => run.session.close(),
    run: (program: string, packets: readonly Packet[]) =>
      packets.map(packet => {
        isTraced = ++delivered === found.delivered;
        const [result] = run.session.run(program, [packet]);
        if (isTraced) traced = result;
        return result!;
      }),
  };
  if (!options.json) sink.write(headText(found, options));
  try {
    await runPackets({ ...run, session }, () => undefined);
  } finally {
    session.close();
  }
  tracer.end();
  sink.write(options.json ? endJson(found, traced!) : endText(found, traced!));
  return traced!;
}

function printed(step: TraceStep, { json, lines }: TraceOptions): string {
  if (!json) return lines ? lineText(step) : stepText(step);
  const { source, registers, memory, call, ...rest } = step;
  return `${JSON.stringify({
    ...rest,
    ...(source !== undefined && { source: { file: source.file, line: source.line, text: source.text.trim() } }),
    ...(registers.length > 0 && { registers: Object.fromEntries(registers) }),
    ...(memory.length > 0 && { memory: Object.fromEntries(memory) }),
    ...(call !== undefined && { call }),
  })}\n`;
}

function headText({ number, bytes }: Found, { read }: TraceOptions): string {
  return `packet ${number} of ${read.join(', ')}: ${bytes.byteLength} bytes, ${describeLine(bytes)}\n\n`;
}

function endText({ bytes, decision }: Found, result: Result): string {
  const { fault } = result;
  const outcome = fault === undefined ? actionName(result.returnValue) : `trap: ${fault.message}`;
  const source = decision?.source;
  const place = source === undefined ? '' : `, decided at ${source.file}:${source.line}: ${source.text.trim()}`;
  const changes = packetChanges(bytes, result.bytes);
  const packet =
    changes.length === 0 ? 'packet unchanged' : `packet changed\n${changes.map(line => `  ${line}`).join('\n')}`;
  const events = result.events.length === 0 ? '' : `\n${result.events.length} events for user space`;
  return `\n${outcome} after ${result.instructions} instructions${place}\n${packet}${events}\n`;
}

function endJson({ number, bytes, decision }: Found, result: Result): string {
  const { source } = decision ?? {};
  return `${JSON.stringify({
    packet: number,
    action: actionName(result.returnValue),
    returnValue: result.returnValue,
    instructions: result.instructions,
    decided: source === undefined ? null : { file: source.file, line: source.line, text: source.text.trim() },
    changes: packetChanges(bytes, result.bytes),
    fault: result.fault?.message ?? null,
  })}\n`;
}
