// What must hold of a program's shape before any path is walked: jumps stay in their function, functions end, all code can be reached.
import type { Btf } from '../../btf/btf.js';
import { skipModifiers } from '../../btf/resolve.js';
import type { RawInstruction } from '../../isa/raw.js';
import type { ErrnoName } from '../../platform/errno.js';
import type { Prepared, Subprogram } from '../program.js';
import { Rejected, reject } from '../rejected.js';

const CLASS_MASK = 7;
const JMP = 5;
const JMP32 = 6;
const CALL = 0x85;
const EXIT = 0x95;
const JUMP = 0x05;
const JUMP_LONG = 0x06;
const LOAD_IMMEDIATE64 = 0x18;
const [OPERATION_CALL, OPERATION_EXIT] = [0x80, 0x90];

/** Checks in the kernel's order; throws Rejected. */
export function checkStructure(prepared: Prepared): void {
  checkKfuncCalls(prepared);
  checkJumps(prepared);
  checkResults(prepared);
  checkLoads(prepared);
  checkReachability(prepared);
}

const KFUNC_CALL = 2;

/** Kernel functions are looked up before anything else is looked at, whether a path reaches the call or not. */
function checkKfuncCalls({ raw, spec, isGpl }: Prepared): void {
  raw.forEach(({ opcode, src, offset }, slot) => {
    if (opcode !== CALL || src !== KFUNC_CALL) return;
    const reference = spec.references.get(slot);
    if (!isGpl) {
      throw new Rejected('EINVAL', ['cannot call kernel function from non-GPL compatible program'], { slot });
    }
    if (reference === undefined && offset !== 0) {
      throw new Rejected('EPROTO', ['kfunc offset > 0 without fd_array is invalid'], { slot });
    }
  });
}

const ARRAY = 2;
/** What Linux says of 64-bit immediates whose pseudo source refers to nothing, by that source. */
const UNRESOLVED: Readonly<Record<number, readonly [errno: ErrnoName, line: string]>> = {
  3: ['EINVAL', "pseudo btf_id 0 in ldimm64 isn't KIND_VAR or KIND_FUNC"],
  5: ['EPROTO', 'fd_idx without fd_array is invalid'],
  6: ['EPROTO', 'fd_idx without fd_array is invalid'],
};

/** What the kernel refuses wherever it stands, in slot order: what is no instruction, and addresses into maps that have none. */
function checkLoads({ scanFindings, immediates, instructions }: Prepared): void {
  const [first] = scanFindings;
  const unresolved = instructions.findIndex(
    (item, slot) => item?.kind === 'loadImmediate64' && item.source in UNRESOLVED && !immediates.has(slot),
  );
  if (unresolved >= 0 && (first === undefined || unresolved < first.slot)) {
    const item = instructions[unresolved];
    const [errno, line] = UNRESOLVED[item?.kind === 'loadImmediate64' ? item.source : 0]!;
    throw new Rejected(errno, [line], { slot: unresolved });
  }
  for (const [slot, immediate] of immediates) {
    if (first !== undefined && first.slot < slot) break;
    if (immediate.kind !== 'mapValue') continue;
    const { map, offset } = immediate;
    if (map.type !== ARRAY) {
      throw new Rejected('EINVAL', ['no direct value access support for this map type'], { slot });
    }
    const text = `invalid access to map value pointer, value_size=${map.valueBytes} off=${offset}`;
    if (map.maxEntries !== 1) throw new Rejected('ENOTSUPP', [text], { slot });
    if (offset >= map.valueBytes) throw new Rejected('EINVAL', [text], { slot });
  }
  if (first !== undefined) throw new Rejected('EINVAL', [first.message], { slot: first.slot });
}

/** The slot a jump goes to; undefined for what is no jump. */
export function jumpTarget({ opcode, offset, imm }: RawInstruction, slot: number): number | undefined {
  const group = opcode & CLASS_MASK;
  if (group !== JMP && group !== JMP32) return undefined;
  const operation = opcode & 0xf0;
  if (operation === OPERATION_CALL || operation === OPERATION_EXIT) return undefined;
  return slot + 1 + (opcode === JUMP_LONG ? imm : offset);
}

