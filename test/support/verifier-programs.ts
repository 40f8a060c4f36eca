// Random XDP programs, and mutants of given ones: mostly well-formed, so that they get deep into the verifier before they fail, if they do.
import { encodeRaw } from '../../src/isa/encode.js';
import type { AluOp, BranchOp, Instruction, SizeBytes, Width } from '../../src/isa/instruction.js';
import { readRaw, writeRaw } from '../../src/isa/raw.js';
import { type MapSpec, type ObjectSpec, PLAIN_MAP, type ProgramSpec, type Reference } from '../../src/object/spec.js';

/** A seeded source of numbers: the same seed gives the same programs on every machine. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = (seed ^ 0x9e3779b9) >>> 0;
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** True once in `count` times. */
  once(count: number): boolean {
    return this.below(count) === 0;
  }
}

/** A map declaration without name for the kernel. */
export function mapOf(
  name: string,
  type: number,
  key: number,
  value: number,
  entries: number,
  rest: Partial<MapSpec> = {},
): MapSpec {
  const sizes = { keySizeBytes: key, valueSizeBytes: value, maxEntries: entries };
  return { ...PLAIN_MAP, name, type, ...sizes, ...rest };
}

/** The maps that random programs use. */
export const MAPS: readonly MapSpec[] = [
  mapOf('hash', 1, 4, 16, 8),
  mapOf('array', 2, 4, 64, 4),
  mapOf('single', 2, 4, 64, 1),
  mapOf('percpu', 6, 4, 8, 2),
  mapOf('ring', 27, 0, 0, 4096),
  mapOf('constants', 2, 4, 32, 1, {
    flags: 1 << 7,
    contents: Uint8Array.from({ length: 32 }, (_, at) => (at * 37) & 255),
    isFrozen: true,
  }),
  mapOf('programs', 3, 4, 4, 4),
  mapOf('devices', 14, 4, 4, 4),
  mapOf('outer', 12, 4, 4, 4, { inner: mapOf('inner', 2, 4, 16, 2) }),
  mapOf('queue', 22, 0, 8, 4),
];

/** The object that random programs belong to. */
export const RANDOM_OBJECT: ObjectSpec = {
  fileName: 'random',
  byteOrder: 'little',
  license: 'GPL',
  programs: [],
  otherPrograms: [],
  maps: MAPS,
  relocations: [],
  btf: undefined,
  warnings: [],
};

/** A program of these slots; `references` name the maps. */
export function programOf(code: Uint8Array, references: ReadonlyMap<number, Reference> = new Map()): ProgramSpec {
  return {
    name: 'program',
    section: 'xdp',
    attachPoint: 'xdp',
    hasFragments: false,
    autoload: true,
    code,
    references,
    functions: [],
    lines: [],
  };
}

/** Bytes of instructions in slots; `maps` names the map of a 64-bit load by index in the list. */
export function assembleSlots(list: readonly Instruction[], maps: ReadonlyMap<Instruction, string>): ProgramSpec {
  const slots: { instruction: Instruction | undefined }[] = [];
  for (const instruction of list) {
    slots.push({ instruction });
    if (instruction.kind === 'loadImmediate64') slots.push({ instruction: undefined });
  }
  const code = new Uint8Array(8 * slots.length);
  const references = new Map<number, Reference>();
  slots.forEach(({ instruction }, slot) => {
    if (instruction === undefined) return;
    const raw = encodeRaw(instruction);
    writeRaw(code, slot, raw);
    if (instruction.kind === 'loadImmediate64')
      writeRaw(code, slot + 1, { opcode: 0, dst: 0, src: 0, offset: 0, imm: instruction.high });
    const map = maps.get(instruction);
    if (map === undefined || instruction.kind !== 'loadImmediate64') return;
    const offset = instruction.high;
    references.set(slot, instruction.source === 1 ? { kind: 'map', map } : { kind: 'mapValue', map, offset });
  });
  return programOf(code, references);
}

