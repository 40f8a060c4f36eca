// From the place where emitted code stopped to the Trap that says why, in the words of every engine.
import type { Instruction, SizeBytes } from '../../isa/instruction.js';
import { type Fault, Trap } from '../../machine/fault.js';
import type { BoundProgram, Machine } from '../../machine/machine.js';
import { trapMessage } from '../../machine/trap-message.js';
import { sourceLineAt } from '../../object/spec.js';
import { contextFieldAt, XDP_MD_BYTES } from '../../platform/context.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { InternalError } from '../../support/errors.js';
import { STOP, STOP_BITS } from './state.js';

const TWO_32 = 2 ** 32;
const TWO_64 = TWO_32 * TWO_32;

/** A stopped program: where, and the registers as low and high words. */
export interface Stop {
  readonly program: BoundProgram;
  readonly slot: number;
  readonly registers: Uint32Array;
}

/** Why emitted code stopped at `stop`; `pending` is what a helper threw. */
export function trapAt(machine: Machine, stop: Stop, where: number, pending: Trap | undefined): Trap {
  switch (where & ((1 << STOP_BITS) - 1)) {
    case STOP.access:
      return accessTrap(machine, stop);
    case STOP.budget:
      return new Trap('budget', 'more instructions than one packet may execute');
    case STOP.depth:
      return depthTrap();
    case STOP.helper:
      if (pending === undefined) throw new InternalError('expected a helper that refused');
      return pending;
    default: {
      const kind = stop.slot < stop.program.instructions.length ? 'instruction' : 'control';
      return new Trap(kind, trapMessage(stop.program, stop.slot));
    }
  }
}

/** The trap of a call from the deepest frame that there is. */
export function depthTrap(): Trap {
  return new Trap('control', `the call stack of ${VERIFIER_LIMIT.MAX_CALL_FRAMES + 1} frames is too deep`);
}

/** A trap as plain data. */
export function faultOf({ program, slot, registers }: Stop, trap: Trap): Fault {
  return {
    kind: trap.kind,
    message: trap.message,
    program: program.spec.name,
    slot,
    registers: Array.from(
      { length: 11 },
      (_, at) => (BigInt(registers[2 * at + 1]!) << 32n) | BigInt(registers[2 * at]!),
    ),
    address: trap.address,
    sizeBytes: trap.sizeBytes,
    source: sourceLineAt(program.spec, slot),
  };
}

interface Access {
  readonly address: number;
  readonly size: SizeBytes;
  readonly isWrite: boolean;
  readonly isSigned: boolean;
  readonly isAligned: boolean;
}

function accessTrap(machine: Machine, { program, slot, registers }: Stop): Trap {
  const instruction = program.instructions[slot];
  const access = instruction === undefined ? undefined : accessOf(instruction, registers);
  if (access === undefined) throw new InternalError(`expected an access at slot ${slot}`);
  const { address, size } = access;
  const isAllowed = address >= 0 && address < TWO_32 && mayAccess(machine, program, access);
  if (isAllowed && access.isAligned) {
    return new Trap('access', `misaligned access of ${size} bytes at 0x${address.toString(16)}`, address, size);
  }
  const inContext = address - machine.packet.contextAddress;
  if (inContext >= 0 && inContext < XDP_MD_BYTES) {
    return new Trap('access', `invalid bpf_context access off=${inContext} size=${size}`, address, size);
  }
  return machine.guard.trap(address < 0 ? address + TWO_64 : address, size, access.isWrite);
}

function accessOf(instruction: Instruction, registers: Uint32Array): Access | undefined {
  switch (instruction.kind) {
    case 'load':
    case 'store':
    case 'atomic':
    case 'loadAcquire':
    case 'storeRelease': {
      const { base, offset, size } = instruction;
      const address = registers[2 * base + 1]! * TWO_32 + registers[2 * base]! + offset;
      const isWrite = instruction.kind !== 'load' && instruction.kind !== 'loadAcquire';
      const isSigned = instruction.kind === 'load' && instruction.isSigned;
      const isAligned = instruction.kind !== 'load' && instruction.kind !== 'store';
      return { address, size, isWrite, isSigned, isAligned };
    }
    default:
      return undefined;
  }
}

/** What emitted code asks about an access that is neither to the packet nor to the stack. */
export function mayAccess(
  machine: Machine,
  program: BoundProgram,
  { address, size, isWrite, isSigned }: Pick<Access, 'address' | 'size' | 'isWrite' | 'isSigned'>,
): boolean {
  if (machine.guard.allows(address, size, isWrite)) return true;
  const offsetBytes = address - machine.packet.contextAddress;
  if (isWrite || offsetBytes < 0 || offsetBytes >= XDP_MD_BYTES) return false;
  const { attachPoint } = program.spec;
  return contextFieldAt({ offsetBytes, sizeBytes: size, isSigned, attachPoint }) !== undefined;
}
