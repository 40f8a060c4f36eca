// The interpreter behind the seam: the simple reference that checks every access.
import { type BoundObject, bindObjects, runnableProgram } from '../../machine/bind.js';
import { type Fault, Thrown, Trap } from '../../machine/fault.js';
import { type BoundProgram, Machine } from '../../machine/machine.js';
import type { MapAccess } from '../../machine/map.js';
import { followRedirect, type SecondRun } from '../../machine/redirect.js';
import { type ObjectSpec, sourceLineAt } from '../../object/spec.js';
import { XDP_ACTION } from '../../platform/actions.js';
import { assert } from '../../support/errors.js';
import type { Engine, EngineOptions, Packet, Result, Session } from '../engine.js';
import type { SlotCounts } from '../observe.js';
import { type Code, HelperIndex, lowerProgram, RegisterFile, STRIDE } from './lower.js';
import { Observer } from './observer.js';
import { Runner, returnValue } from './run.js';

/** The engine that runs instruction by instruction. */
export function createInterpreter(): Engine & Required<Pick<Engine, 'openTogether'>> {
  return {
    name: 'interpreter',
    open: (object, options) => openTogether([object], options)[0]!,
    openTogether,
  };
}

function openTogether(objects: readonly ObjectSpec[], options: EngineOptions): readonly Session[] {
  const machine = new Machine(options);
  const bound = bindObjects(machine, objects);
  const interpreter = new Interpreter(machine, options);
  return bound.map(object => new InterpreterSession(interpreter, object));
}

/** One object of a machine. */
class InterpreterSession implements Session {
  readonly maps: ReadonlyMap<string, MapAccess>;
  readonly counts?: readonly SlotCounts[];
  private readonly interpreter: Interpreter;
  private readonly object: BoundObject;

  constructor(interpreter: Interpreter, object: BoundObject) {
    this.interpreter = interpreter;
    this.object = object;
    this.maps = object.maps;
    const { counts } = interpreter;
    if (counts !== undefined) this.counts = [...object.programs.values()].map(({ id }) => counts[id - 1]!);
  }

  run(program: string, packets: readonly Packet[]): readonly Result[] {
    return this.interpreter.run(runnableProgram(this.object, program), packets);
  }

  close(): void {
    // Nothing outlives the session's own memory.
  }
}

/** All programs of a machine, lowered. */
class Interpreter {
  /** In the order of the programs' ids; undefined where they were not asked for. */
  readonly counts: readonly SlotCounts[] | undefined;
  private readonly machine: Machine;
  private readonly codes: readonly Code[];
  private readonly runner: Runner | undefined;
  private readonly budget: number;

  constructor(machine: Machine, { instructionBudget, observe }: EngineOptions) {
    this.budget = instructionBudget;
    this.machine = machine;
    const registers = new RegisterFile();
    const index = new HelperIndex();
    this.codes = machine.programs.map(program => lowerProgram(program, registers, index));
    if (this.codes.length === 0) return;
    this.runner = new Runner(machine, this.codes, registers.words, index.helpers);
    if (observe === undefined) return;
    const observer = new Observer(observe, machine, this.codes, registers.words);
    this.runner.observer = observer;
    if (observe.counts) this.counts = observer.counts;
  }

  run({ id }: BoundProgram, packets: readonly Packet[]): readonly Result[] {
    const { runner } = this;
    assert(runner !== undefined, 'a machine with programs');
    const code = this.codes[id - 1]!;
    return packets.map(packet => this.runOne(runner, code, packet));
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
    const [code, runner] = [this.codes[program.id - 1], this.runner];
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
    if (error instanceof Thrown) return runner.endWith(error.cookie);
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
