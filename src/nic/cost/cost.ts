// What a packet costs where the program runs: cycles of a core, operations of shared memories; and how it is worked out for each kind of card.
import type { NicModel } from '../model.js';
import { hxdpCost } from './hxdp.js';
import { nfpCost } from './nfp.js';
import type { PathStep } from './path.js';
import { softCpuCost } from './soft-cpu.js';

/** Operations on a memory that all cores share. */
export interface MemoryOperations {
  readonly reads: number;
  readonly adds: number;
}

/** What one packet costs inside the card. */
export interface PacketCost {
  /** Core cycles, everything included. */
  readonly cycles: number;
  /** Operations by memory. */
  readonly memories: Readonly<Record<string, MemoryOperations>>;
  /** Cycles between which the truth should lie, where the way of counting is one of several; absent elsewhere. */
  readonly bracket?: readonly [number, number];
  /** What the card does on the path that no figure of the model covers. */
  readonly missing: readonly string[];
}

/** The facts of the packet beside its path. */
export interface CostedPacket {
  readonly lengthBytes: number;
  /** r0 at the end. */
  readonly returnValue: number;
  /** A card that can end a drop early does; true unless told. */
  readonly hasEarlyExit?: boolean;
}

/** Where the cost of a packet comes from; the compiler's own count can stand here too. */
export interface PathCosts {
  costOf(path: readonly PathStep[], packet: CostedPacket): PacketCost;
}

/**
 * How the card of a model counts; undefined where it runs no programs itself.
 * Sources: A.12 of the nfp driver's translator and Krude et al. for `npu`, hXDP (OSDI 2020) for `vliw`, hBPF for `softcpu`.
 */
export function pathCostsOf(model: NicModel): PathCosts | undefined {
  const { kind } = model.engine;
  if (kind === 'npu') return { costOf: path => nfpCost(model, path) };
  if (kind === 'vliw') return { costOf: (path, packet) => hxdpCost(model, path, packet) };
  if (kind === 'softcpu') return { costOf: path => softCpuCost(model, path) };
  return undefined;
}
