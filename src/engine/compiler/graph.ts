// The control-flow graph of one function: basic blocks in reverse postorder, and what dominates what.
import type { Instruction } from '../../isa/instruction.js';
import { assert } from '../../support/errors.js';

/** How a block ends. `next` falls into another block; `trap` cannot be run; `branch` and `mayGoto` have successors [taken, next]. */
export type Ending = 'next' | 'jump' | 'branch' | 'mayGoto' | 'exit' | 'trap';

/** Instructions that run one after the other. */
export interface Block {
  /** Place in reverse postorder; 0 is the entry. */
  readonly index: number;
  /** First slot. */
  readonly start: number;
  /** Slot of the last instruction; of a `trap` ending, the slot that stops. */
  readonly last: number;
  readonly ending: Ending;
  /** Indexes of successors. */
  readonly successors: readonly number[];
  /** Instructions, the ending one included. */
  readonly instructionCount: number;
}

/** A function as a graph. */
export interface Graph {
  /** In reverse postorder, entry first. */
  readonly blocks: readonly Block[];
  /** By block: the closest other block on all ways to it; of the entry, itself. */
  readonly dominator: Int32Array;
  /** By block: how many edges come from blocks earlier in the order. */
  readonly forwardEdges: Int32Array;
  /** By block: 1 where an edge from itself or from a later block comes in. */
  readonly isLoop: Uint8Array;
  /** Whether every cycle is entered through one block only. */
  readonly isReducible: boolean;
}

/** Slots from one instruction to the next. */
export function slotsOf(instruction: Instruction): number {
  return instruction.kind === 'loadImmediate64' ? 2 : 1;
}

/**
 * The function that starts at `entry`: whatever jumps lead to. Control that leaves the program goes to a block at the slot behind its end.
 * @param instructions by slot; undefined where nothing can be run
 */
export function buildGraph(instructions: readonly (Instruction | undefined)[], entry: number): Graph {
  const raw = cutBlocks(instructions, entry);
  const order = reversePostorder(raw);
  const place = new Map(order.map((start, index) => [start, index]));
  const blocks = order.map((start, index): Block => {
    const { last, ending, targets, instructionCount } = raw.get(start)!;
    return { index, start, last, ending, successors: targets.map(target => place.get(target)!), instructionCount };
  });
  return analyse(blocks);
}

interface RawBlock {
  readonly last: number;
  readonly ending: Ending;
  readonly targets: readonly number[];
  readonly instructionCount: number;
}

function cutBlocks(instructions: readonly (Instruction | undefined)[], entry: number): Map<number, RawBlock> {
  const leaders = findLeaders(instructions, entry);
  const blocks = new Map<number, RawBlock>();
  for (const start of leaders) blocks.set(start, cutBlock(instructions, leaders, start));
  return blocks;
}

function findLeaders(instructions: readonly (Instruction | undefined)[], entry: number): Set<number> {
  const leaders = new Set([entry]);
  const isSeen = new Uint8Array(instructions.length + 1);
  const pending = [entry];
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    while (isSeen[slot] === 0) {
      isSeen[slot] = 1;
      const instruction = instructions[slot];
      if (instruction === undefined || instruction.kind === 'exit') break;
      const targets = targetsOf(instructions, slot, instruction);
      if (targets !== undefined) {
        for (const target of targets) {
          leaders.add(target);
          pending.push(target);
        }
        break;
      }
      slot = within(instructions, slot + slotsOf(instruction));
    }
  }
  return leaders;
}

/** Where a jump or branch leads, taken first; undefined for other instructions. */
function targetsOf(
  instructions: readonly (Instruction | undefined)[],
  slot: number,
  instruction: Instruction,
): readonly number[] | undefined {
  switch (instruction.kind) {
    case 'jump':
      return [within(instructions, slot + 1 + instruction.offset)];
    case 'branch':
    case 'mayGoto':
      return [within(instructions, slot + 1 + instruction.offset), within(instructions, slot + 1)];
    default:
      return undefined;
  }
}

function within({ length }: readonly unknown[], slot: number): number {
  return slot >= 0 && slot < length ? slot : length;
}

function cutBlock(
  instructions: readonly (Instruction | undefined)[],
  leaders: ReadonlySet<number>,
  start: number,
): RawBlock {
  let slot = start;
  for (let count = 1; ; count++) {
    const instruction = instructions[slot];
    if (instruction === undefined) return { last: slot, ending: 'trap', targets: [], instructionCount: count };
    if (instruction.kind === 'exit') return { last: slot, ending: 'exit', targets: [], instructionCount: count };
    const targets = targetsOf(instructions, slot, instruction);
    if (targets !== undefined) {
      const ending = instruction.kind as 'jump' | 'branch' | 'mayGoto';
      return { last: slot, ending, targets, instructionCount: count };
    }
    const next = within(instructions, slot + slotsOf(instruction));
    if (leaders.has(next)) return { last: slot, ending: 'next', targets: [next], instructionCount: count };
    slot = next;
  }
}

/** Starts of the blocks; of two successors, the one that is fallen into comes first where both could. */
function reversePostorder(blocks: ReadonlyMap<number, RawBlock>): number[] {
  const [entry] = blocks.keys();
  assert(entry !== undefined, 'an entry block');
  const order: number[] = [];
  const visited = new Set([entry]);
  const path = [{ start: entry, next: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const target = blocks.get(top.start)!.targets[top.next++];
    if (target === undefined) {
      order.push(top.start);
      path.pop();
    } else if (!visited.has(target)) {
      visited.add(target);
      path.push({ start: target, next: 0 });
    }
  }
  return order.reverse();
}

function analyse(blocks: readonly Block[]): Graph {
  const forwardEdges = new Int32Array(blocks.length);
  const isLoop = new Uint8Array(blocks.length);
  const dominator = dominators(blocks);
  let isReducible = true;
  for (const { index, successors } of blocks) {
    for (const target of successors) {
      if (target > index) forwardEdges[target]!++;
      else {
        isLoop[target] = 1;
        isReducible &&= dominates(dominator, target, index);
      }
    }
  }
  return { blocks, dominator, forwardEdges, isLoop, isReducible };
}

/** Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm" (2001). */
function dominators(blocks: readonly Block[]): Int32Array {
  const predecessors: number[][] = blocks.map(() => []);
  for (const { index, successors } of blocks) for (const target of successors) predecessors[target]!.push(index);
  const dominator = new Int32Array(blocks.length).fill(-1);
  dominator[0] = 0;
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (let block = 1; block < blocks.length; block++) {
      let common = -1;
      for (const other of predecessors[block]!) {
        if (dominator[other] === -1) continue;
        common = common === -1 ? other : meet(dominator, common, other);
      }
      if (dominator[block] === common) continue;
      dominator[block] = common;
      isChanged = true;
    }
  }
  return dominator;
}

function meet(dominator: Int32Array, a: number, b: number): number {
  let [left, right] = [a, b];
  while (left !== right) {
    while (left > right) left = dominator[left]!;
    while (right > left) right = dominator[right]!;
  }
  return left;
}

/** Whether every way to `block` goes through `candidate`. */
export function dominates(dominator: Int32Array, candidate: number, block: number): boolean {
  let at = block;
  while (at > candidate) at = dominator[at]!;
  return at === candidate;
}
