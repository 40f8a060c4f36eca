// Walks one function over all its paths, instruction by instruction.
import type { Instruction } from '../../isa/instruction.js';
import { constant, UNKNOWN } from '../number/bounds.js';
import { type Obligation, obligationsOf } from '../obligations.js';
import { isAbsentKfunc, subprogramAt } from '../program.js';
import { endPath, isCovered, widen } from '../prune/visit.js';
import { reject } from '../rejected.js';
import { arithmetic, byteswap, negation, signExtendingMove } from '../rules/arithmetic.js';
import { branch } from '../rules/branch.js';
import { callFunction, requireReturn, returnFromFunction } from '../rules/functions.js';
import { enterGlobal } from '../rules/global-arguments.js';
import { callHelper } from '../rules/helpers.js';
import { callKfunc } from '../rules/kfuncs.js';
import { access } from '../rules/memory.js';
import { typeName } from '../rules/names.js';
import { prove } from '../rules/prove.js';
import { requireNothingHeld } from '../rules/references.js';
import { requireSamePointer } from '../rules/same-pointer.js';
import { pointer, scalar } from '../state/register.js';
import { Frame, State } from '../state/state.js';
import { step } from '../state/trace.js';
import type { Walker } from './walker.js';

/** Called before each instruction that is walked. */
export type Visitor = (walker: Walker) => void;

const NO_PACKET_LOADS = 'BPF_LD_[ABS|IND] instructions not allowed for this program type';

/** Where a path ends. */
const END = -1;

/** Walks function `index` (0: the main program); throws Rejected where it fails. */
export function walkFunction(walker: Walker, index: number, visit: Visitor | undefined): void {
  const subprogram = walker.prepared.subprograms[index]!;
  const frame = new Frame(0, index, -1);
  walker.entry = index;
  walker.state = new State([frame]);
  walker.state.branches = 1;
  walker.slot = subprogram.start;
  walker.previousSlot = -1;
  walker.pending.length = 0;
  walker.explored.clear();
  walker.loops.clear();
  if (index === 0) frame.registers[1] = pointer('context');
  else enterGlobal(walker, subprogram, frame);
  do {
    walkPath(walker, visit);
    endPath(walker);
  } while (walker.pop());
}

function walkPath(walker: Walker, visit: Visitor | undefined): void {
  for (;;) {
    const { slot } = walker;
    const refused = walker.prepared.refused.get(slot);
    walker.count();
    if (walker.settings.prunes && walker.plan.isPrunePoint[slot] === 1 && isCovered(walker)) {
      walker.log.covered(slot, walker.previousSlot);
      return;
    }
    walker.state.trace = step(walker.state.trace, slot);
    walker.visited[slot] = 1;
    visit?.(walker);
    if (refused !== undefined) refuse(walker, refused.message);
    const next = execute(walker, walker.instruction);
    walker.previousSlot = slot;
    if (next === END) return;
    walker.slot = next;
  }
}

/** Refuses what is no instruction; of comparisons, the kernel looks at the first register before it looks at unused fields. */
function refuse(walker: Walker, message: string): never {
  const { dst } = walker.prepared.raw[walker.slot]!;
  if (message.startsWith('BPF_JMP/JMP32')) walker.read(dst);
  if (message.startsWith('BPF_LD_[ABS|IND]')) return reject('EINVAL', NO_PACKET_LOADS);
  return reject('EINVAL', message);
}

/** Proves and transfers one instruction; gives the next slot, END behind the last. */
function execute(walker: Walker, instruction: Instruction): number {
  const next = walker.slot + 1;
  switch (instruction.kind) {
    case 'branch':
      walker.jumps++;
      proveAll(walker, instruction);
      return branch(walker, instruction);
    case 'jump':
      walker.jumps++;
      return next + instruction.offset;
    case 'mayGoto':
      walker.jumps++;
      return mayGoto(walker, instruction.offset);
    case 'call':
      walker.jumps++;
      return call(walker, instruction);
    case 'exit':
      walker.jumps++;
      return exit(walker);
    case 'loadImmediate64':
      proveAll(walker, instruction);
      loadImmediate(walker, instruction.dst);
      return next + 1;
    case 'packetLoad':
      return reject('EINVAL', NO_PACKET_LOADS);
    case 'addressSpaceCast':
      return reject('EINVAL', 'addr_space_cast insn can only be used in a program that has an associated arena');
    default: {
      const base = 'base' in instruction ? walker.get(instruction.base) : undefined;
      proveAll(walker, instruction);
      transfer(walker, instruction);
      if (base !== undefined && instruction.kind !== 'atomic') requireSamePointer(walker, base, instruction.kind);
      return next;
    }
  }
}

