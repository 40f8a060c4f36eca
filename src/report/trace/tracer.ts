// Turns the moments before instructions into steps: what each instruction changed in registers and memory. Memory is named by what it
// is: context, packet, metadata, stack; other places (map values) by their address.
import type { Step } from '../../engine/observe.js';
import { decodeSlots } from '../../isa/decode.js';
import { disassemble } from '../../isa/disassemble.js';
import type { Instruction } from '../../isa/instruction.js';
import { functionAt, type ProgramSpec, type SourceLine, sourceLineAt } from '../../object/spec.js';
import { helperName } from '../../platform/helper-names.js';
import { toHex } from '../../support/bytes.js';
import { symbolsOf } from '../listing.js';

/** An instruction that ran, and what it did. */
export interface TraceStep {
  readonly program: string;
  readonly function: string;
  /** Call depth; 0 is the main program. */
  readonly depth: number;
  readonly slot: number;
  /** In the notation of the verifier's log. */
  readonly text: string;
  /** The source line, where it is another than that of the step before; else undefined. */
  readonly source: SourceLine | undefined;
  /** Registers that have another value than before, as `r2`, in 16 hexadecimal digits less leading zeros. */
  readonly registers: readonly (readonly [register: string, value: string])[];
  /** Memory that it wrote: place and bytes in memory order. */
  readonly memory: readonly (readonly [place: string, bytes: string])[];
  /** Helper that it called, with the argument registers and what came back; no result where the packet ended there. */
  readonly call: HelperCall | undefined;
}

/** A call of a helper. */
export interface HelperCall {
  readonly helper: string;
  readonly arguments: readonly string[];
  readonly result?: string;
}

const STACK_FRAME_BYTES = 512;
const CONTEXT_BYTES = 24;
const REGISTERS = 11;
const FRAME_POINTER = 10;

interface Decoded {
  readonly instructions: readonly (Instruction | undefined)[];
  readonly symbols: ReturnType<typeof symbolsOf>;
}

/** What is known of an instruction before it has run. */
interface Pending {
  readonly program: ProgramSpec;
  readonly slot: number;
  readonly depth: number;
  readonly instruction: Instruction | undefined;
  readonly registers: Int32Array;
  readonly source: SourceLine | undefined;
}

/** Gives each step to `tell` once the next one begins, the last one at `end`. */
export class Tracer {
  private readonly tell: (step: TraceStep) => void;
  private readonly decoded = new Map<ProgramSpec, Decoded>();
  private pending: Pending | undefined;
  private contextAddress = 0;
  private lastSource: SourceLine | undefined;

  constructor(tell: (step: TraceStep) => void) {
    this.tell = tell;
  }

  /** An instruction is about to run. */
  step(step: Step): void {
    if (this.pending === undefined) this.contextAddress = word(step.registers, 1);
    else this.finish(step);
    const { program, slot, depth } = step;
    const instruction = this.decode(program).instructions[slot];
    const source = sourceLineAt(program, slot);
    const registers = step.registers.slice(0, 2 * REGISTERS);
    this.pending = { program, slot, depth, instruction, registers, source };
  }

  /** The packet is done. */
  end(): void {
    if (this.pending !== undefined) this.finish(undefined);
    this.pending = undefined;
    this.lastSource = undefined;
  }

  private finish(after: Step | undefined): void {
    const { program, slot, depth, instruction, registers, source } = this.pending!;
    const { symbols } = this.decode(program);
    this.tell({
      program: program.name,
      function: functionAt(program, slot)?.name ?? program.name,
      depth,
      slot,
      text: instruction === undefined ? '(cannot be run)' : disassemble(instruction, { symbols, slot }),
      source: isSameLine(source, this.lastSource) ? undefined : source,
      registers: after === undefined || after.depth !== depth ? [] : changes(registers, after.registers),
      memory: after === undefined || instruction === undefined ? [] : this.written(instruction, registers, after),
      call: instruction === undefined ? undefined : callOf(instruction, registers, after),
    });
    this.lastSource = source;
  }

  private decode(program: ProgramSpec): Decoded {
    let known = this.decoded.get(program);
    if (known === undefined) {
      known = { instructions: decodeSlots(program.code).instructions, symbols: symbolsOf(program) };
      this.decoded.set(program, known);
    }
    return known;
  }

  private written(instruction: Instruction, before: Int32Array, after: Step): [string, string][] {
    if (instruction.kind !== 'store' && instruction.kind !== 'atomic' && instruction.kind !== 'storeRelease') return [];
    const address = (word(before, instruction.base) + instruction.offset) >>> 0;
    const bytes = after.read(address, instruction.size);
    return bytes === undefined ? [] : [[this.place(address, before, after), toHex(bytes)]];
  }

  private place(address: number, registers: Int32Array, { read }: Step): string {
    const context = read(this.contextAddress, CONTEXT_BYTES);
    if (context !== undefined) {
      const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
      const [data, end, metadata] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
      if (address >= data && address < end) return `packet+${address - data}`;
      if (address >= metadata && address < data) return `metadata+${address - metadata}`;
      if (address >= this.contextAddress && address < this.contextAddress + CONTEXT_BYTES) {
        return `context+${address - this.contextAddress}`;
      }
    }
    const below = word(registers, FRAME_POINTER) - address;
    return below > 0 && below <= STACK_FRAME_BYTES ? `stack-${below}` : `0x${address.toString(16).padStart(8, '0')}`;
  }
}

function isSameLine(a: SourceLine | undefined, b: SourceLine | undefined): boolean {
  return a?.file === b?.file && a?.line === b?.line;
}

/** The low word of a register, unsigned. */
function word(registers: Int32Array, register: number): number {
  return registers[2 * register]! >>> 0;
}

function changes(before: Int32Array, after: Int32Array): [string, string][] {
  const changed: [string, string][] = [];
  for (let register = 0; register < REGISTERS; register++) {
    const [low, high] = [2 * register, 2 * register + 1];
    if (before[low] === after[low] && before[high] === after[high]) continue;
    changed.push([`r${register}`, registerText(after, register)]);
  }
  return changed;
}

function registerText(registers: Int32Array, register: number): string {
  const value = (BigInt(registers[2 * register + 1]! >>> 0) << 32n) | BigInt(word(registers, register));
  return `0x${value.toString(16)}`;
}

function callOf(instruction: Instruction, registers: Int32Array, after: Step | undefined): HelperCall | undefined {
  if (instruction.kind !== 'call' || instruction.target.kind !== 'helper') return undefined;
  const { id } = instruction.target;
  const name = helperName(id);
  return {
    helper: name === undefined ? `#${id}` : `bpf_${name}`,
    arguments: [1, 2, 3, 4, 5].map(register => registerText(registers, register)),
    ...(after !== undefined && { result: registerText(after.registers, 0) }),
  };
}
