// What hXDP's compiler makes of a path before it schedules: bounds checks and what feeds them go, zeroing goes, a move and the operation behind it
// become one, copies of six bytes too. Source: hXDP, OSDI 2020, section 3.
import type { Instruction } from '../../isa/instruction.js';
import { pointersIn } from '../offload/pointers.js';
import { isBoundsCheck, memoryOf, type PathStep, registerUse } from './path.js';
import type { Schedulable } from './schedule.js';

/** One operation of a lane. */
export interface Operation extends Schedulable {
  readonly startsBlock: boolean;
  readonly endsBlock: boolean;
  /** It takes no lane: an unconditional jump, whose target can be laid out behind it. */
  readonly isBarrier: boolean;
}

/** The operations that remain of a path, in order; `needs` counts in places of the path. */
export function hxdpOperations(path: readonly PathStep[]): readonly Operation[] {
  const graph = dependencies(path);
  const isKept = keptSteps(path, graph);
  const joined = joinedSteps(path, graph, isKept);
  const operations: Operation[] = [];
  let startsBlock = false;
  path.forEach((step, place) => {
    startsBlock ||= step.isTarget;
    const isJump = step.instruction.kind === 'jump';
    if (!(isKept[place] || isJump) || joined.has(place)) return;
    operations.push({
      place,
      needs: needsThrough(graph[place]!, graph, isKept, joined),
      inRow: step.instruction.kind === 'call' ? argumentsOf(place, path, graph, isKept, joined) : [],
      isCall: step.instruction.kind === 'call',
      isBranch: step.instruction.kind === 'branch' || step.instruction.kind === 'exit',
      hasEffect: EFFECTS.includes(step.instruction.kind),
      startsBlock,
      endsBlock: isJump || step.isTaken,
      isBarrier: isJump,
    });
    startsBlock = false;
  });
  return operations;
}

/** What may not move above a branch. */
const EFFECTS: readonly string[] = ['store', 'storeRelease', 'atomic', 'call'];

/** For each step, the steps whose results it uses, by register and by memory. */
function dependencies(path: readonly PathStep[]): readonly (readonly number[])[] {
  const writers: (number | undefined)[] = [];
  const memory = new MemoryOrder();
  let lastCall: number | undefined;
  return path.map((step, place) => {
    const { instruction } = step;
    const { reads, writes } = registerUse(instruction);
    const needs = reads.map(register => writers[register]).filter(writer => writer !== undefined);
    if (instruction.kind === 'call') {
      needs.push(...memory.callNeeds(step));
      if (changesFrame(instruction)) {
        if (lastCall !== undefined) needs.push(lastCall);
        memory.frameChanged(place);
      }
      lastCall = place;
    }
    if ('base' in instruction) needs.push(...memory.accessNeeds(step, place, writers[instruction.base]));
    for (const register of writes) writers[register] = place;
    return [...new Set(needs)];
  });
}

/** A store, and where: the base register with the step that wrote it, so that equal bases have equal addresses. */
interface Store {
  readonly place: number;
  readonly kind: string;
  readonly base: string;
  readonly from: number;
  readonly to: number;
}

/** Which accesses have to wait for which stores and calls. */
class MemoryOrder {
  private readonly stores: Store[] = [];
  private lastFrameChange: number | undefined;

  /** A helper has moved an end of the frame: whoever asks where it lies, asks after that. */
  frameChanged(place: number): void {
    this.lastFrameChange = place;
  }

  /** Stores to the memory that a call is given: its keys and values on the stack, and the frame where it gets a pointer into it. */
  callNeeds({ instruction, slot, prepared }: PathStep): readonly number[] {
    const given = registerUse(instruction).reads.flatMap(register =>
      pointersIn(prepared.ranges.valuesAt(slot, register)).map(({ to }) => to as string),
    );
    return this.stores.filter(({ kind }) => given.includes(kind)).map(({ place }) => place);
  }

  /** What a load, store or atomic operation waits for; notes the latter two. */
  accessNeeds(step: PathStep, place: number, baseWriter: number | undefined): readonly number[] {
    const { instruction } = step;
    if (!('base' in instruction)) return [];
    const kind = memoryOf(step) ?? 'other';
    const from = instruction.offset;
    const access = { place, kind, base: `${instruction.base} ${baseWriter}`, from, to: from + instruction.size };
    const isLoad = instruction.kind === 'load' || instruction.kind === 'loadAcquire';
    const needs = isLoad || instruction.kind === 'atomic' ? this.overlapping(access) : [];
    if (kind === 'context' && this.lastFrameChange !== undefined) needs.push(this.lastFrameChange);
    if (!isLoad) this.stores.push(access);
    return needs;
  }

