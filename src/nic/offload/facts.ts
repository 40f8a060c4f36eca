// What the rules of all cards want to know of a program, worked out once, when the first of them asks.
import type { Instruction } from '../../isa/instruction.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { type Expansion, nativeLength } from './length.js';
import { pointersIn } from './pointers.js';
import { calleeOf, functionStart, type OffloadProgram } from './program.js';
import type { PointerFact, RangeOracle, Values } from './ranges.js';
import {
  type Call,
  type MemoryAccess,
  operationsOf,
  type Placed,
  type PlacedOperation,
  type Reached,
} from './reached.js';

/** An arithmetic instruction. */
export type Arithmetic = Extract<Instruction, { kind: 'alu' }>;

/** An access and what its base leads to. */
export interface AccessFact extends Placed<MemoryAccess> {
  readonly values: Values;
  readonly pointers: readonly PointerFact[];
}

/** How far a program reaches into a packet. */
export interface PacketReach {
  /** Farthest byte that an access can touch, as the verifier counts it (the index of the last byte). */
  readonly reach: number;
  readonly isKnown: boolean;
}

/** Facts of one program, by what is known of its registers. */
export class ProgramFacts {
  private readonly program: OffloadProgram;
  private readonly reached: Reached;
  private readonly ranges: RangeOracle;
  private readonly lengths = new Map<string, number>();
  private readonly known: Partial<Lazily> = {};

  constructor(program: OffloadProgram, reached: Reached, ranges: RangeOracle) {
    this.program = program;
    this.reached = reached;
    this.ranges = ranges;
  }

  /** Accesses and calls in the order of the program. */
  get steps(): readonly (AccessFact | Placed<Call>)[] {
    this.known.steps ??= [...this.accesses, ...this.reached.calls].sort((a, b) => a.slot - b.slot);
    return this.known.steps;
  }

  /** Accesses with the pointers that they go through. */
  get accesses(): readonly AccessFact[] {
    this.known.accesses ??= this.reached.accesses.map(access => {
      const values = this.ranges.valuesAt(access.slot, access.instruction.base);
      return { ...access, values, pointers: pointersIn(values) };
    });
    return this.known.accesses;
  }

  /** All operations that are reached. */
  get operations(): readonly PlacedOperation[] {
    this.known.operations ??= operationsOf(this.reached.operations, this.program);
    return this.known.operations;
  }

  /** Of those, the ones that not every card with base64 has. */
  get special(): readonly PlacedOperation[] {
    this.known.special ??= operationsOf(
      this.reached.operations.filter(({ instruction }) => !isPlain(instruction)),
      this.program,
    );
    return this.known.special;
  }

  /** Multiplications and divisions. */
  get products(): readonly Placed<Arithmetic>[] {
    this.known.products ??= this.reached.operations.flatMap(({ slot, instruction }) =>
      instruction.kind === 'alu' && PRODUCTS.includes(instruction.op) ? [{ slot, instruction }] : [],
    );
    return this.known.products;
  }

  /** How deep each function's frame is used: by accesses, and by pointers given to helpers. */
  get stackDepths(): ReadonlyMap<number, number> {
    this.known.stackDepths ??= depthsOf(this.accesses, this.reached, this.ranges);
    return this.known.stackDepths;
  }

  /** Functions of which an instruction names R6 to R9 as its destination, the base of a store included: drivers ask for no more. */
  get savers(): ReadonlySet<number> {
    this.known.savers ??= saversOf(this.program);
    return this.known.savers;
  }

  /** Functions that each function calls. */
  get calls(): ReadonlyMap<number, readonly number[]> {
    this.known.calls ??= callGraph(this.program, this.reached);
    return this.known.calls;
  }

  /** How far accesses reach into a packet. */
  get packetReach(): PacketReach {
    this.known.packetReach ??= reachOf(this.accesses);
    return this.known.packetReach;
  }

