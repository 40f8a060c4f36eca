// Whether packets can be run apart from each other, in several threads, and give what they give one after the other. They can where no
// packet reads what another one wrote: where maps are only read, or only added to.
import { decodeProgram } from '../../isa/decode.js';
import type { Instruction } from '../../isa/instruction.js';
import type { ObjectSpec, ProgramSpec } from '../../object/spec.js';
import { XDP_HELPERS, xdpHelper } from '../../platform/helpers.js';
import { MAP_TYPES, mapTypeName } from '../../platform/map-types.js';
import { isConstantBounds } from '../../verifier/number/bounds.js';
import type { Register } from '../../verifier/state/register.js';
import { verify } from '../../verifier/verify.js';
import { isDeadBehind } from './liveness.js';

/** A number in the values of a map: every value has one there. */
export interface Cell {
  readonly offset: number;
  readonly size: 4 | 8;
}

/** By map, the numbers that a program adds to. */
export type Sums = ReadonlyMap<string, readonly Cell[]>;

/** Why not, in one line; or the numbers that are added to. */
export type Independence =
  | { readonly isIndependent: false; readonly obstacle: string }
  | { readonly isIndependent: true; readonly sums: Sums };

/** Helpers whose answer depends on the packet and on maps that are only read. */
const PURE: readonly { readonly id: number }[] = [
  XDP_HELPERS.map_lookup_elem,
  XDP_HELPERS.csum_diff,
  XDP_HELPERS.get_smp_processor_id,
  XDP_HELPERS.redirect,
  XDP_HELPERS.redirect_map,
  XDP_HELPERS.xdp_adjust_head,
  XDP_HELPERS.xdp_adjust_tail,
  XDP_HELPERS.xdp_adjust_meta,
  XDP_HELPERS.xdp_get_buff_len,
  XDP_HELPERS.xdp_load_bytes,
  XDP_HELPERS.xdp_store_bytes,
  XDP_HELPERS.loop,
];

/** Maps that lookups do not change. */
const PLAIN_MAPS: readonly { readonly id: number }[] = [
  MAP_TYPES.array,
  MAP_TYPES.percpu_array,
  MAP_TYPES.hash,
  MAP_TYPES.percpu_hash,
  MAP_TYPES.lpm_trie,
  MAP_TYPES.devmap,
  MAP_TYPES.devmap_hash,
  MAP_TYPES.cpumap,
  MAP_TYPES.xskmap,
];

/** Memory that belongs to the packet that runs. */
const OWN_KINDS: readonly string[] = ['stack', 'packet', 'packetMeta', 'context'];

class Obstacle extends Error {}

/**
 * Looks at a verified program.
 * @throws nothing: what cannot be proved is an obstacle
 */
export function independenceOf(object: ObjectSpec, program: ProgramSpec): Independence {
  try {
    if (object.programs.some(({ attachPoint }) => attachPoint !== 'xdp')) {
      throw new Obstacle('the object has programs for devices or CPUs that frames are redirected to');
    }
    for (const { type, name } of object.maps) {
      if (!PLAIN_MAPS.some(({ id }) => id === type)) throw new Obstacle(`map ${name} is a ${mapTypeName(type)}`);
    }
    return { isIndependent: true, sums: new Inspection(object, program).sums() };
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    return { isIndependent: false, obstacle: error.message };
  }
}

/** A place in the values of a map, where it is known. */
interface Place {
  readonly map: string;
  readonly offset: number | undefined;
}

/** What the accesses of a program lead to, over all paths that the verifier walks. */
class Inspection {
  private readonly code: readonly (Instruction | undefined)[];
  private readonly targets = new Set<number>();
  /** Of loads, stores and atomics of map values, by slot. */
  private readonly places = new Map<number, Place[]>();
  /** Maps whose values helpers are given. */
  private readonly given = new Set<string>();

  constructor(object: ObjectSpec, program: ProgramSpec) {
    this.code = decodeProgram(program.code);
    this.checkCalls();
    for (const [slot, instruction] of this.code.entries()) {
      if (isJump(instruction)) this.targets.add(slot + 1 + instruction.offset);
    }
    const { accepted } = verify(object, program, {
      isDeviceBound: true,
      observe: ({ slot, registers }) => this.visit(slot, registers),
    });
    if (!accepted) throw new Obstacle('the program is not verified');
  }

  /** By map, the numbers that are added to, if nothing else is written and nobody reads them. */
  sums(): Sums {
    const sums = new Map<string, Cell[]>();
    for (const [slot, places] of this.places) {
      if (this.isWrite(slot)) for (const place of places) this.noteSum(sums, slot, place);
    }
    for (const [slot, places] of this.places) {
      if (this.additionSize(slot) === undefined) for (const place of places) this.checkRead(sums, slot, place);
    }
    for (const map of sums.keys())
      if (this.given.has(map)) throw new Obstacle(`map ${map} is written, and helpers read it`);
    return sums;
  }

