// The throughput of a program on the packets of a capture: the cost of every way that packets go, and the law on their mean.
import type { Result } from '../../engine/engine.js';
import type { Way } from '../../engine/observe.js';
import type { ObjectSpec } from '../../object/spec.js';
import { sourceLineAt } from '../../object/spec.js';
import { actionName } from '../../platform/actions.js';
import type { NicModel } from '../model.js';
import { type MemoryOperations, type PacketCost, pathCostsOf } from './cost.js';
import { type HostFrame, type HostSetup, hostFrameOf, hostNanos, untimedHelpers } from './host.js';
import { type Limit, lineRatePps, memorySeconds, pcieCap, wireBytes } from './law.js';
import { PathReader, type PathStep } from './path.js';

/** One way through the program, and how many packets went it. */
export interface PathReport {
  readonly packets: number;
  readonly action: string;
  readonly instructions: number;
  /** Of a core of the card; null where the host runs the program. */
  readonly cycles: number | null;
  /** On a core of the host; null where the card runs the program. */
  readonly nanos: number | null;
  readonly bracketCycles: readonly [number, number] | null;
  readonly memories: Readonly<Record<string, MemoryOperations>>;
  /** Last place of the source on the way, `file:line`; null without BTF. */
  readonly end: string | null;
}

/** What is predicted for a capture. */
export interface CapturePrediction {
  readonly packets: number;
  readonly meanFrameLengthBytes: number;
  readonly limits: readonly Limit[];
  readonly paths: readonly PathReport[];
  /** What no figure of the model covers. */
  readonly missing: readonly string[];
  /** What the card is known to do at this rate where senders do not pace their frames. */
  readonly unpaced: string | null;
}

/** Gathers the ways of packets. */
export class PathCollector {
  private readonly model: NicModel;
  private readonly setup: HostSetup;
  private readonly reader: PathReader;
  private readonly groups = new Map<Way, Map<string, Group>>();
  private ran = 0;
  private bytes = 0;
  /** On the wire, of what is sent back. */
  private sentBytes = 0;
  private readonly missing = new Set<string>();

  constructor(model: NicModel, object: ObjectSpec, setup: HostSetup) {
    this.model = model;
    this.setup = setup;
    this.reader = new PathReader(object);
  }

  /** Packets that ran. */
  get packets(): number {
    return this.ran;
  }

  /**
   * Notes a packet that ran.
   * @param lengthBytes the frame as it came in, `sentLengthBytes` as the program left it
   * @throws InputError `path-length` where its way is too long to be kept
   */
  add(lengthBytes: number, sentLengthBytes: number, result: Result): void {
    this.ran++;
    this.bytes += lengthBytes;
    if (result.returnValue === TRANSMIT) this.sentBytes += wireBytes(this.model, sentLengthBytes);
    if (result.way === undefined) return;
    this.groupOf(result.way, result.returnValue, lengthBytes).packets++;
  }

  private groupOf(way: Way, returnValue: number, lengthBytes: number): Group {
    const ofWay = this.groups.get(way) ?? new Map<string, Group>();
    this.groups.set(way, ofWay);
    const bus = this.model.engine.frameBusBytesPerCycle;
    const key = `${returnValue} ${bus === undefined ? 0 : lengthBytes}`;
    const group = ofWay.get(key) ?? this.measure(this.reader.pathOf(way), returnValue, lengthBytes);
    ofWay.set(key, group);
    return group;
  }

  private measure(path: readonly PathStep[], returnValue: number, lengthBytes: number): Group {
    const cost = pathCostsOf(this.model)?.costOf(path, { lengthBytes, returnValue });
    for (const text of cost?.missing ?? []) this.missing.add(text);
    const frame = hostFrameOf(path, returnValue);
    const nanos = cost === undefined ? hostNanos(this.model, this.setup, frame) : undefined;
    if (cost === undefined)
      for (const name of untimedHelpers(this.model, path)) this.missing.add(`time of bpf_${name}`);
    return { packets: 0, path, returnValue, cost, frame, nanos };
  }

  /** The prediction for all packets so far. `cores`: of the card; all unless given. */
  result(cores: number | undefined): CapturePrediction {
    const groups = [...this.groups.values()].flatMap(ofWay => [...ofWay.values()]);
    const mean = this.ran === 0 ? 0 : this.bytes / this.ran;
    const limits = [...this.wire(mean), ...this.card(groups, cores), ...this.host(groups)];
    const sorted = limits.toSorted((a, b) => a.packetsPerSecond - b.packetsPerSecond);
    return {
      packets: this.ran,
      meanFrameLengthBytes: Math.round(mean * 10) / 10,
      limits: sorted,
      paths: groups.map(reportOf).sort((a, b) => b.packets - a.packets),
      missing: [...this.missing],
      unpaced: unpacedNote(this.model, sorted[0]?.packetsPerSecond),
    };
  }

