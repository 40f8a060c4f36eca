// Rows of a path on hXDP: what its compiler removes and joins, then list scheduling of each executed block over the lanes.
// Source: Brunella et al., hXDP, OSDI 2020, sections 3 and 4.
import type { Instruction } from '../../isa/instruction.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import type { NicModel } from '../model.js';
import type { CostedPacket, PacketCost } from './cost.js';
import { hxdpOperations, type Operation } from './hxdp-operations.js';
import type { PathStep } from './path.js';
import { scheduleRows } from './schedule.js';

/** Rows that a verdict adds where it leaves through the whole pipeline, which is never shorter than these and `lateExitCycles`. */
const VERDICT_ROWS = 2;
const REDIRECT = 4;
const DROP_OR_PASS: readonly number[] = [0, 1, 2];

/** Cost of one packet on a VLIW processor. */
export function hxdpCost(model: NicModel, path: readonly PathStep[], packet: CostedPacket): PacketCost {
  const { lanes = 1 } = model.engine;
  const operations = hxdpOperations(path);
  const isEarly = endsEarly(path, packet);
  const cyclesFor = (rows: number): number => cyclesOf(model, Math.max(rows, 1), isEarly, packet);
  const free = scheduleRows(
    operations.filter(({ isBarrier }) => !isBarrier),
    Number.POSITIVE_INFINITY,
  );
  const cycles = cyclesFor(rowsOf(piecesOf(operations, 'runs'), lanes));
  const blocks = cyclesFor(rowsOf(piecesOf(operations, 'blocks'), lanes));
  const bracket = [Math.min(cyclesFor(free), cycles), Math.max(cycles, blocks)] as const;
  return { cycles, memories: {}, bracket, missing: missingIn(path) };
}

function rowsOf(pieces: readonly (readonly Operation[])[], lanes: number): number {
  return pieces.reduce((sum, piece) => sum + scheduleRows(piece, lanes), 0);
}

/** An exit with a constant drop right behind it is one row and ends the pipeline early. */
function endsEarly(path: readonly PathStep[], { returnValue, hasEarlyExit = true }: CostedPacket): boolean {
  if (!hasEarlyExit) return false;
  const [verdict, exit] = path.slice(-2);
  return (
    DROP_OR_PASS.includes(returnValue) &&
    exit?.instruction.kind === 'exit' &&
    verdict !== undefined &&
    isConstantVerdict(verdict.instruction)
  );
}

function isConstantVerdict(instruction: Instruction): boolean {
  return (
    instruction.kind === 'alu' &&
    instruction.op === 'mov' &&
    instruction.dst === 0 &&
    instruction.source.kind === 'immediate'
  );
}

/**
 * The frame's words move one a cycle, and the processor starts with the last of them; a frame that is sent leaves while the next one comes in, and
 * that one waits for it. Source: the state machine of entity skb_to_xdp in the published hardware of hXDP.
 */
function cyclesOf(
  { engine }: NicModel,
  rows: number,
  isEarly: boolean,
  { lengthBytes, returnValue }: CostedPacket,
): number {
  const { fixedCycles = 0, lateExitCycles = 0, redirectCycles = 0, frameBusBytesPerCycle } = engine;
  const words = frameBusBytesPerCycle === undefined ? 0 : Math.ceil(lengthBytes / frameBusBytesPerCycle);
  const drain = isEarly ? rows : Math.max(rows + VERDICT_ROWS, VERDICT_ROWS + lateExitCycles);
  const redirect = returnValue === REDIRECT ? redirectCycles : 0;
  return fixedCycles + words + drain + redirect;
}

function missingIn(path: readonly PathStep[]): string[] {
  const hasSums = path.some(({ instruction }) => isHelper(instruction, XDP_HELPERS.csum_diff.id));
  return [
    ...(path.some(({ depth }) => depth > 0) ? ['calls of functions: hXDP inlines them'] : []),
    ...(hasSums ? ['what bpf_csum_diff takes for long sums, which is not published'] : []),
  ];
}

function isHelper(instruction: Instruction, id: number): boolean {
  return instruction.kind === 'call' && instruction.target.kind === 'helper' && instruction.target.id === id;
}

/**
 * Executed operations in pieces that are scheduled apart: runs end where the way of control really divides or meets, so that operations move
 * above branches that are not taken; blocks end at every branch.
 */
function piecesOf(operations: readonly Operation[], kind: 'runs' | 'blocks'): readonly (readonly Operation[])[] {
  const pieces: Operation[][] = [[]];
  for (const operation of operations) {
    if (operation.startsBlock) pieces.push([]);
    if (!operation.isBarrier) pieces.at(-1)!.push(operation);
    if (operation.endsBlock || (kind === 'blocks' && operation.isBranch)) pieces.push([]);
  }
  return pieces.filter(piece => piece.length > 0);
}