function checkJumps({ raw, subprograms }: Prepared): void {
  for (const { start, end } of subprograms) {
    for (let slot = start; slot < end; slot++) {
      const target = jumpTarget(raw[slot]!, slot);
      if (target !== undefined && (target < start || target >= end)) {
        throw new Rejected('EINVAL', [`jump out of range from insn ${slot} to ${target}`], { slot });
      }
    }
    const { opcode } = raw[end - 1]!;
    if (opcode !== EXIT && opcode !== JUMP && opcode !== JUMP_LONG) {
      throw new Rejected('EINVAL', ['last insn is not an exit or jmp'], { slot: end - 1 });
    }
  }
}

const [LOAD_CLASS, MODE_MASK, MODE_ABSOLUTE, MODE_INDIRECT] = [0, 0xe0, 0x20, 0x40];
const TAIL_CALL = 12;

/** Functions that may leave the program on their way must be of type int, for the value that it then returns is theirs. */
function checkResults({ raw, subprograms, btf }: Prepared): void {
  for (const { start, end, spec } of subprograms.slice(1)) {
    if (spec?.typeId === undefined || btf === undefined || returnsInteger(btf, spec.typeId)) continue;
    const body = raw.slice(start, end);
    const loadsPacket = body.some(
      ({ opcode }) =>
        (opcode & CLASS_MASK) === LOAD_CLASS &&
        ((opcode & MODE_MASK) === MODE_ABSOLUTE || (opcode & MODE_MASK) === MODE_INDIRECT),
    );
    if (loadsPacket) reject('EINVAL', "LD_ABS is only allowed in functions that return 'int'.");
    if (body.some(({ opcode, src, imm }) => opcode === CALL && src === 0 && imm === TAIL_CALL)) {
      reject('EINVAL', "tail_call is only allowed in functions that return 'int'.");
    }
  }
}

function returnsInteger(btf: Btf, typeId: number): boolean {
  const fn = btf.typeById(typeId);
  const prototype = fn.kind === 'func' ? btf.typeById(fn.typeId) : fn;
  if (prototype.kind !== 'func_proto') return false;
  return ['int', 'enum', 'enum64'].includes(skipModifiers(btf, prototype.returnTypeId).kind);
}

/** Where control may go from a slot. */
export function successors(raw: readonly RawInstruction[], slot: number): readonly number[] {
  const instruction = raw[slot]!;
  const { opcode } = instruction;
  if (opcode === EXIT) return [];
  if (opcode === LOAD_IMMEDIATE64) return [slot + 2];
  const target = jumpTarget(instruction, slot);
  if (target === undefined) return [slot + 1];
  return opcode === JUMP || opcode === JUMP_LONG ? [target] : [slot + 1, target];
}

function checkReachability({ raw, subprograms }: Prepared): void {
  const reached = new Uint8Array(raw.length);
  const pending = [0];
  const starts = functionStarts(raw, subprograms);
  reached[0] = 1;
  const visit = (from: number, to: number): void => {
    if (to < 0 || to >= raw.length) {
      throw new Rejected('EINVAL', [`jump out of range from insn ${from} to ${to}`], { slot: from });
    }
    if (reached[to] === 1) return;
    reached[to] = 1;
    pending.push(to);
  };
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    for (const next of successors(raw, slot)) visit(slot, next);
    const callee = starts.get(slot);
    if (callee !== undefined) visit(slot, callee);
  }
  reportUnreached(raw, reached);
}

/** The functions that instructions call or take the address of, by slot. */
function functionStarts(
  raw: readonly RawInstruction[],
  subprograms: readonly Subprogram[],
): ReadonlyMap<number, number> {
  const starts = new Set(subprograms.map(({ start }) => start));
  const found = new Map<number, number>();
  raw.forEach(({ opcode, src, imm }, slot) => {
    const names = (opcode === CALL && src === 1) || (opcode === LOAD_IMMEDIATE64 && src === 4);
    if (names && starts.has(slot + imm + 1)) found.set(slot, slot + imm + 1);
  });
  return found;
}

function reportUnreached(raw: readonly RawInstruction[], reached: Uint8Array): void {
  for (let slot = 0; slot < raw.length; slot++) {
    if (reached[slot] === 0) throw new Rejected('EINVAL', [`unreachable insn ${slot}`], { slot });
    if (raw[slot]!.opcode !== LOAD_IMMEDIATE64) continue;
    slot++;
    if (slot < raw.length && reached[slot] === 1) {
      reject('EINVAL', `jump into the middle of ldimm64 insn ${slot - 1}`);
    }
  }
}
