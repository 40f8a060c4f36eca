// Watches a filter handle one input: what its branches compared, and which map keys it looked for. That tells which bytes to change.
import type { Step } from '../../engine/observe.js';
import { decodeSlots } from '../../isa/decode.js';
import type { Instruction } from '../../isa/instruction.js';
import type { ProgramSpec } from '../../object/spec.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { Execution, type FuzzInput, type FuzzTarget } from './input.js';

/** Two values that a branch compared. */
export interface Comparison {
  readonly programIndex: number;
  readonly slot: number;
  readonly left: bigint;
  readonly right: bigint;
  /** `jset` asks for common bits. */
  readonly isMask: boolean;
}

/** What was seen. */
export interface Watched {
  readonly comparisons: readonly Comparison[];
  /** The bytes where keys began that helpers were given; longer than the keys. */
  readonly keys: readonly Uint8Array[];
}

const MAX_COMPARISONS = 2000;
const MAX_KEYS = 16;
const KEY_BYTES = 64;
/** Helpers whose second argument is a key: bpf_map_lookup_elem, bpf_map_update_elem, bpf_map_delete_elem. */
const KEY_HELPERS: readonly number[] = [
  XDP_HELPERS.map_lookup_elem.id,
  XDP_HELPERS.map_update_elem.id,
  XDP_HELPERS.map_delete_elem.id,
];

/** Gives the input to a fresh filter and watches its last packet. */
export function watch(target: FuzzTarget, input: FuzzInput): Watched {
  const watcher = new Watcher(target.object.programs);
  const execution = new Execution(target, { onStep: step => watcher.see(step) });
  input.forEach((operation, at) => {
    watcher.isWatching = at === input.length - 1;
    execution.apply(operation);
  });
  execution.close();
  return watcher;
}

class Watcher implements Watched {
  isWatching = false;
  readonly comparisons: Comparison[] = [];
  readonly keys: Uint8Array[] = [];
  private readonly programs: readonly ProgramSpec[];
  private readonly decoded = new Map<ProgramSpec, readonly (Instruction | undefined)[]>();
  private readonly seen = new Set<string>();

  constructor(programs: readonly ProgramSpec[]) {
    this.programs = programs;
  }

  see(step: Step): void {
    if (!this.isWatching) return;
    const instruction = this.instructions(step.program)[step.slot];
    if (instruction?.kind === 'branch') this.seeBranch(instruction, step);
    else if (instruction?.kind === 'call' && instruction.target.kind === 'helper')
      this.seeHelper(instruction.target.id, step);
  }

  private instructions(program: ProgramSpec): readonly (Instruction | undefined)[] {
    const known = this.decoded.get(program) ?? decodeSlots(program.code).instructions;
    this.decoded.set(program, known);
    return known;
  }

  private seeBranch(branch: Extract<Instruction, { kind: 'branch' }>, { program, slot, registers }: Step): void {
    if (this.comparisons.length >= MAX_COMPARISONS) return;
    const value = (register: number) => registerValue(registers, register, branch.width);
    const left = value(branch.dst);
    const right =
      branch.source.kind === 'register'
        ? value(branch.source.register)
        : BigInt.asUintN(branch.width, BigInt(branch.source.value));
    const programIndex = this.programs.indexOf(program);
    const key = `${programIndex} ${slot} ${left} ${right}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.comparisons.push({ programIndex, slot, left, right, isMask: branch.op === 'jset' });
  }

  private seeHelper(id: number, { registers, read }: Step): void {
    if (!KEY_HELPERS.includes(id) || this.keys.length >= MAX_KEYS) return;
    const address = Number(registerValue(registers, 2, 32));
    const bytes = read(address, KEY_BYTES)?.slice();
    if (bytes !== undefined && !this.keys.some(key => key.join() === bytes.join())) this.keys.push(bytes);
  }
}

function registerValue(registers: Int32Array, register: number, width: 32 | 64): bigint {
  const low = BigInt(registers[2 * register]! >>> 0);
  return width === 32 ? low : low | (BigInt(registers[2 * register + 1]! >>> 0) << 32n);
}
