// The compiling engine behind the seam: programs become WebAssembly when they first run, and share one machine's memory with it.
import { type BoundObject, bindObjects, runnableProgram } from '../../machine/bind.js';
import { type Fault, Thrown, Trap } from '../../machine/fault.js';
import { type BoundProgram, Machine, STACK_BYTES } from '../../machine/machine.js';
import type { MapAccess } from '../../machine/map.js';
import { followRedirect, type SecondRun } from '../../machine/redirect.js';
import type { ObjectSpec, ProgramSpec } from '../../object/spec.js';
import { XDP_ACTION } from '../../platform/actions.js';
import { assert } from '../../support/errors.js';
import type { VerifiedProgram } from '../../verifier/finding.js';
import type {
  CountingOrigin,
  Engine,
  EngineOptions,
  FrameRunner,
  Packet,
  PacketCounter,
  Result,
  Session,
} from '../engine.js';
import type { SlotCounts } from '../observe.js';
import { CaptureChunk, CHUNK_ALIGNMENT } from './chunk.js';
import { CompiledCounter, type CountingSession } from './counter.js';
import { emitModule } from './emit.js';
import { faultOf } from './fault.js';
import { FRAME_BUFFER_BYTES } from './frame-buffer.js';
import { CompiledFrames, FRAMES_BYTES } from './frames.js';
import { Counters } from './instrument.js';
import type { Feed } from './packets/feed.js';
import { AHEAD_BYTES } from './packets/record-loop.js';
import { needsFrames, readsClock } from './reach.js';
import { type CodeSource, Runtime } from './runtime.js';
import { DESCRIPTOR_BYTES, FRAME_DESCRIPTOR_BYTES, PACKET_DESCRIPTOR, STATE, STATE_BYTES } from './state.js';
import { Trace } from './trace.js';
import { type CyclesOf, HelperList, type UnitContext } from './unit.js';
import { instantiate, type WasmFunction } from './wasm/host.js';

/** How programs are compiled. */
export interface CompilerOptions {
  /** Programs whose memory accesses and helper arguments need no checks. All others are checked. */
  readonly verified?: readonly VerifiedProgram[];
  /** False: no program is checked, verified or not. For measuring and testing only: nothing keeps such a program from other maps. */
  readonly isChecked?: boolean;
  /** Adds up cycles per packet: `Result.cycles`, `CountedPackets.cycles`. */
  readonly cyclesOf?: CyclesOf;
}

/** The engine that compiles programs to WebAssembly. */
export function createCompiler(options: CompilerOptions = {}): Engine & Required<Pick<Engine, 'openTogether'>> {
  const openTogether = (objects: readonly ObjectSpec[], engineOptions: EngineOptions): readonly Session[] => {
    const machine = new Machine(engineOptions);
    const bound = bindObjects(machine, objects);
    const code = new CompiledCode(machine, engineOptions, options);
    return bound.map(object => new CompilerSession(code, object));
  };
  return { name: 'compiler', open: (object, engineOptions) => openTogether([object], engineOptions)[0]!, openTogether };
}

/** Which programs run with every access checked. */
function checkedPrograms({ verified = [], isChecked = true }: CompilerOptions): (program: ProgramSpec) => boolean {
  const proved = new Set(verified.map(({ program }) => program));
  return program => isChecked && !(proved.has(program) && !readsAnything(program));
}

/** Linux guards each read through what `bpf_rdonly_cast` gives, since the address may be any; here a check takes the guard's place. */
function readsAnything({ references }: ProgramSpec): boolean {
  return [...references.values()].some(target => target.kind === 'kfunc' && target.name === 'bpf_rdonly_cast');
}

function countersOf(machine: Machine, { observe }: EngineOptions): Counters | undefined {
  const isWhole = observe?.counts === true;
  return isWhole || observe?.entries === true ? new Counters(machine, isWhole) : undefined;
}

/** One object of a machine. */
class CompilerSession implements Session {
  readonly maps: ReadonlyMap<string, MapAccess>;
  private readonly code: CompiledCode;
  private readonly object: BoundObject;

  constructor(code: CompiledCode, object: BoundObject) {
    this.code = code;
    this.object = object;
    this.maps = object.maps;
  }

  run(program: string, packets: readonly Packet[]): readonly Result[] {
    return this.code.run(runnableProgram(this.object, program), packets);
  }

  get counts(): readonly SlotCounts[] | undefined {
    const all = this.code.counts;
    return all && [...this.object.programs.values()].map(({ id }) => all[id - 1]!);
  }

