// The timed pipeline: every frame's way through wire, MAC, engine or PCIe, ring, host and transmit ring, in order of arrival. Each stage
// is first come, first served, so that a frame's times follow from those of the frames before it. Hot path.
import type { HostSetup } from '../cost/host.js';
import { lineRatePps } from '../cost/law.js';
import type { NicModel } from '../model.js';
import { BoundedQueue, LatencyHistogram, Servers, SlottedServer } from './queue.js';

/** Where a frame can be lost. */
export const LOSSES = ['macFull', 'ringFull', 'transmitFull', 'redirectFull'] as const;
/** One of them. */
export type Loss = (typeof LOSSES)[number];

/** What a packet takes where its program runs. */
export interface RunTime {
  /** In the card. */
  readonly cycles: number;
  /** How long shared memories of the card are kept busy, by memory. */
  readonly memoryNanos: readonly (readonly [string, number])[];
  /** On a core of the host. */
  readonly hostNanos: number;
  /** XDP action number. */
  readonly action: number;
}

/** Runs the program on the frame that has come through. */
export type RunProgram = (queue: number, atNanos: number) => RunTime;

/** How busy one part was. */
export interface Busy {
  readonly name: string;
  readonly busyPercent: number;
}

const TRANSMIT = 3;
const REDIRECT = 4;
const PASS = 2;

/** A card and its host, empty at time 0. Frames are offered in order of arrival. */
export class TimedPipeline {
  readonly latency = new LatencyHistogram();
  readonly losses: Readonly<Record<Loss, number>> & Record<Loss, number> = {
    macFull: 0,
    ringFull: 0,
    transmitFull: 0,
    redirectFull: 0,
  };
  readonly rings: readonly BoundedQueue[];
  readonly ringDrops: Float64Array;
  private readonly model: NicModel;
  private readonly wire = new Servers(1);
  private readonly mac = new Servers(1);
  private readonly pcie = new Servers(1);
  private readonly engine: Servers | undefined;
  private readonly memories = new Map<string, Servers>();
  private readonly hosts: readonly Servers[];
  private readonly sender: SlottedServer;
  private readonly redirectPort: SlottedServer;
  private readonly transmitCap = new SlottedServer(0);
  private readonly fifo: BoundedQueue;
  /** Each queue has its own, as drivers make them. */
  private readonly transmitRings: readonly BoundedQueue[];
  private readonly redirectRings: readonly BoundedQueue[];
  private lastNanos = 0;
  /** By length; -1 where not known yet. */
  private readonly wireTimes = new Float64Array(16_384).fill(-1);

  constructor(model: NicModel, setup: HostSetup, cores = model.engine.cores) {
    this.model = model;
    const { transmitDescriptors = Number.POSITIVE_INFINITY } = model.rings;
    this.engine = model.engine.clockHz === undefined || cores === undefined ? undefined : new Servers(cores);
    this.rings = Array.from({ length: setup.cores }, () => new BoundedQueue(setup.receiveDescriptors));
    this.ringDrops = new Float64Array(setup.cores);
    this.hosts = this.rings.map(() => new Servers(1));
    this.fifo = new BoundedQueue(model.mac.fifoBytes ?? Number.POSITIVE_INFINITY);
    this.transmitRings = this.rings.map(() => new BoundedQueue(transmitDescriptors));
    this.redirectRings = this.rings.map(() => new BoundedQueue(transmitDescriptors));
    this.sender = new SlottedServer(this.wireNanos(model.frame.maximumLengthBytes));
    this.redirectPort = new SlottedServer(this.wireNanos(model.frame.maximumLengthBytes));
  }

  /**
   * Brings a frame in.
   * @param arrivalNanos when its first bit comes, not before the frame before it
   * @returns why it was lost, undefined where it was not
   */
  offer(arrivalNanos: number, lengthBytes: number, queue: number, run: RunProgram): Loss | undefined {
    const wireNanos = this.wireNanos(lengthBytes);
    const start = this.wire.serve(arrivalNanos, wireNanos);
    const received = start + wireNanos;
    this.lastNanos = Math.max(this.lastNanos, received);
    const { capPps } = this.model.mac;
    const loss = this.fifo.hasRoom(received, lengthBytes)
      ? this.afterFifo(
          capPps === undefined ? received : this.mac.serve(received, 1e9 / capPps),
          start,
          lengthBytes,
          queue,
          run,
        )
      : 'macFull';
    if (loss !== undefined) this.losses[loss]++;
    return loss;
  }

  private afterFifo(now: number, start: number, lengthBytes: number, queue: number, run: RunProgram): Loss | undefined {
    if (this.engine !== undefined) return this.inCard(this.engine, now, start, lengthBytes, queue, run);
    const inMemory = this.throughPcie(now, lengthBytes);
    this.fifo.take(inMemory, lengthBytes);
    const ring = this.rings[queue]!;
    if (!ring.hasRoom(inMemory, 1)) {
      this.ringDrops[queue]!++;
      return 'ringFull';
    }
    const { hostNanos, action } = run(queue, inMemory);
    const done = this.onHost(queue, inMemory, hostNanos);
    ring.take(done, 1);
    return this.leave(action, done, start, lengthBytes, queue);
  }