const OPS: readonly AluOp[] = [
  'add',
  'sub',
  'mul',
  'div',
  'sdiv',
  'or',
  'and',
  'lsh',
  'rsh',
  'mod',
  'smod',
  'xor',
  'mov',
  'arsh',
];
const COMMON_OPS: readonly AluOp[] = [
  'add',
  'sub',
  'and',
  'or',
  'lsh',
  'rsh',
  'arsh',
  'mov',
  'mov',
  'add',
  'xor',
  'mul',
];
const BRANCHES: readonly BranchOp[] = [
  'jeq',
  'jgt',
  'jge',
  'jset',
  'jne',
  'jsgt',
  'jsge',
  'jlt',
  'jle',
  'jslt',
  'jsle',
];
const SIZES: readonly SizeBytes[] = [1, 2, 4, 8];
const NUMBERS: readonly number[] = [
  0, 1, 2, 3, 4, 7, 8, 14, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 0xffff, 0x10000, 0x7fffffff, -1, -2, -8, -16,
  -128, -0x80000000, 0x0fffffff,
];

/** Builds one random program. */
class Builder {
  readonly list: Instruction[] = [];
  readonly maps = new Map<Instruction, string>();
  private readonly dice: Dice;
  /** Jumps to fix: position of the instruction, and how many instructions it skips. */
  private readonly jumps: { at: number; skip: number }[] = [];

  /** Registers that hold a number, as far as the builder knows. */
  private readonly numbers = new Set<number>();

  constructor(dice: Dice) {
    this.dice = dice;
  }

  /** A register that holds a number, mostly. */
  private number(): number {
    const { dice, numbers } = this;
    return numbers.size > 0 && !dice.once(25) ? dice.pick([...numbers]) : dice.below(11);
  }

  /** A register to write: one that is not needed later, mostly. */
  private target(): number {
    return this.dice.once(25) ? this.dice.below(11) : this.dice.below(6);
  }

  /** r6 the context, r7 packet start, r8 packet end, r9 a number or a map value. */
  prologue(): void {
    const { dice } = this;
    this.copy(6, 1);
    this.load(4, 7, 1, 0);
    this.load(4, 8, 1, 4);
    if (!dice.once(12)) this.boundsCheck(dice.pick([14, 34, 16, 20, 16]));
    if (dice.once(2)) this.lookup(dice.pick(['hash', 'array', 'percpu', 'hash', 'outer', 'constants', 'single']));
    else this.load(4, 9, 6, dice.pick([12, 16]));
    for (const register of [0, 1, 2, 3, 4, 5]) if (!dice.once(12)) this.initialise(register);
  }

  boundsCheck(size: number): void {
    this.copy(2, 7);
    this.alu('add', 64, 2, size);
    this.branch(this.dice.once(8) ? 'jge' : 'jgt', 64, 2, { register: 8 }, 1);
    this.jump(2);
    this.alu('mov', 64, 0, 1);
    this.list.push({ kind: 'exit' });
  }

  lookup(map: string): void {
    this.store(4, 10, -4, this.dice.pick([0, 1, 3, 100]));
    this.copy(2, 10);
    this.alu('add', 64, 2, -4);
    this.loadMap(1, map);
    this.list.push({ kind: 'call', target: { kind: 'helper', id: 1 } });
    for (const register of [0, 1, 2, 3, 4, 5, 9]) this.numbers.delete(register);
    this.copy(9, 0);
    if (this.dice.once(4)) return;
    this.branch('jne', 64, 9, 0, 2);
    this.alu('mov', 64, 0, 2);
    this.list.push({ kind: 'exit' });
  }

  initialise(register: number): void {
    const { dice } = this;
    switch (dice.below(7)) {
      case 0:
        return this.alu('mov', 64, register, dice.pick(NUMBERS));
      case 1:
        return this.copy(register, dice.pick([6, 7, 8, 9, 10]));
      case 2:
        return this.load(8, register, 10, -8);
      case 3:
        return this.load(4, register, 6, 12);
      case 4:
        return this.load(4, register, 6, 16);
      case 5:
        this.copy(register, 10);
        return this.alu('add', 64, register, dice.pick([-8, -16, -24, -32, -64, -4, -512, -520]));
      default:
        return this.load(dice.pick(SIZES), register, 7, dice.pick([0, 1, 2, 6, 8, 12, 13]));
    }
  }

