// One raw program over raw memory: what the conformance plugin does.
import { DEFAULT_ENGINE_OPTIONS, type Engine, type Packet, type Result } from '../engine/engine.js';
import { assembleToBytes } from '../isa/assemble.js';
import { decodeSlots } from '../isa/decode.js';
import { SLOT_BYTES } from '../isa/instruction.js';
import type { ObjectSpec, ProgramSpec, Reference } from '../object/spec.js';
import { FRAME } from '../platform/limits.js';
import { codeOf, HIGH, LOW, objectOf } from '../report/conformance/program.js';
import { fromHex } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { loadEngine } from './engine-choice.js';
import type { PluginRequest } from './plugin-arguments.js';

/**
 * Runs the program with r1 and r2 as address and length of the memory (0 and 0 without any).
 * @returns all 64 bits of r0
 * @throws InputError where the program cannot be loaded, is refused, or stops
 */
export async function runPlugin(request: PluginRequest & { readonly program: string }): Promise<bigint> {
  const memory = fromHex(request.memory);
  if (memory.byteLength > FRAME.MAX_LINEAR_BYTES) {
    throw new InputError(
      'memory',
      `memory of ${memory.byteLength} bytes: at most ${FRAME.MAX_LINEAR_BYTES} are possible`,
    );
  }
  const bytes = fromHex(request.program);
  const object = request.isElf ? await elfObject(bytes, memory.byteLength) : rawObject(bytes, memory.byteLength);
  const engine = await loadEngine(request.engine);
  const run = (half: string) => runHalf(engine, object, half, memory, request.isDebug);
  return (BigInt(await run(HIGH)) << 32n) | BigInt(await run(LOW));
}

async function runHalf(
  engine: Engine,
  object: ObjectSpec,
  half: string,
  memory: Uint8Array,
  isDebug: boolean,
): Promise<number> {
  const session = engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, ...(await fileFor(engine, object)) });
  try {
    return resultOf(session.run(half, [frameWith(memory)])[0]!, isDebug);
  } finally {
    session.close();
  }
}

/** Linux loads files. */
async function fileFor(engine: Engine, object: ObjectSpec): Promise<{ readonly objectBytes?: Uint8Array }> {
  if (engine.name !== 'kernel') return {};
  const { writeObjectFile } = await import('../report/conformance/object-file.js');
  return { objectBytes: writeObjectFile(object) };
}

function resultOf({ returnValue, fault }: Result, isDebug: boolean): number {
  if (fault === undefined) return returnValue;
  const registers = fault.registers.map((value, register) => `r${register}=0x${value.toString(16)}`).join(' ');
  const state = isDebug ? `: ${registers}` : '';
  throw new InputError('trap', `${fault.kind}: ${fault.message} at instruction ${fault.slot}${state}`);
}

/** The memory is the end of the frame: reading behind it stops a program. A frame is no shorter than an Ethernet header. */
function frameWith(memory: Uint8Array): Packet {
  const padding = paddingBytes(memory.byteLength);
  const bytes = new Uint8Array(padding + memory.byteLength);
  bytes.set(memory, padding);
  return { bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };
}

/** Atomic operations need the memory aligned, so it is a multiple of 8. */
function paddingBytes(memoryBytes: number): number {
  return memoryBytes < FRAME.MIN_LENGTH_BYTES ? 16 : 0;
}

/** @throws InputError `bpf-instruction` for the first instruction that is none */
function rawObject(code: Uint8Array, memoryBytes: number): ObjectSpec {
  const [first] = decodeSlots(code).findings;
  if (code.byteLength === 0) throw new InputError('bpf-instruction', 'the program is empty');
  if (first !== undefined) throw new InputError('bpf-instruction', `insn ${first.slot}: ${first.message}`);
  return objectOf([LOW, HIGH].map(half => codeOf(half, joined(prologue(memoryBytes, endingOf(half)), code))));
}

function endingOf(half: string): string {
  return half === HIGH ? 'r0 >>= 32;' : '';
}

/** Calls what stands behind it with address and length of the memory; the check is for Linux, which wants to see it. */
function prologue(memoryBytes: number, ending: string): Uint8Array {
  if (memoryBytes === 0) return assembleToBytes(`r1 = 0; r2 = 0; call body; ${ending} exit; body:`);
  const padding = paddingBytes(memoryBytes);
  const setUp = [
    'r2 = *(u32 *)(r1 +4); r1 = *(u32 *)(r1 +0)',
    `r3 = r1; r3 += ${padding + memoryBytes}; if r3 > r2 goto out`,
    `r1 += ${padding}; r2 = ${memoryBytes}; r3 = 0`,
  ].join(';');
  return assembleToBytes(`${setUp}; call body; ${ending} exit; out: r0 = 0; exit; body:`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.byteLength + second.byteLength);
  bytes.set(first);
  bytes.set(second, first.byteLength);
  return bytes;
}

/** The first program of a file, whatever its section is called, with the maps that it uses. */
async function elfObject(bytes: Uint8Array, memoryBytes: number): Promise<ObjectSpec> {
  const { loadObject } = await import('../object/load.js');
  const object = loadObject(bytes, { fileName: 'program', lenient: true });
  const [program] = object.programs;
  if (program === undefined) return rawObject(await textOf(bytes), memoryBytes);
  return { ...object, programs: [LOW, HIGH].map(half => calledProgram(program, half, memoryBytes)) };
}

/** The code of a file that has nothing but `.text`. */
async function textOf(bytes: Uint8Array): Promise<Uint8Array> {
  const { parseElf } = await import('../elf/parse.js');
  const text = parseElf(bytes, 'program').sections.find(({ name }) => name === '.text');
  if (text === undefined) throw new InputError('elf-program', 'no program in the file');
  return text.data;
}

function calledProgram(program: ProgramSpec, half: string, memoryBytes: number): ProgramSpec {
  const start = prologue(memoryBytes, endingOf(half));
  const slots = start.byteLength / SLOT_BYTES;
  const references = new Map<number, Reference>();
  for (const [slot, reference] of program.references) {
    const isFunction = reference.kind === 'function';
    references.set(slot + slots, isFunction ? { ...reference, slot: reference.slot + slots } : reference);
  }
  return { ...codeOf(half, joined(start, program.code)), references };
}
