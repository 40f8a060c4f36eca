// Case files: facts about the instruction set as text that anyone can read and add. Every engine runs them.
//
//   // == name: the fact
//   // packet 00 11 22        the frame's first bytes; the rest of its 64 is zero
//   r0 = 7; exit              the program, in the verifier's notation (src/isa/assemble.ts); r1 is the context
//   // -> r0 = 7              all 64 bits of the result
//   // -> packet 00 11        what the frame starts with afterwards
//   // -> trap access: text   instead of a result: the kind of trap, and part of its message
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, EngineOptions, Result } from '../../src/engine/engine.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { assembleToBytes } from '../../src/isa/assemble.js';
import { SLOT_BYTES } from '../../src/isa/instruction.js';
import type { ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { fromHex, toHex } from '../../src/support/bytes.js';

/** One case. */
export interface Case {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly packet: Uint8Array;
  readonly result: bigint | undefined;
  /** Hexadecimal. */
  readonly packetAfter: string | undefined;
  readonly trap: { readonly kind: string; readonly message: string } | undefined;
}

const FOLDER = join(import.meta.dirname, '../cases');
const PACKET_BYTES = 64;

/** All cases of test/cases, by file name and place. */
export function allCases(): Case[] {
  const files = readdirSync(FOLDER).filter(name => name.endsWith('.case'));
  return files.sort().flatMap(file => parseCases(readFileSync(join(FOLDER, file), 'utf8'), file));
}

function parseCases(content: string, file: string): Case[] {
  const [, ...blocks] = content.split(/^\/\/ == /m);
  return blocks.map(block => parseCase(block, file));
}

function parseCase(block: string, file: string): Case {
  const [name = '', ...lines] = block.split('\n');
  const find = (pattern: RegExp): RegExpExecArray | undefined =>
    lines.map(line => pattern.exec(line)).find(match => match !== null) ?? undefined;
  const packet = new Uint8Array(PACKET_BYTES);
  packet.set(fromHex(find(/^\/\/ packet (.*)$/)?.[1] ?? ''));
  const trap = find(/^\/\/ -> trap (\w+): (.*)$/);
  const result = find(/^\/\/ -> r0 = (\S+)$/)?.[1];
  const packetAfter = find(/^\/\/ -> packet (.*)$/)?.[1];
  if (result === undefined && trap === undefined) throw new Error(`${file}: ${name}: no expectation`);
  return {
    name,
    file,
    text: lines.filter(line => !line.startsWith('//')).join('\n'),
    packet,
    result: result === undefined ? undefined : BigInt.asUintN(64, parseNumber(result)),
    packetAfter: packetAfter?.replaceAll(' ', ''),
    trap: trap === undefined ? undefined : { kind: trap[1]!, message: trap[2]! },
  };
}

function parseNumber(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

/** Code that returns the lower and the upper half of what the code at its end, a function of its own, leaves in r0. */
export function halves(text: string): readonly [low: Uint8Array, high: Uint8Array] {
  const body = text.trimEnd();
  return [
    assembleToBytes(`call case_body; exit; case_body: ${body}`),
    assembleToBytes(`call case_body; r0 >>= 32; exit; case_body: ${body}`),
  ];
}

/** An object of the programs `low` and `high` with that code, and nothing else. */
export function objectOfCode(programs: Readonly<Record<string, Uint8Array>>): ObjectSpec {
  return {
    fileName: 'case',
    byteOrder: 'little',
    license: 'GPL',
    programs: Object.entries(programs).map(([name, code]) => programOf(name, code)),
    otherPrograms: [],
    maps: [],
    relocations: [],
    btf: undefined,
    warnings: [],
  };
}

/** A program without maps, function names or source. */
export function programOf(name: string, code: Uint8Array): ProgramSpec {
  const slots = code.byteLength / SLOT_BYTES;
  return {
    name,
    section: 'xdp',
    attachPoint: 'xdp',
    hasFragments: false,
    autoload: true,
    code,
    references: new Map(),
    functions: [{ name, slot: 0, slots, linkage: 'global', typeId: undefined }],
    lines: [],
  };
}

/** What an engine makes of a case: all 64 bits of r0, and the result of the run that gave the lower half. */
export function runCase(
  engine: Engine,
  { text, packet }: Pick<Case, 'text' | 'packet'>,
  options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
): { readonly r0: bigint; readonly result: Result } {
  const [low, high] = halves(text);
  const session = engine.open(objectOfCode({ low, high }), options);
  const [lower, upper] = ['low', 'high'].map(name => session.run(name, [packetOf(packet)])[0]!);
  session.close();
  return { r0: (BigInt(upper!.returnValue) << 32n) | BigInt(lower!.returnValue), result: lower! };
}

/** A packet as BPF_PROG_TEST_RUN gives it. */
export function packetOf(bytes: Uint8Array): Parameters<ReturnType<Engine['open']>['run']>[1][number] {
  return { bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };
}

/** What went otherwise than a case says, a line each. */
export function differencesFromCase(
  expected: Case,
  actual: { readonly r0: bigint; readonly result: Result },
): string[] {
  const { fault, bytes } = actual.result;
  const { trap } = expected;
  if (trap !== undefined) {
    const asExpected = fault?.kind === trap.kind && fault.message.includes(trap.message);
    return asExpected ? [] : [`trap ${fault?.kind}: ${fault?.message}`];
  }
  if (fault !== undefined) return [`trap ${fault.kind}: ${fault.message} at slot ${fault.slot}`];
  const found = actual.r0 === expected.result ? [] : [`r0 = 0x${actual.r0.toString(16)}`];
  const after = toHex(bytes);
  const { packetAfter } = expected;
  return packetAfter === undefined || after.startsWith(packetAfter) ? found : [...found, `packet ${after}`];
}