  /** The card's instructions for the program; models of one family share the figures. */
  lengthBy(expansion: Expansion): number {
    const key = keyOf(expansion);
    const length = this.lengths.get(key) ?? nativeLength(this.reached, expansion, this.ranges);
    this.lengths.set(key, length);
    return length;
  }
}

interface Lazily {
  steps: readonly (AccessFact | Placed<Call>)[];
  accesses: readonly AccessFact[];
  operations: readonly PlacedOperation[];
  special: readonly PlacedOperation[];
  products: readonly Placed<Arithmetic>[];
  stackDepths: ReadonlyMap<number, number>;
  savers: ReadonlySet<number>;
  calls: ReadonlyMap<number, readonly number[]>;
  packetReach: PacketReach;
}

const PRODUCTS: readonly string[] = ['mul', 'div', 'sdiv'];
const PLAIN_KINDS: readonly string[] = ['store', 'branch', 'exit', 'neg'];
const OTHER_GROUPS: readonly string[] = [...PRODUCTS, 'mod', 'smod'];

/** Whether an instruction belongs to base64, and no model names it as lacking. */
function isPlain(instruction: Instruction): boolean {
  if (instruction.kind === 'alu') return !OTHER_GROUPS.includes(instruction.op);
  if (instruction.kind === 'load') return !instruction.isSigned;
  return PLAIN_KINDS.includes(instruction.kind);
}

const KEYS = new WeakMap<Expansion, string>();

function keyOf(expansion: Expansion): string {
  const key = KEYS.get(expansion) ?? JSON.stringify(expansion);
  KEYS.set(expansion, key);
  return key;
}

function depthsOf(
  accesses: readonly AccessFact[],
  { calls }: Reached,
  ranges: RangeOracle,
): ReadonlyMap<number, number> {
  const depths = new Map<number, number>();
  const note = (pointers: readonly PointerFact[], offset: number) => {
    for (const { to, frame, minimum } of pointers) {
      if (to !== 'stack' || frame === undefined || minimum === undefined) continue;
      depths.set(frame, Math.max(depths.get(frame) ?? 0, -(Number(minimum) + offset)));
    }
  };
  for (const { pointers, instruction } of accesses) note(pointers, instruction.offset);
  for (const { slot, instruction } of calls) {
    if (instruction.target.kind === 'function') continue;
    for (const register of [1, 2, 3, 4, 5]) note(pointersIn(ranges.valuesAt(slot, register)), 0);
  }
  return depths;
}

function saversOf({ spec }: OffloadProgram): ReadonlySet<number> {
  const savers = new Set<number>();
  for (const { slot: start, slots } of spec.functions) {
    for (let slot = start; slot < start + slots; slot++) {
      const destination = (spec.code[slot * 8 + 1] ?? 0) & 15;
      if (destination >= 6 && destination <= 9) savers.add(start);
    }
  }
  return savers;
}

function callGraph(program: OffloadProgram, { calls }: Reached): ReadonlyMap<number, readonly number[]> {
  const graph = new Map<number, number[]>();
  for (const { slot } of calls) {
    const callee = calleeOf(program, slot);
    if (callee === undefined) continue;
    const caller = functionStart(program, slot);
    graph.set(caller, [...(graph.get(caller) ?? []), callee]);
  }
  return graph;
}

const { MAX_PACKET_OFFSET } = VERIFIER_LIMIT;

function reachOf(accesses: readonly AccessFact[]): PacketReach {
  let reach = 0;
  let isKnown = true;
  for (const { pointers, instruction } of accesses) {
    for (const { to, maximum } of pointers) {
      if (to !== 'packet') continue;
      if (maximum === undefined) isKnown = false;
      const most = maximum === undefined ? MAX_PACKET_OFFSET : Number(maximum);
      reach = Math.max(reach, Math.min(most, MAX_PACKET_OFFSET) + instruction.offset + instruction.size - 1);
    }
  }
  return { reach, isKnown };
}
