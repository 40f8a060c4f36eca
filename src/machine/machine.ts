// A machine: one memory, and in it maps, a packet buffer and a stack; clock, random numbers and CPU as inputs; what a packet leaves behind.
import type { Btf } from '../btf/btf.js';
import type { Instruction } from '../isa/instruction.js';
import type { ProgramSpec } from '../object/spec.js';
import { RUN_LIMIT, VERIFIER_LIMIT } from '../platform/limits.js';
import { assert, type InputError } from '../support/errors.js';
import { AllocatedObjects } from './allocated/objects.js';
import { ConnectionTable } from './conntrack.js';
import { DYNPTR_BYTES } from './dynptr.js';
import type { PacketEvent, Redirect } from './events.js';
import { Guard } from './guard.js';
import { EMPTY_HOST, type Host, interfaceByIndex } from './host.js';
import { KernelObjects } from './kernel-objects.js';
import type { BpfMap, MapHost, RingBuffer } from './map.js';
import { MachineMemory } from './memory.js';
import { PacketBuffer } from './packet.js';
import { Random } from './random.js';
import { Regions } from './regions.js';
import { Sockets } from './sockets.js';
import { type Timer, Timers } from './timers.js';

/** Stack of all frames of one program. */
export const STACK_BYTES = VERIFIER_LIMIT.MAX_CALL_FRAMES * VERIFIER_LIMIT.MAX_STACK_BYTES;
/** Frames of a chain of programs: a tail call in a function keeps the frames of its callers, and the next program has 8 of its own. */
export const MAX_CHAIN_FRAMES = VERIFIER_LIMIT.MAX_CALL_FRAMES * (RUN_LIMIT.MAX_TAIL_CALLS + 1);
const CHAIN_STACK_BYTES = MAX_CHAIN_FRAMES * VERIFIER_LIMIT.MAX_STACK_BYTES;

/** Timers that run between two packets, each at its time; those that are due then run once more. */
const MAX_TIMER_RUNS = 10_000;

/** A program whose references have become addresses and numbers of one machine. */
export interface BoundProgram {
  /** From 1; what PROG_ARRAY, DEVMAP and CPUMAP values hold. */
  readonly id: number;
  readonly spec: ProgramSpec;
  /** By slot; undefined for the second slot of a 64-bit load and for what `traps` holds. Every 64-bit load is a constant (source 0). */
  readonly instructions: readonly (Instruction | undefined)[];
  /** Slots that stop the program with this message: undecodable, poisoned, or calls of what is not there. */
  readonly traps: ReadonlyMap<number, string>;
  /** Why it cannot be run on this machine, undefined where it can. */
  readonly problem: InputError | undefined;
}

/** What a function number stands for. */
export interface FunctionEntry {
  readonly program: BoundProgram;
  readonly slot: number;
}

/** How helpers call back into the program: r1 to r5 are set in `words`, r0 holds the result afterwards; other registers survive. */
export interface Caller {
  /** r0 to r10 as helpers take them: arguments of the next `call`. */
  readonly words: Uint32Array;
  call(functionNumber: number): void;
  /** Told where time or CPU change without a packet, for an engine that keeps its own copy of them. */
  clockMoved?(): void;
}

/** Inputs that would be accidents on a real machine. */
export interface MachineOptions {
  readonly cpuCount: number;
  readonly seed: number;
  readonly host?: Host;
  /** Whether user space has opened the perf buffers and empties the rings after every packet; true unless told. */
  readonly hasReaders?: boolean;
}

/** The moment and place at which a packet is handled. */
export interface PacketMoment {
  readonly timestampNanos: bigint;
  readonly cpu: number;
  /** What the card said about the packet; nothing unless given. */
  readonly reception?: Reception;
}

/** What a card says about a received packet beside its bytes. */
export interface Reception {
  /** Its own time of reception. */
  readonly timestampNanos?: bigint;
  /** RSS hash, and XDP_RSS_* bits of what it covers. */
  readonly hash?: { readonly value: number; readonly type: number };
  /** The VLAN tag that it took out of the frame: EtherType and tag control information. */
  readonly vlanTag?: { readonly protocol: number; readonly controlInformation: number };
}

