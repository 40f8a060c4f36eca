// The interpreter behind the seam: the simple reference that checks every access.
import { bindObject } from '../../machine/bind.js';
import { type Fault, Trap } from '../../machine/fault.js';
import { type BoundProgram, Machine } from '../../machine/machine.js';
import type { MapAccess } from '../../machine/map.js';
import { followRedirect, type SecondRun } from '../../machine/redirect.js';
import { type ObjectSpec, sourceLineAt } from '../../object/spec.js';
import { XDP_ACTION } from '../../platform/actions.js';
import { InputError } from '../../support/errors.js';
import type { Engine, EngineOptions, Packet, Result, Session } from '../engine.js';
import type { SlotCounts } from '../observe.js';
import { type Code, HelperIndex, lowerProgram, RegisterFile, STRIDE } from './lower.js';
import { Observer } from './observer.js';
import { Runner, returnValue } from './run.js';

/** The engine that runs instruction by instruction. */
export function createInterpreter(): Engine {
  return { name: 'interpreter', open: (object, options) => new InterpreterSession(object, options) };
}

class InterpreterSession implements Session {
  readonly maps: ReadonlyMap<string, MapAccess>;
  readonly counts?: readonly SlotCounts[];
  private readonly machine: Machine;
  private readonly codes: ReadonlyMap<string, Code>;
  private readonly runner: Runner | undefined;
  private readonly fileName: string;
  private readonly budget: number;

  constructor(object: ObjectSpec, options: EngineOptions) {
    this.fileName = object.fileName;
    this.budget = options.instructionBudget;
    this.machine = new Machine(options);
    const bound = bindObject(this.machine, object);
    this.maps = bound.maps;
    const registers = new RegisterFile();
    const index = new HelperIndex();
    const codes = this.machine.programs.map(program => lowerProgram(program, registers, index));
    this.codes = new Map(codes.map(code => [code.program.spec.name, code]));
    if (codes.length === 0) return;
    this.runner = new Runner(this.machine, codes, registers.words, index.helpers);
    if (options.observe === undefined) return;
    const observer = new Observer(options.observe, this.machine, codes, registers.words);
    this.runner.observer = observer;
    if (options.observe.counts) this.counts = observer.counts;
  }

  run(program: string, packets: readonly Packet[]): readonly Result[] {
    const code = this.codes.get(program);
    const runner = this.runner;
    if (code === undefined || runner === undefined) throw this.unknown(program);
    if (code.program.problem !== undefined) throw code.program.problem;
    return packets.map(packet => this.runOne(runner, code, packet));
  }

  close(): void {
    // Nothing outlives the session's own memory.
  }

  private unknown(program: string): InputError {
    const known = [...this.codes.keys()].join(', ');
    const hint = known === '' ? 'it has none' : `it has ${known}`;
    return new InputError('program-unknown', `${this.fileName}: no XDP program ${program}; ${hint}`);
  }

  private runOne(runner: Runner, code: Code, packet: Packet): Result {
    const { machine } = this;
    machine.beginPacket(packet);
    machine.packet.load(packet.bytes, packet);
    const fault = runToEnd(runner, code, this.budget);
    const way = runner.observer?.end();
    const value = fault === undefined ? returnValue(runner.registers) : XDP_ACTION.XDP_ABORTED;
    const result: Result = {
      returnValue: value,
      bytes: machine.packet.frame(),
      metadata: machine.packet.metadata(),
      headroomBytes: machine.packet.headroomBytes,
      redirect: value === XDP_ACTION.XDP_REDIRECT ? machine.redirect : undefined,
      events: machine.events,
      instructions: this.budget - runner.budgetLeft,
      fault,
      ...(way !== undefined && { way }),
    };
    const { redirect } = result;
    const deliveries = redirect && followRedirect(machine, redirect, result, second => this.runSecond(second));
    machine.endPacket();
    return deliveries === undefined ? result : { ...result, deliveries };
  }

  /** A program of a device or CPU map, over the frame in the machine's buffer. */
  private runSecond(program: BoundProgram): SecondRun {
    const { problem, spec } = program;
    const [code, runner] = [this.codes.get(spec.name), this.runner];
    if (code === undefined || runner === undefined || problem !== undefined)
      return { fault: problem?.message ?? `no program ${spec.name}` };
    const fault = runToEnd(runner, code, this.budget);
    return fault === undefined ? { returnValue: returnValue(runner.registers) } : { fault: fault.message };
  }
}

function runToEnd(runner: Runner, code: Code, budget: number): Fault | undefined {
  try {
    if (runner.hasDueTimer) runner.runTimers(budget);
    runner.start(code, budget);
    return undefined;
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return faultOf(runner, error);
  }
}

function faultOf(runner: Runner, trap: Trap): Fault {
  const { spec } = runner.code.program;
  const slot = runner.at / STRIDE;
  return {
    kind: trap.kind,
    message: trap.message,
    program: spec.name,
    slot,
    registers: Array.from({ length: 11 }, (_, register) => registerValue(runner.registers, register)),
    address: trap.address,
    sizeBytes: trap.sizeBytes,
    source: sourceLineAt(spec, slot),
  };
}

function registerValue(registers: Int32Array, register: number): bigint {
  return (BigInt(registers[2 * register + 1]! >>> 0) << 32n) | BigInt(registers[2 * register]! >>> 0);
}