  private wire(mean: number): Limit[] {
    const { speedGbps } = this.model.link;
    const isSending = this.sentBytes > 0 && speedGbps !== undefined;
    return [
      ...limit('wire', lineRatePps(this.model, mean)),
      ...(isSending ? limit('wire out', (speedGbps * 1e9) / ((8 * this.sentBytes) / this.ran)) : []),
      ...limit('MAC', this.model.mac.capPps),
    ];
  }

  private card(groups: readonly Group[], cores = this.model.engine.cores): Limit[] {
    const { clockHz } = this.model.engine;
    if (clockHz === undefined || cores === undefined) return [];
    const cycles = this.mean(groups, ({ cost }) => cost?.cycles ?? 0);
    const names = [...new Set(groups.flatMap(({ cost }) => Object.keys(cost?.memories ?? {})))];
    const memories = names.flatMap(name => {
      const seconds = this.mean(groups, ({ cost }) => memorySeconds(this.model.memory[name], cost!.memories[name]!));
      return seconds > 0 ? limit(name, 1 / seconds) : [];
    });
    return [...(cycles > 0 ? limit('cores', (cores * clockHz) / cycles) : []), ...memories];
  }

  private host(groups: readonly Group[]): Limit[] {
    if (this.model.engine.kind !== undefined) return this.stack(groups);
    if (groups.some(({ nanos }) => nanos === undefined)) return [];
    const nanos = this.mean(groups, group => group.nanos ?? 0);
    const sent = this.mean(groups, ({ frame }) => (frame.action >= 3 ? 1 : 0));
    const { transmitCapPps } = this.model.host;
    return [
      ...limit('PCIe', pcieCap(this.model, this.setup.isCompressed)),
      ...(sent > 0 && transmitCapPps !== undefined ? limit('transmit', transmitCapPps / sent) : []),
      ...(nanos > 0 ? limit('host', (this.setup.cores * 1e9) / nanos) : []),
    ];
  }

  /** What a program in the card passes still has to go through the stack of the host. */
  private stack(groups: readonly Group[]): Limit[] {
    const { host, rings } = this.model;
    const passed = this.mean(groups, ({ returnValue }) => (returnValue === PASS ? 1 : 0));
    const nanos = passed * (host.stackDropNanos ?? 0);
    return nanos > 0 ? limit('host', ((rings.receiveQueues ?? 1) * 1e9) / nanos) : [];
  }

  private mean(groups: readonly Group[], value: (group: Group) => number): number {
    const total = groups.reduce((sum, group) => sum + group.packets * value(group), 0);
    return this.ran === 0 ? 0 : total / this.ran;
  }
}

const PASS = 2;
const TRANSMIT = 3;

/** Cards that collapse under unpaced overload do so where their limit lies in a certain range. Krude et al., CoNEXT 2021. */
function unpacedNote({ engine, mac }: NicModel, packetsPerSecond: number | undefined): string | null {
  const { overloadCapPps, overloadFromPps = 0, overloadToPps = 0 } = engine;
  if (packetsPerSecond === undefined) return null;
  const mpps = (value: number): string => `${(value / 1e6).toFixed(2)} Mpps`;
  if (overloadCapPps !== undefined && packetsPerSecond >= overloadFromPps && packetsPerSecond <= overloadToPps) {
    return `overload by senders that do not pace their frames makes it ${mpps(overloadCapPps)}`;
  }
  if (mac.unshapedCapPps === undefined || packetsPerSecond <= mac.unshapedCapPps) return null;
  return `senders that do not pace their frames get ${mpps(mac.unshapedCapPps)} through at most`;
}

interface Group {
  packets: number;
  readonly path: readonly PathStep[];
  readonly returnValue: number;
  readonly cost: PacketCost | undefined;
  readonly frame: HostFrame;
  readonly nanos: number | undefined;
}

function limit(name: string, packetsPerSecond: number | undefined): Limit[] {
  return packetsPerSecond === undefined ? [] : [{ name, packetsPerSecond }];
}

function reportOf({ packets, path, returnValue, cost, nanos }: Group): PathReport {
  const last = path.at(-1);
  const line = last === undefined ? undefined : sourceLineAt(last.prepared.program.spec, last.slot);
  return {
    packets,
    action: actionName(returnValue),
    instructions: path.length,
    cycles: cost?.cycles ?? null,
    nanos: nanos === undefined ? null : Math.round(nanos * 100) / 100,
    bracketCycles: cost?.bracket ?? null,
    memories: cost?.memories ?? {},
    end: line === undefined ? null : `${line.file}:${line.line}`,
  };
}
