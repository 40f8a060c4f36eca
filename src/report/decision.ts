// Which place of a program decided what became of a packet. Compilers merge return statements, so the last line executed says little:
// it is mostly the closing brace. Instead the return value is followed back along the way that the packet went, through copies and
// calls, to the instruction that made it; the decision is the last conditional branch on that way whose other side could have led to
// another value. Branches that every value passes (such as the null check in an inlined counter) are not it.

import { programOfStep, slotOfStep, type Way } from '../engine/observe.js';
import { decodeSlots } from '../isa/decode.js';
import type { Instruction, Operand } from '../isa/instruction.js';
import { functionAt, type ObjectSpec, type ProgramSpec, type SourceLine, sourceLineAt } from '../object/spec.js';
import { successors } from './flow.js';

/** Where it was decided. */
export interface Decision {
  readonly program: string;
  readonly function: string;
  readonly slot: number;
  /** The return statement where the compiler kept it, else the condition; undefined without line information. */
  readonly source: SourceLine | undefined;
}

/** Finds decisions; ways that it has seen before cost a lookup. */
export class Decisions {
  private readonly programs: readonly ProgramSpec[];
  private readonly decoded = new Map<ProgramSpec, Decoded>();
  private readonly known = new WeakMap<Way, Decision>();

  constructor(object: ObjectSpec) {
    this.programs = object.programs;
  }

  /** The decision on a packet that went this way. */
  of(way: Way): Decision | undefined {
    if (way.steps.length === 0) return undefined;
    const known = this.known.get(way);
    if (known !== undefined) return known;
    const found = new Walk(this, way).find();
    this.known.set(way, found);
    return found;
  }

  /** The program of a step, with what is known about it. */
  program(step: number): Decoded {
    const spec = this.programs[programOfStep(step)]!;
    let decoded = this.decoded.get(spec);
    if (decoded === undefined) {
      decoded = { spec, code: decodeSlots(spec.code).instructions, differences: new Map() };
      this.decoded.set(spec, decoded);
    }
    return decoded;
  }
}

interface Decoded {
  readonly spec: ProgramSpec;
  readonly code: readonly (Instruction | undefined)[];
  /** Answers of `couldDiffer`. */
  readonly differences: Map<string, boolean>;
}

/** Where the followed value lies: a register, a stack slot of the frame, or it has been made already. */
type Location =
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'stack'; readonly offset: number }
  | { readonly kind: 'made' };

const MADE: Location = { kind: 'made' };
const RESULT: Location = { kind: 'register', register: 0 };
const FRAME_POINTER = 10;
/** Offsets in a frame are negative; keys of stack locations are above those of registers. */
const MAX_STACK_OFFSET = 65_536;

/** Backwards along one way. */
class Walk {
  private readonly decisions: Decisions;
  private readonly way: Way;
  private location: Location = RESULT;
  /** The value reached the end through this instruction: whatever avoids it is another outcome. */
  private next: number;
  private depth: number;
  /** Place in the way of the instruction that made the value. */
  private producer: number | undefined;

  constructor(decisions: Decisions, way: Way) {
    this.decisions = decisions;
    this.way = way;
    const last = way.steps.length - 1;
    this.next = slotOfStep(way.steps[last]!);
    this.depth = way.depths[last]!;
  }

  find(): Decision {
    const { steps, depths } = this.way;
    for (let at = steps.length - 1; at >= 0; at--) {
      const depth = depths[at]!;
      if (depth > this.depth && !this.descends(at)) continue;
      if (depth < this.depth) this.leaveFunction(at);
      if (this.isDeciding(at)) return this.decision(at);
      this.follow(at);
    }
    return this.decision(this.producer ?? steps.length - 1);
  }

  private instruction(at: number): Instruction | undefined {
    const step = this.way.steps[at]!;
    return this.decisions.program(step).code[slotOfStep(step)];
  }

  /** The value came out of a function that was called: go on in there. */
  private descends(at: number): boolean {
    const isReturn = this.instruction(at)?.kind === 'exit' && this.way.depths[at] === this.depth + 1;
    if (!isReturn || this.location.kind !== 'register' || this.location.register !== 0) return false;
    this.depth++;
    this.next = slotOfStep(this.way.steps[at]!);
    return true;
  }

  /** Back at the call. What was an argument is one still. */
  private leaveFunction(at: number): void {
    this.depth = this.way.depths[at]!;
    this.next = slotOfStep(this.way.steps[at]!);
    if (this.location.kind === 'stack') this.location = MADE;
  }

