// The host of emitted code: what its imports do. One per session.
import { Trap } from '../../machine/fault.js';
import { checkArguments } from '../../machine/helpers/arguments.js';
import type { MachineHelper } from '../../machine/helpers/table.js';
import type { BoundProgram, Caller, Machine } from '../../machine/machine.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { RUN_LIMIT, VERIFIER_LIMIT } from '../../platform/limits.js';
import { InternalError } from '../../support/errors.js';
import { depthTrap, mayAccess, type Stop, trapAt } from './fault.js';
import type { Counters } from './instrument.js';
import { ACCESS } from './memory.js';
import { NO_REDIRECT, STATE, STOP_BITS } from './state.js';
import type { UnitContext } from './unit.js';
import { createTable, type HostImports, type WasmFunction, type WasmTable } from './wasm/host.js';

const WORDS = 22;
const FRAME_BYTES = VERIFIER_LIMIT.MAX_STACK_BYTES;

/** What the runtime asks of the session: emitted code that is not there yet. */
export interface CodeSource {
  /** Puts the program's main function into the table, at its id. */
  provideProgram(program: BoundProgram): void;
  /** Index in the table of the function with that number. */
  functionIndex(functionNumber: number): number;
}

/** Runs helpers for emitted code, and calls back into it. */
export class Runtime implements Caller {
  readonly table: WasmTable;
  /** Set where emitted code stopped. */
  stopped: Stop | undefined;
  /** Calls a function of the table: (index, frame pointer); arguments and result in the state block. */
  callback: WasmFunction | undefined;
  private readonly machine: Machine;
  private readonly helpers: readonly MachineHelper[];
  private readonly isChecked: UnitContext['isChecked'];
  private readonly source: CodeSource;
  private readonly counters: Counters | undefined;
  private readonly state: number;
  readonly words = new Uint32Array(WORDS);
  private framePointer = 0;
  private pending: Trap | undefined;

  constructor(context: UnitContext, source: CodeSource) {
    const { machine } = context;
    this.machine = machine;
    this.helpers = context.helpers.helpers;
    this.isChecked = context.isChecked;
    this.counters = context.counters;
    this.source = source;
    this.state = context.stateAddress >>> 2;
    this.table = createTable(1 + machine.programs.length + machine.functions.length);
    machine.caller = this;
  }

  /** What the module of a program imports. */
  importsFor(program: BoundProgram): HostImports {
    const isChecked = this.isChecked(program.spec);
    return {
      memory: this.machine.memory.wasm,
      table: this.table,
      helper: (index, framePointer) => this.helper(index!, framePointer! >>> 0, isChecked),
      allowed: (low, high, access) => this.allowed(program, low! >>> 0, high!, access!),
      tailCall: framePointer => this.tailCall(framePointer! >>> 0),
      stop: (where, framePointer, id) => this.stop(where!, framePointer! >>> 0, id!),
      endPacket: () => this.endPacket(),
    };
  }

  /** Before a packet or batch. */
  begin(): void {
    this.stopped = undefined;
    this.pending = undefined;
    this.machine.memory.u32[this.state + STATE.REDIRECT_MAP / 4] = 0;
    this.useFrame(this.machine.guard.stackHigh);
  }

  /** Before callbacks of timers. */
  beginTimers(instructionBudget: number): void {
    const { u32 } = this.machine.memory;
    this.begin();
    u32[this.state + STATE.BUDGET / 4] = instructionBudget;
    u32[this.state + STATE.PROGRAM_FRAME / 4] = this.machine.guard.stackHigh;
  }

  clockMoved(): void {
    const { memory, timestampNanos, cpu } = this.machine;
    memory.view.setBigUint64(4 * this.state + STATE.TIME, timestampNanos, true);
    memory.u32[this.state + STATE.CPU / 4] = cpu;
  }

  /** After a packet: where emitted code's own redirect sends it. */
  settleRedirect(): void {
    const { machine, state } = this;
    const { u32 } = machine.memory;
    const map = u32[state + STATE.REDIRECT_MAP / 4]!;
    if (map === 0) return;
    const key = u32[state + STATE.REDIRECT_KEY / 4]!;
    machine.redirect = map === NO_REDIRECT ? undefined : machine.mapAt(map)?.redirects?.target(key);
    u32[state + STATE.REDIRECT_MAP / 4] = 0;
  }

  /** User space takes away what the packet left. */
  private endPacket(): void {
    this.machine.endPacket();
    if (this.machine.events.length > 0) this.machine.events = [];
  }

