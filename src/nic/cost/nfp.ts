// Core cycles of a path on the NFP: the driver's instructions for each BPF instruction, branch costs, and waits for memory.
// Sources: Linux 6.12, drivers/net/ethernet/netronome/nfp/bpf/jit.c; Krude et al., CoNEXT 2021.
import type { Instruction } from '../../isa/instruction.js';
import type { NicModel } from '../model.js';
import { nativeInstructions } from '../offload/length.js';
import type { PacketCost } from './cost.js';
import { memoryOf, type PathStep, registerUse } from './path.js';

/** Bytes that one packet read brings along. Source: nfp_bpf_opt_pkt_cache of the driver. */
const PACKET_CACHE_BYTES = 64;

/** Map helpers: lookup, update, delete. */
const MAP_HELPERS: readonly number[] = [1, 2, 3];

/** Cost of one packet on a card that runs programs on its flow processors. */
export function nfpCost(model: NicModel, path: readonly PathStep[]): PacketCost {
  const walk = new Walk(model);
  path.forEach((step, at) => walk.step(step, path, at));
  return walk.result();
}

class Walk {
  private readonly model: NicModel;
  private cycles = 0;
  /** When the last memory command was given, in cycles from the start of the program. */
  private lastCommand = Number.NEGATIVE_INFINITY;
  private readonly dram = { reads: 0, adds: 0 };
  private readonly missing = new Set<string>();
  /** What consecutive packet loads read from: pointer register and the offsets that the read covers. */
  private cache: { readonly base: number; lowest: number; highest: number } | undefined;

  constructor(model: NicModel) {
    this.model = model;
  }

  step(step: PathStep, path: readonly PathStep[], at: number): void {
    const { instruction, slot, prepared } = step;
    if (step.isTarget) this.cache = undefined;
    let native = nativeInstructions(instruction, slot, this.model.expansion, prepared.ranges);
    if (mayZeroExtend(instruction, step) && !isUpperHalfRead(path, at))
      native -= this.model.expansion.zeroExtension ?? 0;
    this.execute(step, native);
    const written = registerUse(instruction).writes;
    if (this.cache !== undefined && written.includes(this.cache.base)) this.cache = undefined;
  }

  result(): PacketCost {
    const { overheadCycles = 0 } = this.model.engine;
    const { prologue = 0 } = this.model.expansion;
    return {
      cycles: overheadCycles + prologue + this.cycles,
      memories: { dram: this.dram },
      missing: [...this.missing],
    };
  }

  private execute(step: PathStep, native: number): void {
    const { branchTaken = 1, jump = 1 } = this.model.cycles;
    const { instruction } = step;
    switch (instruction.kind) {
      case 'branch':
        this.cycles += branchCycles(step, native, branchTaken);
        return;
      case 'jump':
      case 'exit':
        this.cycles += jump;
        return;
      case 'load':
      case 'store':
      case 'atomic':
        this.access(step, instruction, native);
        return;
      case 'call':
        this.call(instruction, native);
        return;
      default:
        this.cycles += native;
    }
  }

  private access(
    step: PathStep,
    instruction: Extract<Instruction, { kind: 'load' | 'store' | 'atomic' }>,
    native: number,
  ): void {
    const target = memoryOf(step);
    if (instruction.kind === 'load' && target === 'packet') return this.packetLoad(instruction, native);
    if (instruction.kind === 'load' || target === 'packet') this.cache = undefined;
    if (target === 'mapValue') return this.mapAccess(instruction.kind, native);
    if (target === 'packet') return this.packetStore(native);
    this.cycles += native;
  }

  /** The words are moved to the transfer registers, then a command writes them, and is waited for. */
  private packetStore(native: number): void {
    this.cycles += native - 1;
    this.wait(this.model.memory.ctm?.minimumGapCycles ?? 0);
  }

  private packetLoad(load: Extract<Instruction, { kind: 'load' }>, native: number): void {
    const end = load.offset + load.size;
    const { cache } = this;
    if (cache?.base === load.base && isWithin(cache, load.offset, end)) {
      cache.lowest = Math.min(cache.lowest, load.offset);
      cache.highest = Math.max(cache.highest, end);
      this.cycles += native - 1;
      return;
    }
    this.cache = { base: load.base, lowest: load.offset, highest: end };
    this.wait(this.model.memory.ctm?.minimumGapCycles ?? 0);
    this.cycles += native - 1;
  }

  private mapAccess(kind: 'load' | 'store' | 'atomic', native: number): void {
    if (kind === 'load') {
      this.dram.reads++;
      this.wait(this.model.memory.dram?.minimumGapCycles ?? 0);
      this.cycles += native - 1;
      return;
    }
    this.dram.adds++;
    this.cycles += native;
    this.lastCommand = this.cycles;
  }

  /** A command that waits for its answer: not sooner than the gap after the last one. */
  private wait(gapCycles: number): void {
    const { memoryRead = 1 } = this.model.cycles;
    this.cycles += Math.max(memoryRead, gapCycles - (this.cycles - this.lastCommand));
    this.lastCommand = this.cycles;
  }

  private call({ target }: Extract<Instruction, { kind: 'call' }>, native: number): void {
    this.cache = undefined;
    this.cycles += native;
    const isInlined = this.model.maps.types?.join() === 'array';
    if (target.kind === 'helper' && MAP_HELPERS.includes(target.id) && !isInlined) {
      this.dram.reads++;
      this.missing.add('time inside the map routines of the firmware');
    }
  }
}

function isWithin(cache: { readonly lowest: number; readonly highest: number }, start: number, end: number): boolean {
  return Math.max(cache.highest, end) - Math.min(cache.lowest, start) <= PACKET_CACHE_BYTES;
}

/** Comparison and branch; a 64-bit `not equal` is two pairs, of which the first is taken where it is taken at all. */
function branchCycles({ instruction, isTaken }: PathStep, native: number, branchTaken: number): number {
  if (!isTaken) return native;
  const isPair = instruction.kind === 'branch' && instruction.op === 'jne' && native >= 4;
  return (isPair ? native / 2 : native) - 1 + branchTaken;
}

/** Whether the driver would clear the upper half behind this instruction. */
function mayZeroExtend(instruction: Instruction, step: PathStep): boolean {
  if (instruction.kind === 'alu')
    return instruction.width === 32 && instruction.op !== 'div' && instruction.op !== 'mul';
  if (instruction.kind === 'neg') return instruction.width === 32;
  return (
    instruction.kind === 'load' &&
    instruction.size < 8 &&
    ['packet', 'stack', 'mapValue'].includes(memoryOf(step) ?? '')
  );
}

/** Whether the upper half of the register that `path[at]` sets is read before the register is set anew. */
function isUpperHalfRead(path: readonly PathStep[], at: number): boolean {
  const { instruction } = path[at]!;
  if (!('dst' in instruction)) return false;
  const { dst } = instruction;
  for (let next = at + 1; next < path.length; next++) {
    const use = registerUse(path[next]!.instruction);
    if (use.wide.includes(dst)) return true;
    if (use.writes.includes(dst)) return false;
  }
  return false;
}