  private checkCalls(): void {
    for (const instruction of this.code) {
      if (instruction?.kind !== 'call' || instruction.target.kind === 'function') continue;
      if (instruction.target.kind === 'kfunc') throw new Obstacle('the program calls kernel functions');
      const { id } = instruction.target;
      if (!PURE.some(pure => pure.id === id)) {
        throw new Obstacle(`the program calls ${xdpHelper(id)?.name ?? `helper ${id}`}`);
      }
    }
  }

  private visit(slot: number, registers: readonly Register[]): void {
    const instruction = this.code[slot];
    if (instruction === undefined) return;
    if (instruction.kind === 'call') {
      for (const { kind, map } of registers.slice(1, 6)) if (kind === 'mapValue' && map) this.given.add(map.spec.name);
    } else if ('base' in instruction) this.noteAccess(slot, registers[instruction.base]!, instruction.offset);
  }

  private noteAccess(slot: number, { kind, map, offset, bounds }: Register, more: number): void {
    if (OWN_KINDS.includes(kind)) return;
    if (kind !== 'mapValue' || map === undefined) throw new Obstacle('a global function is given pointers');
    const place = {
      map: map.spec.name,
      offset: isConstantBounds(bounds) ? offset + Number(bounds.umin) + more : undefined,
    };
    const known = this.places.get(slot) ?? [];
    if (!known.some(other => other.map === place.map && other.offset === place.offset)) known.push(place);
    this.places.set(slot, known);
  }

  private isWrite(slot: number): boolean {
    const kind = this.code[slot]?.kind;
    return kind === 'store' || kind === 'storeRelease' || kind === 'atomic';
  }

  private noteSum(sums: Map<string, Cell[]>, slot: number, { map, offset }: Place): void {
    const size = this.additionSize(slot);
    if (size === undefined) throw new Obstacle(`map ${map} is written, and not only added to`);
    if (offset === undefined || offset % size !== 0) throw new Obstacle(`map ${map} is added to in unknown places`);
    const cells = sums.get(map) ?? [];
    if (cells.some(cell => cell.offset === offset && cell.size === size)) return;
    if (cells.some(cell => overlaps(cell, offset, size))) throw new Obstacle(`map ${map} holds sums that overlap`);
    sums.set(map, [...cells, { offset, size }]);
  }

  private checkRead(sums: Sums, slot: number, { map, offset }: Place): void {
    const instruction = this.code[slot];
    const size = instruction !== undefined && 'size' in instruction ? instruction.size : 8;
    const cells = sums.get(map) ?? [];
    if (cells.length === 0) return;
    if (offset === undefined || cells.some(cell => overlaps(cell, offset, size))) {
      throw new Obstacle(`map ${map} is added to, and packets may see what others added`);
    }
  }

  /** Size of the number that the access at `slot` adds to; undefined where it does something else. */
  private additionSize(slot: number): 4 | 8 | undefined {
    const instruction = this.code[slot]!;
    if (instruction.kind === 'atomic') {
      return instruction.op === 'add' && !instruction.fetch ? instruction.size : undefined;
    }
    if (instruction.kind === 'load') return this.loadedSum(slot);
    return instruction.kind === 'store' ? this.loadedSum(slot - 2) : undefined;
  }

  /** `r = *p; r += number; *p = r` or `r = *p; s += r; *p = s`, where r and s are of no use afterwards. */
  private loadedSum(slot: number): 4 | 8 | undefined {
    const [load, add, store] = this.code.slice(Math.max(0, slot), slot + 3);
    if (load?.kind !== 'load' || add?.kind !== 'alu' || store?.kind !== 'store') return undefined;
    const { dst, base, offset, size } = load;
    const isSame = store.base === base && store.offset === offset && store.size === size;
    if (!isSame || load.isSigned || (size !== 4 && size !== 8) || (size === 8 && add.width === 32)) return undefined;
    const sum = add.dst;
    const isAdded = add.op === 'add' && isRegister(store.source, sum) && sum !== base && dst !== base;
    const isOnce = (sum === dst) !== isRegister(add.source, dst);
    if (!isAdded || !isOnce || this.targets.has(slot + 1) || this.targets.has(slot + 2)) return undefined;
    const isDead = [sum, dst].every(register => isDeadBehind(this.code, slot + 2, register));
    return isDead ? size : undefined;
  }
}

function overlaps(cell: Cell, offset: number, size: number): boolean {
  return offset < cell.offset + cell.size && cell.offset < offset + size;
}

type Jump = Extract<Instruction, { kind: 'jump' | 'branch' | 'mayGoto' }>;

function isJump(instruction: Instruction | undefined): instruction is Jump {
  return instruction?.kind === 'jump' || instruction?.kind === 'branch' || instruction?.kind === 'mayGoto';
}

function isRegister(operand: { readonly kind: string; readonly register?: number }, register: number): boolean {
  return operand.kind === 'register' && operand.register === register;
}