  /** One random step. */
  step(): void {
    const { dice } = this;
    const kind = dice.below(22);
    const dst = this.number();
    const src = this.number();
    const to = this.target();
    if (kind < 6) return this.randomAlu(dst, src);
    if (kind < 9) return this.randomBranch(dst, src);
    if (kind < 11) return this.stackLoad(to);
    if (kind < 13) return this.stackStore(dice.once(4) ? dice.below(11) : src);
    if (kind < 14)
      return dice.once(8)
        ? this.load(dice.pick(SIZES), to, dice.below(11), dice.pick([0, 1, 4, 8, 12, 13, 15, 16, -8, 63]), dice.once(5))
        : this.randomAlu(dst, src);
    if (kind < 15)
      return this.load(dice.pick(SIZES), to, dice.pick([7, 9]), dice.pick([0, 1, 4, 8, 6, 0, 0]), dice.once(5));
    if (kind < 16)
      return this.storeRegister(dice.pick(SIZES), dice.pick([7, 9, 7, 9, src]), dice.pick([0, 1, 4, 8, 0]), dst);
    if (kind < 17) return this.maskAndIndex(dst);
    if (kind < 18) return this.randomCall();
    if (kind < 19) return this.randomUnary(dst, src);
    if (kind < 20) return this.stackConstant();
    if (kind < 21) return this.boundsCheck(dice.pick([1, 14, 40, 60]));
    return this.randomAtomic(dst, src);
  }

  private stackLoad(to: number): void {
    const { dice } = this;
    const size = dice.pick(SIZES);
    this.load(size, to, 10, this.stackPlace(size), dice.once(4));
  }

  private stackStore(register: number): void {
    const { dice } = this;
    const size = dice.once(2) ? 8 : dice.pick(SIZES);
    this.storeRegister(size, 10, this.stackPlace(size), register);
  }

  private stackConstant(): void {
    const size = this.dice.pick(SIZES);
    this.store(size, 10, this.stackPlace(size), this.dice.pick(NUMBERS));
  }

  /** Aligned, mostly. */
  private stackPlace(size: number): number {
    const { dice } = this;
    const place = -8 * (1 + dice.below(4));
    if (dice.once(40)) return place + dice.below(8);
    return place + size * dice.below(8 / size);
  }

  private randomAlu(dst: number, src: number): void {
    const { dice } = this;
    const width: Width = dice.once(3) ? 32 : 64;
    const op = dice.once(4) ? dice.pick(OPS) : dice.pick(COMMON_OPS);
    const isShift = op === 'lsh' || op === 'rsh' || op === 'arsh';
    const immediate = isShift ? dice.below(dice.once(20) ? 66 : width) : dice.pick(NUMBERS);
    if (dice.once(2)) this.list.push({ kind: 'alu', op, width, dst, source: { kind: 'register', register: src } });
    else this.alu(op, width, dst, immediate);
  }

  private randomBranch(dst: number, src: number): void {
    const { dice } = this;
    const width: Width = dice.once(3) ? 32 : 64;
    const right = dice.once(3) ? { register: src } : dice.pick(NUMBERS);
    if (dice.once(10))
      return this.branch(dice.pick(BRANCHES), 64, dice.pick([1, 2, 3, 4, 7]), { register: 8 }, 1 + dice.below(5));
    this.branch(dice.pick(BRANCHES), width, dst, right, 1 + dice.below(5));
  }

  private maskAndIndex(dst: number): void {
    const { dice } = this;
    this.alu('and', 64, dst, dice.pick([1, 3, 7, 15, 63, 255]));
    const base = dice.pick([7, 9, 9, 10]);
    const register = dice.below(6);
    if (register === dst) return;
    this.copy(register, base);
    if (base === 10) this.alu('add', 64, register, dice.pick([-8, -16, -64, -256]));
    this.list.push({ kind: 'alu', op: 'add', width: 64, dst: register, source: { kind: 'register', register: dst } });
    if (dice.once(2)) this.load(dice.pick(SIZES), dice.below(10), register, dice.pick([0, 1, 8]));
    else this.storeRegister(dice.pick(SIZES), register, dice.pick([0, 1, 8]), dst);
  }