const SECOND_NANOS = 1_000_000_000;
const NOTHING_SAID: Reception = {};

/** State shared by an engine, its maps and its helpers. One packet at a time. */
export class Machine implements MapHost {
  readonly memory = new MachineMemory();
  readonly regions = new Regions();
  readonly packet: PacketBuffer;
  readonly guard: Guard;
  readonly random: Random;
  readonly timers: Timers;
  readonly objects: KernelObjects;
  readonly allocated: AllocatedObjects;
  readonly connections: ConnectionTable;
  readonly sockets: Sockets;
  readonly host: Host;
  readonly cpuCount: number;
  readonly hasReaders: boolean;
  /**
   * STACK_BYTES below the end of the stack, `guard.stackHigh`. Frame n of a call chain starts 512 * (n + 1) bytes below that end; further
   * frames, up to MAX_CHAIN_FRAMES, lie below this address.
   */
  readonly stackAddress: number;
  /** Eight zero bytes that no program can reach: a key for lookups by the machine itself. */
  readonly scratchAddress: number;
  /** Types of the bound objects, for what programs allocate by type. */
  readonly types: (Btf | undefined)[] = [];
  /** In order of ids, from 1. */
  readonly maps: BpfMap[] = [];
  /** In order of ids, from 1. */
  readonly programs: BoundProgram[] = [];
  /** By function number, from 1: small numbers, so that a function's address cannot be dereferenced and can index a table. */
  readonly functions: FunctionEntry[] = [];
  /** Set by the engine. */
  caller: Caller | undefined;

  /** CPU that handles the packet. */
  cpu = 0;
  /** What the card said about the packet. */
  reception: Reception = NOTHING_SAID;
  /** Simulated time; never goes back. */
  timestampNanos = 0n;
  /** Where the last redirect helper sends the packet. */
  redirect: Redirect | undefined;
  /** What the program said so far. */
  events: PacketEvent[] = [];

  /** Time of the packet before, and of timers since. */
  private lastNanos = 0n;
  private recordDynptrAddress = 0;
  private readonly rings: RingBuffer[] = [];
  private readonly mapsByAddress = new Map<number, BpfMap>();

  constructor(options: MachineOptions) {
    assert(options.cpuCount >= 1, 'at least one CPU');
    this.cpuCount = options.cpuCount;
    this.hasReaders = options.hasReaders ?? true;
    this.random = new Random(options.seed);
    this.timers = new Timers(this.memory);
    this.objects = new KernelObjects(this.memory);
    this.allocated = new AllocatedObjects(this.memory, this.regions);
    this.connections = new ConnectionTable(this.memory, this.regions);
    this.host = options.host ?? EMPTY_HOST;
    this.sockets = new Sockets(this.host, this.memory, this.regions, this.objects);
    this.packet = new PacketBuffer(this.memory);
    this.guard = new Guard(this.memory, this.regions, this.packet);
    const stackEnd = this.memory.allocate(CHAIN_STACK_BYTES, 64, 'stack') + CHAIN_STACK_BYTES;
    this.stackAddress = stackEnd - STACK_BYTES;
    this.scratchAddress = this.memory.allocate(8, 8, 'scratch');
    this.guard.stackHigh = stackEnd;
    this.guard.stackLow = this.guard.stackHigh;
  }

  /**
   * Starts the next packet: nothing redirected, nothing said. Captures may go back in time, from file to file above all; the kernel's clock
   * never does, and programs rely on that, so neither does this one.
   */
  beginPacket(moment: PacketMoment): void {
    this.lastNanos = this.timestampNanos;
    if (moment.timestampNanos > this.timestampNanos) this.timestampNanos = moment.timestampNanos;
    this.cpu = moment.cpu < this.cpuCount ? moment.cpu : moment.cpu % this.cpuCount;
    this.reception = moment.reception ?? NOTHING_SAID;
    this.redirect = undefined;
    // A new one even where the last is empty: results of earlier packets keep theirs.
    this.events = [];
  }