  frames(program: string, ingressIfindex: number): FrameRunner | undefined {
    return this.code.frames(runnableProgram(this.object, program), ingressIfindex);
  }

  count(program: string, origin: CountingOrigin): PacketCounter {
    return this.code.count(runnableProgram(this.object, program), origin);
  }

  close(): void {
    // Nothing outlives the session's own memory.
  }
}

/** All programs of a machine, compiled when they are first needed. */
class CompiledCode implements CodeSource {
  private readonly machine: Machine;
  private readonly context: UnitContext;
  private readonly runtime: Runtime;
  private readonly loops = new Map<string, WasmFunction>();
  private readonly hasMain = new Set<BoundProgram>();
  private readonly descriptor: number;
  private chunk: CaptureChunk | undefined;
  private framesAddress: number | undefined;
  private frameBufferAddress: number | undefined;

  constructor(machine: Machine, engineOptions: EngineOptions, options: CompilerOptions) {
    this.machine = machine;
    const helpers = new HelperList();
    const { memory } = machine;
    const stateAddress = memory.allocate(STATE_BYTES, 64, 'state of compiled code');
    this.context = {
      machine,
      helpers,
      stateAddress,
      isChecked: checkedPrograms(options),
      instructionBudget: engineOptions.instructionBudget,
      counters: countersOf(machine, engineOptions),
      cyclesOf: options.cyclesOf,
      trace: engineOptions.observe?.ways ? new Trace(machine, stateAddress) : undefined,
    };
    memory.u32[(this.context.stateAddress + STATE.STACK_LOW) >>> 2] = machine.guard.stackHigh - STACK_BYTES;
    this.descriptor = memory.allocate(DESCRIPTOR_BYTES, DESCRIPTOR_BYTES, 'packet descriptors');
    this.runtime = new Runtime(this.context, this);
  }

  run(program: BoundProgram, packets: readonly Packet[]): readonly Result[] {
    const loop = this.loopOf(program, { kind: 'descriptors' });
    return packets.map(packet => this.runOne(loop, packet));
  }

  get counts(): readonly SlotCounts[] | undefined {
    return this.context.counters?.totals();
  }

  frames(program: BoundProgram, ingressIfindex: number): FrameRunner | undefined {
    const { machine, runtime, context } = this;
    if (needsFrames(machine, program)) return undefined;
    const loop = this.loopOf(program, { kind: 'frames' });
    this.chunk ??= new CaptureChunk(machine.memory);
    this.framesAddress ??= machine.memory.allocate(FRAMES_BYTES, FRAME_DESCRIPTOR_BYTES, 'frames');
    const [chunk, address] = [this.chunk, this.framesAddress];
    const hasTime = readsClock(machine, program);
    return new CompiledFrames({ machine, runtime, context, chunk, address, loop, ingressIfindex, hasTime });
  }

  count(program: BoundProgram, origin: CountingOrigin): PacketCounter {
    const { machine, runtime, context } = this;
    const { queue, cpu, ingressIfindex, minimumLengthBytes, maximumLengthBytes } = origin;
    const feed = { kind: 'records', minimumBytes: minimumLengthBytes, maximumBytes: maximumLengthBytes } as const;
    let single: WasmFunction | undefined;
    this.chunk ??= new CaptureChunk(machine.memory);
    this.frameBufferAddress ??= machine.memory.allocate(
      FRAME_BUFFER_BYTES + AHEAD_BYTES,
      CHUNK_ALIGNMENT,
      'frames read singly',
    );
    const session: CountingSession = {
      machine,
      runtime,
      stateAddress: context.stateAddress,
      chunk: this.chunk,
      frameBufferAddress: this.frameBufferAddress,
      loop: this.loopOf(program, feed),
      needsFrames: needsFrames(machine, program),
      runFrame: (bytes, timestampNanos) => {
        single ??= this.loopOf(program, { kind: 'descriptors' });
        return this.runOne(single, { bytes, timestampNanos, queue, cpu, ingressIfindex });
      },
    };
    return new CompiledCounter(session, origin);
  }

  // ---- code ----

  provideProgram(program: BoundProgram): void {
    if (!this.hasMain.has(program)) this.compile(program, undefined);
  }

  functionIndex(functionNumber: number): number {
    return this.machine.programs.length + functionNumber;
  }

  private loopOf(program: BoundProgram, feed: Feed): WasmFunction {
    const key = `${program.id} ${JSON.stringify(feed)}`;
    const known = this.loops.get(key);
    if (known !== undefined) return known;
    const loop = this.compile(program, feed);
    assert(loop !== undefined, 'a module with a packet loop');
    this.loops.set(key, loop);
    return loop;
  }