  private randomUnary(dst: number, src: number): void {
    const { dice } = this;
    const width: Width = dice.once(2) ? 32 : 64;
    switch (dice.below(3)) {
      case 0:
        this.list.push({ kind: 'neg', width, dst });
        return;
      case 1:
        this.list.push({
          kind: 'byteswap',
          op: dice.pick(['le', 'be', 'bswap'] as const),
          bits: dice.pick([16, 32, 64] as const),
          dst,
        });
        return;
      default:
        this.list.push({
          kind: 'movsx',
          width,
          bits: dice.pick(width === 64 ? ([8, 16, 32] as const) : ([8, 16] as const)),
          dst,
          src,
        });
    }
  }

  private randomAtomic(dst: number, src: number): void {
    const { dice } = this;
    const op = dice.pick(['add', 'or', 'and', 'xor', 'xchg', 'cmpxchg'] as const);
    const base = dice.pick([10, 10, 9, dst]);
    const fetch = op === 'xchg' || op === 'cmpxchg' || dice.once(2);
    this.list.push({
      kind: 'atomic',
      op,
      fetch,
      size: dice.pick([4, 8] as const),
      base,
      offset: base === 10 ? dice.pick([-8, -16, -4]) : dice.pick([0, 8, 4]),
      src,
    });
  }

  private randomCall(): void {
    const { dice } = this;
    const id = dice.pick([
      1,
      1,
      1,
      2,
      3,
      5,
      7,
      8,
      12,
      23,
      25,
      28,
      44,
      51,
      54,
      65,
      69,
      87,
      88,
      89,
      130,
      131,
      132,
      133,
      134,
      188,
      189,
      190,
      195,
      dice.below(215),
    ]);
    const wantsMap = [1, 2, 3, 51, 87, 88, 89, 130, 131, 134, 195].includes(id);
    if (!dice.once(6))
      this.argument(1, wantsMap ? 'map' : [12, 25, 44, 54, 65, 69, 188, 189, 190].includes(id) ? 'context' : 'any');
    for (const register of [2, 3, 4, 5])
      if (!dice.once(4)) this.argument(register, register === 2 && (id === 12 || id === 25) ? 'map' : 'any');
    this.list.push({ kind: 'call', target: { kind: 'helper', id } });
    for (const register of [1, 2, 3, 4, 5]) this.numbers.delete(register);
    this.note(0, ![1, 12, 84, 85, 131, 195].includes(id));
    if (!dice.once(3)) for (const register of [1, 2, 3, 4]) this.initialise(register);
  }

  private argument(register: number, kind: 'map' | 'context' | 'any'): void {
    const { dice } = this;
    if (kind === 'map') return this.loadMap(register, dice.pick(MAPS).name);
    if (kind === 'context') return this.copy(register, 6);
    switch (dice.below(6)) {
      case 0:
        return this.alu('mov', 64, register, dice.pick(NUMBERS));
      case 1:
        return this.copy(register, dice.pick([7, 9, 10, 6]));
      case 2:
        return this.alu('mov', 64, register, dice.pick([0, 4, 8, 16, 20, 64]));
      default:
        this.copy(register, 10);
        return this.alu('add', 64, register, dice.pick([-4, -8, -16, -32, -64]));
    }
  }

  finish(): ProgramSpec {
    if (!this.dice.once(20)) this.alu('mov', 64, 0, 2);
    this.list.push({ kind: 'exit' });
    const slotOf: number[] = [];
    let slot = 0;
    for (const instruction of this.list) {
      slotOf.push(slot);
      slot += instruction.kind === 'loadImmediate64' ? 2 : 1;
    }
    for (const { at, skip } of this.jumps) {
      const target = Math.min(at + 1 + skip, this.list.length - 1);
      const instruction = this.list[at]!;
      const offset = slotOf[target]! - slotOf[at]! - 1;
      const fixed = { ...instruction, offset } as Instruction;
      this.list[at] = fixed;
    }
    return assembleSlots(this.list, this.maps);
  }

  copy(dst: number, src: number): void {
    this.note(dst, this.numbers.has(src));
    this.list.push({ kind: 'alu', op: 'mov', width: 64, dst, source: { kind: 'register', register: src } });
  }