  /** A callback of a helper. */
  call(functionNumber: number): void {
    const { machine, words, framePointer, callback } = this;
    if (machine.functions[functionNumber - 1] === undefined)
      throw new Trap('control', `no function has the address ${functionNumber}`);
    const programFrame = machine.memory.u32[this.state + STATE.PROGRAM_FRAME / 4]!;
    if (framePointer - FRAME_BYTES <= programFrame - VERIFIER_LIMIT.MAX_CALL_FRAMES * FRAME_BYTES) throw depthTrap();
    if (callback === undefined) throw new InternalError('expected an entry for callbacks');
    machine.memory.u32.set(words.subarray(2, 12), this.state + 2);
    this.useFrame(framePointer - FRAME_BYTES);
    callback(this.source.functionIndex(functionNumber), framePointer - FRAME_BYTES);
    this.useFrame(framePointer);
    const { u32 } = machine.memory;
    u32[this.state + STATE.PROGRAM_FRAME / 4] = programFrame;
    words[0] = u32[this.state]!;
    words[1] = u32[this.state + 1]!;
  }

  private useFrame(framePointer: number): void {
    this.framePointer = framePointer;
    this.machine.guard.stackLow = framePointer - FRAME_BYTES;
  }

  private helper(index: number, framePointer: number, isChecked: boolean): number {
    const { machine, words, state } = this;
    const helper = this.helpers[index]!;
    this.useFrame(framePointer);
    const { u32 } = machine.memory;
    machine.cpu = u32[state + STATE.CPU / 4]!;
    for (let at = 2; at < 12; at++) words[at] = u32[state + at]!;
    try {
      if (isChecked) checkArguments(machine, helper.facts, words);
      helper.run(machine, words);
    } catch (error) {
      return this.refuse(error);
    }
    const after = machine.memory.u32;
    if (helper.facts.id === XDP_HELPERS.redirect.id || helper.facts.id === XDP_HELPERS.redirect_map.id) {
      after[state + STATE.REDIRECT_MAP / 4] = 0;
    }
    if (helper.facts.changesPacketData) after[state + STATE.HEADROOM_USED / 4] = 1;
    after[state] = words[0]!;
    after[state + 1] = words[1]!;
    return 0;
  }

  /** Keeps a helper's trap until emitted code has handed over its registers; what stopped already passes. */
  private refuse(error: unknown): number {
    if (!(error instanceof Trap) || this.stopped !== undefined) throw error;
    this.pending = error;
    return 1;
  }

  private allowed(program: BoundProgram, low: number, high: number, access: number): number {
    if (high !== 0) return 0;
    const size = (access >> ACCESS.SIZE_SHIFT) as 1 | 2 | 4 | 8;
    const isWrite = (access & ACCESS.write) !== 0;
    const isSigned = (access & ACCESS.signed) !== 0;
    return mayAccess(this.machine, program, { address: low, size, isWrite, isSigned }) ? 1 : 0;
  }

  /** As the interpreter's: the packet may make MAX_TAIL_CALLS of them. */
  private tailCall(framePointer: number): number {
    const { machine, state } = this;
    const { u32 } = machine.memory;
    this.useFrame(framePointer);
    const map = u32[state + 5] === 0 ? machine.mapAt(u32[state + 4]!) : undefined;
    if (map?.programs === undefined) {
      return this.refuse(new Trap('helper', 'bpf_tail_call: argument 2 is not a program array')) * -1;
    }
    if (u32[state + 2] !== machine.packet.contextAddress || u32[state + 3] !== 0) {
      return this.refuse(new Trap('helper', 'bpf_tail_call: argument 1 is not the context')) * -1;
    }
    const id = map.programs.program(u32[state + 6]!);
    const taken = u32[state + STATE.TAIL_CALLS / 4]!;
    if (id === 0 || taken >= RUN_LIMIT.MAX_TAIL_CALLS) return 0;
    const program = machine.programs[id - 1]!;
    if (program.problem !== undefined) return this.refuse(new Trap('helper', program.problem.message)) * -1;
    this.source.provideProgram(program);
    const after = machine.memory.u32;
    after[state + STATE.TAIL_CALLS / 4] = taken + 1;
    const low = framePointer - VERIFIER_LIMIT.MAX_CALL_FRAMES * FRAME_BYTES;
    after[state + STATE.STACK_LOW / 4] = Math.min(after[state + STATE.STACK_LOW / 4]!, low);
    return id;
  }

  private stop(where: number, framePointer: number, id: number): never {
    const { machine, state } = this;
    const registers = machine.memory.u32.slice(state, state + WORDS);
    const stop = { program: machine.programs[id - 1]!, slot: where >>> STOP_BITS, registers };
    this.useFrame(framePointer);
    const trap = trapAt(machine, stop, where, this.pending);
    if (trap.kind !== 'budget') this.counters?.stopped(stop.program, stop.slot);
    this.stopped = stop;
    throw trap;
  }
}