  /** Compiles a program's packet loop, or its main function where `feed` is undefined, with all that they reach. */
  private compile(program: BoundProgram, feed: Feed | undefined): WasmFunction | undefined {
    const taken = [...this.machine.functions.entries()].filter(([, entry]) => entry.program === program);
    const addressTaken = taken.map(([, entry]) => entry.slot);
    const bytes = emitModule(this.context, program, { feed, hasMain: feed === undefined, addressTaken });
    const { run, main, callback, ...functions } = instantiate(bytes, this.runtime.importsFor(program));
    for (const [at, { slot }] of taken) this.runtime.table.set(this.functionIndex(at + 1), functions[`f${slot}`]!);
    if (callback !== undefined) this.runtime.callback = callback;
    if (main !== undefined) {
      this.runtime.table.set(program.id, main);
      this.hasMain.add(program);
    }
    return run;
  }

  // ---- packets ----

  private runOne(loop: WasmFunction, packet: Packet): Result {
    const { machine } = this;
    machine.beginPacket(packet);
    machine.packet.load(packet.bytes, packet);
    const fault = this.runTimers() ?? this.runLoop(loop);
    const { trace } = this.context;
    const way = trace?.end(fault?.slot);
    this.runtime.settleRedirect();
    const value = fault === undefined ? this.verdict : XDP_ACTION.XDP_ABORTED;
    const result: Result = {
      returnValue: value,
      bytes: machine.packet.frame(),
      metadata: machine.packet.metadata(),
      headroomBytes: machine.packet.headroomBytes,
      redirect: value === XDP_ACTION.XDP_REDIRECT ? machine.redirect : undefined,
      events: machine.events,
      instructions: (way && trace?.executed(way)) ?? 0,
      fault,
      ...(way !== undefined && { way }),
      ...(this.context.cyclesOf !== undefined && { cycles: this.word(this.descriptor + PACKET_DESCRIPTOR.CYCLES) }),
    };
    const { redirect } = result;
    const deliveries = redirect && followRedirect(machine, redirect, result, program => this.runSecond(program));
    machine.endPacket();
    return deliveries === undefined ? result : { ...result, deliveries };
  }

  /** A program of a device or CPU map, over the frame in the machine's buffer. */
  private runSecond(program: BoundProgram): SecondRun {
    if (program.problem !== undefined) return { fault: program.problem.message };
    const fault = this.runLoop(this.loopOf(program, { kind: 'descriptors' }));
    this.runtime.settleRedirect();
    return fault === undefined ? { returnValue: this.verdict } : { fault: fault.message };
  }

  /** r0 of the program that ran last. */
  private get verdict(): number {
    return this.word(this.descriptor + PACKET_DESCRIPTOR.VERDICT);
  }

  /** Timers that became due before the packet; what stopped one, undefined where nothing did. */
  private runTimers(): Fault | undefined {
    const { machine, runtime } = this;
    if (!machine.hasDueTimer) return undefined;
    runtime.beginTimers(this.context.instructionBudget);
    return this.untilTrap(() => machine.runTimers());
  }

  private describePacket(): void {
    const { memory, packet, timestampNanos, cpu } = this.machine;
    const descriptor = this.descriptor >>> 2;
    memory.u32[descriptor] = packet.data;
    memory.u32[descriptor + 1] = packet.linearBytes;
    const state = this.context.stateAddress;
    memory.view.setBigUint64(state + STATE.TIME, timestampNanos, true);
    memory.u32[(state + STATE.CPU) >>> 2] = cpu;
  }

  /** Runs the frame in the machine's buffer; what stopped the program, undefined where nothing did. */
  private runLoop(loop: WasmFunction): Fault | undefined {
    this.describePacket();
    this.runtime.begin();
    this.context.trace?.begin();
    return this.untilTrap(() => loop(this.descriptor, this.descriptor + DESCRIPTOR_BYTES));
  }

  private untilTrap(body: () => void): Fault | undefined {
    try {
      body();
      return undefined;
    } catch (error) {
      if (error instanceof Thrown) return this.endWith(error.cookie);
      const { stopped } = this.runtime;
      if (!(error instanceof Trap) || stopped === undefined) throw error;
      return faultOf(stopped, error);
    }
  }

  /** The program threw: the cookie is its result. */
  private endWith(cookie: bigint): undefined {
    this.machine.memory.u32[(this.descriptor + PACKET_DESCRIPTOR.VERDICT) >>> 2] = Number(cookie & 0xffff_ffffn);
  }

  private word(address: number): number {
    return this.machine.memory.u32[address >>> 2]!;
  }
}