  /** Ticks of the simulated time. */
  get jiffies(): bigint {
    return this.timestampNanos / BigInt(Math.floor(SECOND_NANOS / this.host.kernel.ticksPerSecond));
  }

  /** Whether a timer is due: the engine then calls `runTimers` before the packet's program. */
  get hasDueTimer(): boolean {
    return this.timers.due(this.timestampNanos) !== undefined;
  }

  /**
   * Runs the timers that became due since the last packet, each at its own time, through `caller`. A timer that starts itself anew may run
   * often in between; beyond MAX_TIMER_RUNS timers run late, at the packet's time.
   * @throws Trap where a callback stops
   */
  runTimers(): void {
    const { timestampNanos, cpu } = this;
    for (let runs = 0; runs < 2 * MAX_TIMER_RUNS; runs++) {
      const timer = this.timers.due(timestampNanos);
      if (timer === undefined) break;
      if (runs < MAX_TIMER_RUNS && timer.dueNanos! > this.lastNanos) this.lastNanos = timer.dueNanos!;
      if (runs >= MAX_TIMER_RUNS) this.lastNanos = timestampNanos;
      this.timestampNanos = this.lastNanos;
      this.cpu = timer.cpu;
      this.runTimer(timer);
    }
    this.timestampNanos = timestampNanos;
    this.cpu = cpu;
  }

  private runTimer(timer: Timer): void {
    const { caller, timers } = this;
    const { map, valueAddress, callback } = timer;
    assert(caller !== undefined, 'an engine');
    timer.dueNanos = undefined;
    timers.running = timer;
    caller.clockMoved?.();
    try {
      map.visitValue(valueAddress, keyAddress => {
        caller.words.set([map.address, 0, keyAddress, 0, valueAddress, 0], 2);
        caller.call(callback);
      });
    } finally {
      timers.running = undefined;
    }
  }

  /** User space, where it reads, takes ring-buffer records away after every packet; objects that were given back are gone. */
  endPacket(): void {
    this.allocated.heap.reclaim();
    if (!this.hasReaders) return;
    for (const ring of this.rings) ring.consume();
  }

  /** Makes a map known; it must have been created with the id `nextMapId`. */
  addMap(map: BpfMap): void {
    assert(map.id === this.nextMapId, `map id ${this.nextMapId}`);
    this.maps.push(map);
    this.mapsByAddress.set(map.address, map);
    if (map.ring !== undefined) this.rings.push(map.ring);
  }

  get nextMapId(): number {
    return this.maps.length + 1;
  }

  /** The map whose descriptor stands at `address`. */
  mapAt(address: number): BpfMap | undefined {
    return this.mapsByAddress.get(address);
  }

  mapById(id: number): BpfMap | undefined {
    return this.maps[id - 1];
  }

  programById(id: number): ProgramSpec | undefined {
    return this.programs[id - 1]?.spec;
  }

  dropField(kind: string, address: number): void {
    this.allocated.dropField(kind, address);
  }

  hasInterface(ifindex: number): boolean {
    return interfaceByIndex(this.host, ifindex) !== undefined;
  }

  /** Where callbacks find the dynptr of a record from user space. */
  get recordDynptr(): number {
    if (this.recordDynptrAddress !== 0) return this.recordDynptrAddress;
    const start = this.memory.allocate(DYNPTR_BYTES, 8, 'dynptr');
    const end = start + DYNPTR_BYTES;
    this.regions.add({ start, end, strideBytes: 0, elementBytes: DYNPTR_BYTES, isWritable: false, label: 'dynptr' });
    this.recordDynptrAddress = start;
    return start;
  }

  /** The number of a function: the same for the same place. */
  functionNumber(program: BoundProgram, slot: number): number {
    const known = this.functions.findIndex(entry => entry.program === program && entry.slot === slot);
    return known >= 0 ? known + 1 : this.functions.push({ program, slot });
  }
}
