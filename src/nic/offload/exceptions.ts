// Names of operations that a card may lack although it implements their conformance group.
import type { Instruction } from '../../isa/instruction.js';
import type { ISA_EXCEPTIONS } from '../model-fields.js';

/** An operation that a card may lack. */
export type IsaException = (typeof ISA_EXCEPTIONS)[number];

/** The names under which a model can say that it lacks an instruction. */
export function exceptionsOf(instruction: Instruction): readonly IsaException[] {
  switch (instruction.kind) {
    case 'alu':
      return ARITHMETIC[instruction.op] ?? [];
    case 'movsx':
      return ['movsx'];
    case 'byteswap':
      return instruction.op === 'bswap' ? ['bswap'] : instruction.op === 'le' ? ['to-le'] : [];
    case 'load':
      return instruction.isSigned ? ['memsx'] : [];
    case 'jump':
      return instruction.isLong ? ['gotol'] : [];
    case 'mayGoto':
      return ['may-goto'];
    case 'atomic':
      return [ATOMICS[instruction.op], ...(instruction.fetch ? (['atomic-fetch'] as const) : [])];
    case 'loadAcquire':
    case 'storeRelease':
      return ['acquire-release'];
    case 'addressSpaceCast':
      return ['address-space-cast'];
    case 'jumpRegister':
    case 'callRegister':
      return ['indirect'];
    case 'loadImmediate64':
      return instruction.source === 4 ? ['function-address'] : [];
    case 'call':
      return callExceptions(instruction);
    default:
      return [];
  }
}

/** Id of bpf_tail_call. */
const TAIL_CALL = 12;

function callExceptions({ target }: Extract<Instruction, { kind: 'call' }>): readonly IsaException[] {
  if (target.kind === 'function') return ['local-call'];
  if (target.kind === 'kfunc') return ['kfunc-call'];
  return target.id === TAIL_CALL ? ['tail-call'] : [];
}

const ARITHMETIC: Readonly<Record<string, readonly IsaException[]>> = {
  mul: ['mul'],
  div: ['div'],
  mod: ['mod'],
  sdiv: ['sdiv'],
  smod: ['smod', 'mod'],
};

const ATOMICS = {
  add: 'atomic-add',
  or: 'atomic-or',
  and: 'atomic-and',
  xor: 'atomic-xor',
  xchg: 'atomic-exchange',
  cmpxchg: 'atomic-exchange',
} as const;
