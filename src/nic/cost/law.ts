// The throughput law: frames per second are the least of what wire, MAC, cores, memories, PCIe and host can do. Krude et al., CoNEXT 2021.
import type { NicModel } from '../model.js';
import type { MemoryOperations, PacketCost } from './cost.js';
import { type HostFrame, type HostSetup, hostNanos } from './host.js';

/** One upper bound. */
export interface Limit {
  /** `wire`, `MAC`, `cores`, `dram reads`, `PCIe`, `transmit` or `host`. */
  readonly name: string;
  readonly packetsPerSecond: number;
}

/** A prediction: all limits, the least first. */
export interface Prediction {
  readonly packetsPerSecond: number;
  readonly binding: Limit;
  readonly limits: readonly Limit[];
}

/** What the law is asked about: one kind of packet, or the mean of several. */
export interface Load {
  readonly frameLengthBytes: number;
  /** Inside the card, where it runs the program. */
  readonly cost?: PacketCost | undefined;
  /** On the host, where that runs it. */
  readonly host?: { readonly frame: HostFrame; readonly setup: HostSetup } | undefined;
  /** Cores of the card; all unless given. */
  readonly cores?: number | undefined;
}

/** Predicts the throughput of a load; undefined where the model states no limit at all. */
export function predict(model: NicModel, load: Load): Prediction | undefined {
  const limits = [...wireLimits(model, load), ...cardLimits(model, load), ...hostLimits(model, load)];
  const sorted = limits.toSorted((a, b) => a.packetsPerSecond - b.packetsPerSecond);
  const [binding] = sorted;
  return binding === undefined ? undefined : { packetsPerSecond: binding.packetsPerSecond, binding, limits: sorted };
}

/** Frames per second of a port at line rate; undefined where the model has no wire. */
export function lineRatePps(model: NicModel, frameLengthBytes: number): number | undefined {
  const { speedGbps } = model.link;
  return speedGbps === undefined ? undefined : (speedGbps * 1e9) / (8 * wireBytes(model, frameLengthBytes));
}

/** Bytes that a frame takes on the wire, with check sequence, preamble and gap. */
export function wireBytes({ link }: NicModel, frameLengthBytes: number): number {
  const { preambleAndGapBytes = 0, frameCheckBytes = 0 } = link;
  return Math.max(MIN_WIRE_FRAME_BYTES, frameLengthBytes + frameCheckBytes) + preambleAndGapBytes;
}

/** IEEE 802.3: shortest frame with its check sequence. */
export const MIN_WIRE_FRAME_BYTES = 64;

function wireLimits(model: NicModel, { frameLengthBytes }: Load): Limit[] {
  const line = lineRatePps(model, frameLengthBytes);
  return [...limit('wire', line), ...limit('MAC', model.mac.capPps)];
}

function cardLimits({ engine, memory }: NicModel, { cost, cores = engine.cores }: Load): Limit[] {
  if (cost === undefined || engine.clockHz === undefined || cores === undefined) return [];
  const memories = Object.entries(cost.memories).flatMap(([name, operations]) =>
    limit(name, perPacket(memorySeconds(memory[name], operations))),
  );
  return [...limit('cores', (cores * engine.clockHz) / cost.cycles), ...memories];
}

/** Seconds for which one packet keeps a memory busy. */
export function memorySeconds(
  memory: { readonly readsPerSecond?: number; readonly atomicAddsPerSecond?: number } | undefined,
  { reads, adds }: MemoryOperations,
): number {
  const { readsPerSecond = Number.POSITIVE_INFINITY, atomicAddsPerSecond = Number.POSITIVE_INFINITY } = memory ?? {};
  return reads / readsPerSecond + adds / atomicAddsPerSecond;
}

function perPacket(seconds: number): number | undefined {
  return seconds > 0 ? 1 / seconds : undefined;
}

/** Frames per second that get to host memory. */
export function pcieCap({ pcie }: NicModel, isCompressed = false): number | undefined {
  return isCompressed ? (pcie.compressedCapPps ?? pcie.capPps) : pcie.capPps;
}

function hostLimits(model: NicModel, { host }: Load): Limit[] {
  if (host === undefined) return [];
  const nanos = hostNanos(model, host.setup, host.frame);
  const isSent = host.frame.action >= 3;
  return [
    ...limit('PCIe', pcieCap(model, host.setup.isCompressed)),
    ...(isSent ? limit('transmit', model.host.transmitCapPps) : []),
    ...limit('host', nanos === undefined ? undefined : (host.setup.cores * 1e9) / nanos),
  ];
}

function limit(name: string, packetsPerSecond: number | undefined): Limit[] {
  return packetsPerSecond === undefined ? [] : [{ name, packetsPerSecond }];
}
