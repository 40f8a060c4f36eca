// Which registers an instruction may still need: a register that nothing reads again need not be equal for two states to be.
import type { Instruction, Operand } from '../../isa/instruction.js';
import { xdpHelper } from '../../platform/helpers.js';
import { xdpKfunc } from '../../platform/kfuncs.js';
import { kfuncNameAt, type Prepared } from '../program.js';
import { successors } from './check.js';

interface Effect {
  readonly uses: number;
  readonly defines: number;
}

const CALLER_SAVED = 0b11_1111;
const ARGUMENTS = 0b11_1110;
const NOTHING: Effect = { uses: 0, defines: 0 };

/** Registers, as bits, that are live before each slot. */
export function liveRegisters(prepared: Prepared): Uint16Array {
  const { raw, instructions } = prepared;
  const effects = instructions.map((instruction, slot) => {
    if (instruction === undefined) return NOTHING;
    return instruction.kind === 'call' ? callEffect(prepared, instruction, slot) : effectOf(instruction);
  });
  const live = new Uint16Array(raw.length);
  const next = raw.map((_, slot) => successors(raw, slot).filter(target => target < raw.length));
  for (let changed = true; changed; ) {
    changed = false;
    for (let slot = raw.length - 1; slot >= 0; slot--) {
      const { uses, defines } = effects[slot]!;
      let out = 0;
      for (const target of next[slot]!) out |= live[target]!;
      const before = (out & ~defines) | uses;
      if (before !== live[slot]) {
        live[slot] = before;
        changed = true;
      }
    }
  }
  return live;
}

/** A helper or kernel function needs as many arguments as it declares. */
function callEffect(prepared: Prepared, { target }: Extract<Instruction, { kind: 'call' }>, slot: number): Effect {
  const count =
    target.kind === 'helper'
      ? xdpHelper(target.id)?.arguments.length
      : target.kind === 'kfunc'
        ? xdpKfunc(kfuncNameAt(prepared, slot) ?? '')?.parameters.length
        : undefined;
  return { uses: count === undefined ? ARGUMENTS : (2 << count) - 2, defines: CALLER_SAVED };
}

const bit = (register: number): number => 1 << register;
const operandBits = (operand: Operand): number => (operand.kind === 'register' ? bit(operand.register) : 0);

function effectOf(instruction: Instruction): Effect {
  switch (instruction.kind) {
    case 'alu': {
      const source = operandBits(instruction.source);
      const dst = bit(instruction.dst);
      return { uses: instruction.op === 'mov' ? source : source | dst, defines: dst };
    }
    case 'neg':
    case 'byteswap':
      return { uses: bit(instruction.dst), defines: bit(instruction.dst) };
    case 'movsx':
    case 'addressSpaceCast':
      return { uses: bit(instruction.src), defines: bit(instruction.dst) };
    case 'load':
    case 'loadAcquire':
      return { uses: bit(instruction.base), defines: bit(instruction.dst) };
    case 'store':
      return { uses: bit(instruction.base) | operandBits(instruction.source), defines: 0 };
    case 'storeRelease':
      return { uses: bit(instruction.base) | bit(instruction.src), defines: 0 };
    case 'atomic':
      return atomicEffect(instruction);
    case 'branch':
      return { uses: bit(instruction.dst) | operandBits(instruction.source), defines: 0 };
    case 'exit':
      return { uses: bit(0), defines: 0 };
    case 'loadImmediate64':
      return { uses: 0, defines: bit(instruction.dst) };
    case 'packetLoad':
      return { uses: bit(6) | bit(instruction.src), defines: CALLER_SAVED };
    default:
      return NOTHING;
  }
}

function atomicEffect({ op, fetch, base, src }: Extract<Instruction, { kind: 'atomic' }>): Effect {
  const uses = bit(base) | bit(src);
  if (op === 'cmpxchg') return { uses: uses | bit(0), defines: bit(0) };
  return { uses, defines: fetch ? bit(src) : 0 };
}