  private isDeciding(at: number): boolean {
    const instruction = this.instruction(at);
    if (instruction?.kind !== 'branch' && instruction?.kind !== 'mayGoto') return false;
    const { steps } = this.way;
    const slot = slotOfStep(steps[at]!);
    const followed = at + 1 < steps.length ? slotOfStep(steps[at + 1]!) : slot + 1;
    const target = slot + 1 + instruction.offset;
    const other = followed === slot + 1 ? target : slot + 1;
    return this.couldDiffer(this.decisions.program(steps[at]!), other);
  }

  private couldDiffer({ code, differences }: Decoded, start: number): boolean {
    const key = `${start} ${this.next} ${locationKey(this.location)}`;
    let answer = differences.get(key);
    if (answer === undefined) {
      answer = this.searchDifference(code, start);
      differences.set(key, answer);
    }
    return answer;
  }

  /** Whether some way from `start` ends without passing `next`, or writes the value's location before. */
  private searchDifference(code: readonly (Instruction | undefined)[], start: number): boolean {
    const isSeen = new Set<number>();
    const pending = [start];
    for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
      if (slot === this.next || isSeen.has(slot)) continue;
      isSeen.add(slot);
      const instruction = code[slot];
      if (instruction === undefined || instruction.kind === 'exit') return true;
      if (writes(instruction, this.location)) return true;
      pending.push(...successors(instruction, slot));
    }
    return false;
  }

  /** Goes past one instruction: where it wrote the value, to where it took it from. */
  private follow(at: number): void {
    const instruction = this.instruction(at);
    if (instruction === undefined || this.location === MADE || !writes(instruction, this.location)) return;
    const slot = slotOfStep(this.way.steps[at]!);
    if (isLocalCall(instruction)) return;
    this.next = slot;
    const source = copySource(instruction, this.location);
    if (source === undefined) {
      this.producer = at;
      this.location = MADE;
    } else this.location = source;
  }

  private decision(at: number): Decision {
    const line = this.returnLine() ?? this.line(at);
    const step = this.way.steps[at]!;
    const { spec } = this.decisions.program(step);
    const slot = slotOfStep(step);
    return { program: spec.name, function: functionAt(spec, slot)?.name ?? spec.name, slot, source: line };
  }

  /** The line of the instruction that made the value, where that is a return statement of its own. */
  private returnLine(): SourceLine | undefined {
    if (this.producer === undefined) return undefined;
    const step = this.way.steps[this.producer]!;
    const line = this.line(this.producer);
    return line?.slot === slotOfStep(step) && /\breturn\b/.test(line.text) ? line : undefined;
  }

  private line(at: number): SourceLine | undefined {
    const step = this.way.steps[at]!;
    return sourceLineAt(this.decisions.program(step).spec, slotOfStep(step));
  }
}

function locationKey(location: Location): number {
  if (location.kind === 'made') return -1;
  return location.kind === 'register' ? location.register : location.offset + MAX_STACK_OFFSET;
}

function isLocalCall(instruction: Instruction): boolean {
  return instruction.kind === 'call' && instruction.target.kind === 'function';
}

/** Whether an instruction changes what lies there. Calls destroy r0 to r5. */
function writes(instruction: Instruction, location: Location): boolean {
  if (location.kind === 'made') return false;
  if (location.kind === 'stack') {
    return instruction.kind === 'store' && instruction.base === FRAME_POINTER && instruction.offset === location.offset;
  }
  switch (instruction.kind) {
    case 'call':
      return location.register <= 5;
    case 'packetLoad':
      return location.register === 0;
    case 'atomic':
      return instruction.fetch && (instruction.op === 'cmpxchg' ? 0 : instruction.src) === location.register;
    default:
      return 'dst' in instruction && instruction.kind !== 'branch' && instruction.dst === location.register;
  }
}

/** Where an instruction that copies or changes a value took it from; undefined where it made it. */
function copySource(instruction: Instruction, location: Location): Location | undefined {
  switch (instruction.kind) {
    case 'alu':
      return instruction.op === 'mov' ? operandLocation(instruction.source) : location;
    case 'neg':
    case 'byteswap':
      return location;
    case 'movsx':
      return { kind: 'register', register: instruction.src };
    case 'store':
      return location.kind === 'stack' ? operandLocation(instruction.source) : undefined;
    case 'load':
      return instruction.base === FRAME_POINTER ? { kind: 'stack', offset: instruction.offset } : undefined;
    default:
      return undefined;
  }
}

function operandLocation(operand: Operand): Location | undefined {
  return operand.kind === 'register' ? { kind: 'register', register: operand.register } : undefined;
}