/** Proves what the instruction needs; memory accesses move the state as they are proved. */
function proveAll(walker: Walker, instruction: Instruction): void {
  for (const obligation of obligationsAt(walker, instruction)) {
    if (obligation.kind === 'access') access(walker, obligation);
    else prove(walker, obligation);
  }
}

function obligationsAt({ obligations, slot }: Walker, instruction: Instruction): readonly Obligation[] {
  obligations[slot] ??= obligationsOf(instruction);
  return obligations[slot];
}

function transfer(walker: Walker, instruction: Instruction): void {
  switch (instruction.kind) {
    case 'alu':
      return arithmetic(walker, instruction);
    case 'movsx':
      return signExtendingMove(walker, instruction);
    case 'neg':
      return negation(walker, instruction);
    case 'byteswap':
      return byteswap(walker, instruction);
    default:
  }
}

function loadImmediate(walker: Walker, dst: number): void {
  const immediate = walker.prepared.immediates.get(walker.slot);
  if (immediate === undefined) reject('EBADF', 'fd 0 is not pointing to valid bpf_map');
  switch (immediate.kind) {
    case 'number':
      walker.setScalar(dst, constant(immediate.value));
      return;
    case 'map':
      walker.set(dst, pointer('map', { map: immediate.map }));
      return;
    case 'mapValue': {
      const { map, offset } = immediate;
      walker.set(dst, pointer('mapValue', { map, offset }));
      return;
    }
    case 'function':
      return loadFunction(walker, dst, immediate.subprogram);
    case 'ksym':
      walker.set(dst, scalar(UNKNOWN));
  }
}

function loadFunction(walker: Walker, dst: number, index: number): void {
  const subprogram = walker.prepared.subprograms[index];
  if (subprogram === undefined) reject('EINVAL', 'call to invalid destination');
  if (subprogram.spec?.typeId === undefined) reject('EINVAL', 'missing btf func_info');
  if (subprogram.isGlobal) reject('EINVAL', 'callback function not static');
  walker.set(dst, pointer('function', { subprogram: index }));
}

function mayGoto(walker: Walker, offset: number): number {
  const again = walker.push(walker.slot + 1);
  again.mayGotoDepth++;
  widen(walker.state.parent?.parent, walker.slot, again);
  return walker.slot + 1 + offset;
}

function call(walker: Walker, { target }: Extract<Instruction, { kind: 'call' }>): number {
  const next = walker.slot + 1;
  const { references } = walker.prepared.spec;
  if (walker.state.activeLocks > 0) requireAllowedUnderLock(walker, target);
  if (target.kind === 'function') {
    return callFunction(walker, subprogramAt(walker.prepared.subprograms, next + target.offset));
  }
  if (target.kind === 'helper') {
    callHelper(walker, target.id);
    return next;
  }
  if (isAbsentKfunc(walker.prepared, walker.slot, walker.settings.kernelTypes)) return next;
  const reference = references.get(walker.slot);
  return callKfunc(walker, reference?.kind === 'kfunc' ? reference.name : undefined) ? next : END;
}

const SPIN_UNLOCK = 94;

function requireAllowedUnderLock(walker: Walker, target: Extract<Instruction, { kind: 'call' }>['target']): void {
  if (target.kind === 'function') return;
  if (target.kind === 'helper' && target.id === SPIN_UNLOCK) return;
  if (target.kind === 'kfunc') {
    const reference = walker.prepared.spec.references.get(walker.slot);
    const name = reference?.kind === 'kfunc' ? reference.name : '';
    if (/^bpf_(list_|rbtree_|iter_num_|refcount_acquire|res_spin_)/.test(name)) return;
  }
  reject('EINVAL', 'function calls are not allowed while holding a lock');
}

function exit(walker: Walker): number {
  const { state } = walker;
  const isMain = state.frames.length === 1;
  requireNothingHeld(walker, 'BPF_EXIT instruction in main prog', isMain);
  if (!isMain) return returnFromFunction(walker);
  const result = walker.read(0);
  if (state.frame.isAsync) {
    if (result.kind !== 'scalar')
      reject('EINVAL', `At async callback return the register R0 is not a known value (${typeName(result)})`, 0);
    requireReturn(result, [0, 0], 'At async callback return');
  } else if (walker.entry !== 0 && result.kind !== 'scalar') {
    reject('EINVAL', `At subprogram exit the register R0 is not a scalar value (${typeName(result)})`, 0);
  }
  return END;
}