  private note(register: number, isNumber: boolean): void {
    if (isNumber) this.numbers.add(register);
    else this.numbers.delete(register);
  }

  alu(op: AluOp, width: Width, dst: number, value: number): void {
    if (op === 'mov') this.note(dst, true);
    this.list.push({ kind: 'alu', op, width, dst, source: { kind: 'immediate', value } });
  }

  load(size: SizeBytes, dst: number, base: number, offset: number, isSigned = false): void {
    this.note(dst, base !== 6 || offset >= 12);
    this.list.push({ kind: 'load', size, isSigned: isSigned && size !== 8, dst, base, offset });
  }

  store(size: SizeBytes, base: number, offset: number, value: number): void {
    this.list.push({ kind: 'store', size, base, offset, source: { kind: 'immediate', value } });
  }

  storeRegister(size: SizeBytes, base: number, offset: number, register: number): void {
    this.list.push({ kind: 'store', size, base, offset, source: { kind: 'register', register } });
  }

  loadMap(dst: number, map: string): void {
    const isValue = (map === 'constants' || map === 'single') && this.dice.once(2);
    const instruction: Instruction = isValue
      ? { kind: 'loadImmediate64', dst, source: 2, low: 0, high: this.dice.pick([0, 4, 8, 24]) }
      : { kind: 'loadImmediate64', dst, source: 1, low: 0, high: 0 };
    this.maps.set(instruction, map);
    this.list.push(instruction);
  }

  branch(op: BranchOp, width: Width, dst: number, right: number | { readonly register: number }, skip: number): void {
    this.jumps.push({ at: this.list.length, skip });
    const source =
      typeof right === 'number'
        ? ({ kind: 'immediate', value: right } as const)
        : ({ kind: 'register', ...right } as const);
    this.list.push({ kind: 'branch', op, width, dst, source, offset: 0 });
  }

  jump(skip: number): void {
    this.jumps.push({ at: this.list.length, skip });
    this.list.push({ kind: 'jump', offset: 0, isLong: false });
  }
}

/** A random program for RANDOM_OBJECT. */
export function randomProgram(dice: Dice): ProgramSpec {
  const builder = new Builder(dice);
  builder.prologue();
  const steps = 1 + dice.below(14);
  for (let at = 0; at < steps; at++) builder.step();
  return builder.finish();
}

/** A copy of the program with one to three fields of random instructions changed. */
export function mutant(program: ProgramSpec, dice: Dice): ProgramSpec {
  const code = program.code.slice();
  const count = code.length / 8;
  const changes = 1 + (dice.once(3) ? dice.below(2) : 0);
  for (let at = 0; at < changes; at++) {
    const slot = dice.below(count);
    if (program.references.has(slot) || program.references.has(slot - 1)) continue;
    mutateSlot(code, slot, dice);
  }
  return { ...program, code };
}

function mutateSlot(code: Uint8Array, slot: number, dice: Dice): void {
  const raw = readRaw(code, slot);
  switch (dice.below(9)) {
    case 0:
      return writeRaw(code, slot, { dst: dice.below(11) });
    case 1:
      return writeRaw(code, slot, { src: raw.src === 0 ? 0 : dice.below(11) });
    case 2:
      return writeRaw(code, slot, { offset: raw.offset + dice.pick([-8, -4, -2, -1, 1, 2, 4, 8]) });
    case 3:
      return writeRaw(code, slot, { imm: raw.imm + dice.pick([-8, -1, 1, 2, 4, 8, 64]) });
    case 4:
      return writeRaw(code, slot, { imm: dice.pick(NUMBERS) });
    case 5:
      return writeRaw(code, slot, { opcode: raw.opcode ^ dice.pick([0x08, 0x10, 0x20, 0x30, 0x40, 0x80]) });
    case 6:
      return writeRaw(code, slot, { opcode: 0x05, dst: 0, src: 0, offset: 0, imm: 0 });
    case 7:
      return writeRaw(code, slot, { opcode: raw.opcode ^ dice.pick([1, 2, 3, 4, 7]) });
    default:
      return writeRaw(code, slot, { opcode: 0xb7, dst: dice.below(10), src: 0, offset: 0, imm: dice.pick(NUMBERS) });
  }
}