  private inCard(
    engine: Servers,
    now: number,
    start: number,
    lengthBytes: number,
    queue: number,
    run: RunProgram,
  ): Loss | undefined {
    const begin = Math.max(now, engine.leastFreeAt);
    this.fifo.take(begin, lengthBytes);
    const { cycles, memoryNanos, hostNanos, action } = run(queue, begin);
    const serviceNanos = (cycles * 1e9) / this.model.engine.clockHz!;
    let done = engine.serve(begin, serviceNanos) + serviceNanos;
    for (const [name, nanos] of memoryNanos) done = Math.max(done, this.memory(name).serve(begin, nanos) + nanos);
    if (action !== PASS) return this.leave(action, done, start, lengthBytes, queue);
    const ring = this.rings[queue]!;
    const inMemory = this.throughPcie(done, lengthBytes);
    if (!ring.hasRoom(inMemory, 1)) {
      this.ringDrops[queue]!++;
      return 'ringFull';
    }
    const delivered = this.onHost(queue, inMemory, hostNanos);
    ring.take(delivered, 1);
    return this.leave(action, delivered, start, lengthBytes, queue);
  }

  private throughPcie(now: number, lengthBytes: number): number {
    const { capPps, bytesPerSecond } = this.model.pcie;
    const nanos = Math.max(
      capPps === undefined ? 0 : 1e9 / capPps,
      bytesPerSecond === undefined ? 0 : (lengthBytes * 1e9) / bytesPerSecond,
    );
    return nanos === 0 ? now : this.pcie.serve(now, nanos) + nanos;
  }

  /** A core that sleeps is woken by the interrupt, which moderation puts off. */
  private onHost(queue: number, now: number, nanos: number): number {
    const core = this.hosts[queue]!;
    const { moderationMicroseconds = 0 } = this.model.interrupts;
    const isAsleep = core.leastFreeAt <= now;
    return core.serve(isAsleep ? now + moderationMicroseconds * 1e3 : now, nanos) + nanos;
  }

  private leave(action: number, done: number, start: number, lengthBytes: number, queue: number): Loss | undefined {
    let left = done;
    if (action === TRANSMIT || action === REDIRECT) {
      const ring = (action === TRANSMIT ? this.transmitRings : this.redirectRings)[queue]!;
      if (!ring.hasRoom(done, 1)) return action === TRANSMIT ? 'transmitFull' : 'redirectFull';
      const { transmitCapPps } = this.model.host;
      const sendable =
        transmitCapPps === undefined || this.engine !== undefined
          ? done
          : this.transmitCap.serve(done, 1e9 / transmitCapPps);
      const wireNanos = this.wireNanos(lengthBytes);
      left = (action === TRANSMIT ? this.sender : this.redirectPort).serve(sendable, wireNanos) + wireNanos;
      ring.take(left, 1);
    }
    this.latency.add(left - start);
    this.lastNanos = Math.max(this.lastNanos, left);
    return undefined;
  }

  private wireNanos(lengthBytes: number): number {
    const known = this.wireTimes[lengthBytes];
    if (known !== undefined && known >= 0) return known;
    const pps = lineRatePps(this.model, lengthBytes);
    const nanos = pps === undefined ? 0 : 1e9 / pps;
    if (known !== undefined) this.wireTimes[lengthBytes] = nanos;
    return nanos;
  }

  private memory(name: string): Servers {
    let servers = this.memories.get(name);
    if (servers === undefined) {
      servers = new Servers(1);
      this.memories.set(name, servers);
    }
    return servers;
  }

  /** Time at which the last frame was gone. */
  get durationNanos(): number {
    return this.lastNanos;
  }

  /** How busy each part was over the whole run, the busiest first. */
  busy(): readonly Busy[] {
    const parts: (readonly [string, Servers | SlottedServer])[] = [
      ['wire', this.wire],
      ['MAC', this.mac],
      ['PCIe', this.pcie],
      ['transmit', this.transmitCap],
      ['wire out', this.sender],
      ['wire of the redirect target', this.redirectPort],
      ...(this.engine === undefined ? [] : [['cores', this.engine] as const]),
      ...[...this.memories].map(([name, servers]) => [name, servers] as const),
      ...this.hosts.map((servers, at) => [`host core ${at}`, servers] as const),
    ];
    const shares = parts.map(([name, servers]) => ({
      name,
      busyPercent: Math.round((1000 * servers.busyNanos) / (servers.count * Math.max(1, this.lastNanos))) / 10,
    }));
    return shares.filter(({ busyPercent }) => busyPercent > 0).sort((a, b) => b.busyPercent - a.busyPercent);
  }

  /** Frames by depth of the ring that they met: 0, 1, 2 to 3, 4 to 7, ... */
  ringDepths(queue: number): readonly number[] {
    const depths = [...this.rings[queue]!.depths];
    const last = depths.findLastIndex(count => count > 0);
    return depths.slice(0, last + 1);
  }
}