  private overlapping({ kind, base, from, to }: Store): number[] {
    const meets = (store: Store) =>
      store.kind === kind && (store.base !== base || (store.from < to && from < store.to));
    return this.stores.filter(meets).map(({ place }) => place);
  }
}

/** bpf_xdp_adjust_head, _meta, _tail. */
function changesFrame(instruction: Instruction): boolean {
  return (
    instruction.kind === 'call' && instruction.target.kind === 'helper' && [44, 54, 65].includes(instruction.target.id)
  );
}

/** Steps that are not removed: those with an effect, and what these use. */
function keptSteps(path: readonly PathStep[], graph: readonly (readonly number[])[]): boolean[] {
  const isKept = path.map(hasEffect);
  for (let place = path.length - 1; place >= 0; place--) {
    if (!isKept[place]) continue;
    for (const need of graph[place]!) {
      isKept[need] = !isZeroing(path[need]!.instruction) || path[place]!.instruction.kind === 'exit' || isKept[need]!;
    }
  }
  return isKept;
}

function hasEffect(step: PathStep): boolean {
  const { instruction } = step;
  switch (instruction.kind) {
    case 'branch':
      return !isBoundsCheck(step);
    case 'store':
      return !(memoryOf(step) === 'stack' && isZero(instruction));
    case 'call':
    case 'exit':
    case 'atomic':
    case 'storeRelease':
      return true;
    default:
      return false;
  }
}

/** Stack and registers are zero when a program starts. */
function isZeroing(instruction: Instruction): boolean {
  return instruction.kind === 'alu' && instruction.op === 'mov' && isZero(instruction);
}

function isZero({ source }: Extract<Instruction, { kind: 'alu' | 'store' }>): boolean {
  return source.kind === 'immediate' && source.value === 0;
}

/** Steps that become part of another: a move whose only use is the arithmetic behind it, and an immediate verdict with its exit. */
function joinedSteps(
  path: readonly PathStep[],
  graph: readonly (readonly number[])[],
  isKept: readonly boolean[],
): ReadonlySet<number> {
  const joined = new Set<number>();
  path.forEach(({ instruction }, place) => {
    if (!isKept[place]) return;
    const last = graph[place]!.find(need => isKept[need] && joinsWith(path[need]!.instruction, instruction));
    if (last !== undefined && usersOf(last, graph, isKept) === 1) joined.add(last);
    if (isSixBytes(path, place)) joined.add(place);
  });
  return joined;
}

function joinsWith(first: Instruction, second: Instruction): boolean {
  if (first.kind !== 'alu' || first.op !== 'mov') return false;
  if (second.kind === 'exit') return first.source.kind === 'immediate' && first.dst === 0;
  return second.kind === 'alu' && second.op !== 'mov' && second.dst === first.dst;
}

function usersOf(place: number, graph: readonly (readonly number[])[], isKept: readonly boolean[]): number {
  return graph.reduce((sum, needs, user) => sum + (isKept[user] && needs.includes(place) ? 1 : 0), 0);
}

/** The two-byte part of a copy of six bytes: the four-byte part stands before it, at the neighbouring offset. */
function isSixBytes(path: readonly PathStep[], place: number): boolean {
  const { instruction } = path[place]!;
  if ((instruction.kind !== 'load' && instruction.kind !== 'store') || instruction.size !== 2) return false;
  for (let other = Math.max(0, place - 4); other < Math.min(path.length, place + 5); other++) {
    const partner = path[other]!.instruction;
    if (partner.kind !== instruction.kind || !('size' in partner) || partner.size !== 4) continue;
    if (partner.base !== instruction.base) continue;
    if (partner.offset + 4 === instruction.offset) return memoryOf(path[place]!) === 'packet';
  }
  return false;
}

/** What an operation needs, seen through steps that became part of others or were removed. */
function needsThrough(
  needs: readonly number[],
  graph: readonly (readonly number[])[],
  isKept: readonly boolean[],
  joined: ReadonlySet<number>,
): readonly number[] {
  return needs.flatMap(need => {
    if (!isKept[need]) return [];
    return joined.has(need) ? needsThrough(graph[need]!, graph, isKept, joined) : [need];
  });
}

/**
 * Where the arguments of a call are made; not what it reads from memory. In the published programs of hXDP a call stands in one row with what sets
 * its arguments: SPH_roms of its artifacts.
 */
function argumentsOf(
  call: number,
  path: readonly PathStep[],
  graph: readonly (readonly number[])[],
  isKept: readonly boolean[],
  joined: ReadonlySet<number>,
): readonly number[] {
  const registers = graph[call]!.filter(need => registerUse(path[need]!.instruction).writes.length > 0);
  return needsThrough(registers, graph, isKept, joined).filter(need => !EFFECTS.includes(path[need]!.instruction.kind));
}
