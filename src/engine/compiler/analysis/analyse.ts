// Which accesses of a function need a check, and of what: a walk over its graph until nothing new is learned.
import type { Instruction, SizeBytes } from '../../../isa/instruction.js';
import type { BoundProgram, Machine } from '../../../machine/machine.js';
import type { BpfMap } from '../../../machine/map.js';
import { contextFieldAt } from '../../../platform/context.js';
import { MAP_CREATE_FLAG, REDIRECT_FLAG } from '../../../platform/flags.js';
import { XDP_HELPERS, xdpHelper } from '../../../platform/helpers.js';
import { type Block, type Graph, slotsOf } from '../graph.js';
import { ALL_BYTES, bytesReadBeforeWritten, type FrameBytes, frameBytes, NO_BYTES, type StackUse } from './stack.js';
import { join, State } from './state.js';
import { mapOf, refine, step } from './transfer.js';
import { type BaseId, FIRST_ID, UNKNOWN, type Value } from './value.js';

/** What has to be made sure of before an access. */
export type Check =
  | { readonly kind: 'none' }
  /** As `none`: `offset` is that of a field of the context. */
  | { readonly kind: 'contextField'; readonly offset: number }
  /** It is most likely to the packet. */
  | { readonly kind: 'packet' }
  /** It is most likely to these bytes. */
  | { readonly kind: 'within'; readonly start: number; readonly lengthBytes: number }
  | { readonly kind: 'unknown' };

/** A lookup in a map that is known. */
export interface KnownLookup {
  readonly map: BpfMap;
  /** Whether the key is known to be memory that may be read. */
  readonly isKeyReadable: boolean;
}

/** A redirect through a map that is known, with flags that only say what to return where the map has nothing. */
export interface KnownRedirect {
  readonly map: BpfMap;
  readonly otherwise: number;
}

/** What was found out, by slot. */
export interface Findings {
  /** Whether nothing but the function itself looks at the context: no access needs the host, nothing is called. */
  readonly isSelfContained: boolean;
  check(slot: number): Check;
  /** undefined where the map is not known. */
  lookup(slot: number): KnownLookup | undefined;
  /** undefined where map or flags are not known, or ask for more. */
  redirect(slot: number): KnownRedirect | undefined;
  /** Bytes of the function's own frame that it may read before it writes them. */
  readonly unwritten: FrameBytes;
}

const NO_CHECK: Check = { kind: 'none' };
const ANY_CHECK: Check = { kind: 'unknown' };
const FRAME_BYTES = 512;
const XDP_MD_FIELD_BYTES = 4;

/** @param isMain whether r1 holds the context */
export function analyse(machine: Machine, program: BoundProgram, graph: Graph, isMain: boolean): Findings {
  if (!graph.isReducible) {
    return {
      isSelfContained: false,
      check: () => ANY_CHECK,
      lookup: () => undefined,
      redirect: () => undefined,
      unwritten: ALL_BYTES,
    };
  }
  const entry = State.atEntry(isMain ? { kind: 'context', offset: 0 } : UNKNOWN);
  const walk = new Walk(machine, program, graph);
  const states = walk.run(entry);
  return walk.findings(states);
}

class Walk {
  private readonly machine: Machine;
  private readonly program: BoundProgram;
  private readonly graph: Graph;
  private readonly firstJoinId: BaseId;

  constructor(machine: Machine, program: BoundProgram, graph: Graph) {
    this.machine = machine;
    this.program = program;
    this.graph = graph;
    this.firstJoinId = FIRST_ID + program.instructions.length;
  }

  /** What is known at the start of each block. */
  run(entry: State): readonly (State | undefined)[] {
    const { blocks } = this.graph;
    const states: (State | undefined)[] = new Array(blocks.length).fill(undefined);
    const isPending = new Uint8Array(blocks.length);
    states[0] = entry;
    isPending[0] = 1;
    for (let at = 0; at < blocks.length; ) {
      if (isPending[at] === 0) {
        at++;
        continue;
      }
      isPending[at] = 0;
      let next = at + 1;
      this.flow(blocks[at]!, states[at]!.copy(), (target, state) => {
        const joined = this.joinInto(states[target], state, target);
        if (joined === undefined) return;
        states[target] = joined;
        isPending[target] = 1;
        next = Math.min(next, target);
      });
      at = next;
    }
    return states;
  }

  private joinInto(before: State | undefined, incoming: State, block: number): State | undefined {
    if (before === undefined) return incoming;
    return join(before, incoming, register => this.firstJoinId + 11 * block + register);
  }

  /** `give` may keep the state. */
  private flow(block: Block, state: State, give: (target: number, state: State) => void): void {
    this.eachInstruction(block, (slot, instruction) => step(this.machine, state, slot, instruction));
    const last = this.program.instructions[block.last];
    const [first, second] = block.successors;
    if (first === undefined) return;
    if (second === undefined || last?.kind !== 'branch') {
      if (second !== undefined) give(second, state.copy());
      give(first, state);
      return;
    }
    const taken = state.copy();
    refine(taken, last, true);
    give(first, taken);
    refine(state, last, false);
    give(second, state);
  }

  private eachInstruction(block: Block, visit: (slot: number, instruction: Instruction) => void): void {
    let slot = block.start;
    for (let count = block.instructionCount; count > 0; count--) {
      const instruction = this.program.instructions[slot];
      if (instruction === undefined) return;
      visit(slot, instruction);
      slot += slotsOf(instruction);
    }
  }

  findings(states: readonly (State | undefined)[]): Findings {
    const checks = new Map<number, Check>();
    const redirects = new Map<number, KnownRedirect>();
    const uses: StackUse[][] = this.graph.blocks.map(() => []);
    const lookups = new Map<number, KnownLookup>();
    for (const block of this.graph.blocks) {
      const state = states[block.index]!;
      this.eachInstruction(block, (slot, instruction) => {
        const access = accessOf(instruction);
        if (access !== undefined) checks.set(slot, this.decide(state, access));
        const lookup = this.lookupAt(state, instruction);
        if (lookup !== undefined) lookups.set(slot, lookup);
        const redirect = this.redirectAt(state, instruction);
        if (redirect !== undefined) redirects.set(slot, redirect);
        const use = this.stackUse(state, instruction, access, lookup);
        if (use !== undefined) uses[block.index]!.push(use);
        step(this.machine, state, slot, instruction);
      });
    }
    const isSelfContained = this.isSelfContained([...checks.values()], lookups);
    return {
      isSelfContained,
      check: slot => checks.get(slot) ?? ANY_CHECK,
      lookup: slot => lookups.get(slot),
      redirect: slot => redirects.get(slot),
      unwritten: bytesReadBeforeWritten(this.graph, uses),
    };
  }

  private isSelfContained(checks: readonly Check[], lookups: ReadonlyMap<number, KnownLookup>): boolean {
    if (checks.some(({ kind }) => kind !== 'none' && kind !== 'contextField')) return false;
    return this.graph.blocks.every(block => {
      let isQuiet = true;
      this.eachInstruction(block, (slot, { kind }) => {
        if (kind === 'call' && !lookups.has(slot)) isQuiet = false;
      });
      return isQuiet;
    });
  }

  private decide(state: State, access: Access): Check {
    const value = state.registers[access.base]!;
    switch (value.kind) {
      case 'packet':
        return isInPacket(state, value, access) ? NO_CHECK : { kind: 'packet' };
      case 'stack':
        return isInFrame(value, access) ? NO_CHECK : ANY_CHECK;
      case 'context':
        return this.decideContext(value, access);
      case 'value':
        return isInValue(value, access) ? NO_CHECK : ANY_CHECK;
      case 'constant':
        return this.isInRegion(value, access) ? NO_CHECK : ANY_CHECK;
      case 'around':
        return value.isWritable || !access.isWrite ? { ...value, kind: 'within' } : ANY_CHECK;
      default:
        return ANY_CHECK;
    }
  }

  private decideContext(value: Value & { kind: 'context' }, { offset, size, isWrite, isSigned }: Access): Check {
    const offsetBytes = value.offset + offset;
    if (isWrite || size !== XDP_MD_FIELD_BYTES) return ANY_CHECK;
    const { attachPoint } = this.program.spec;
    const field = contextFieldAt({ offsetBytes, sizeBytes: size, isSigned, attachPoint });
    return field === undefined ? ANY_CHECK : { kind: 'contextField', offset: offsetBytes };
  }

  private isInRegion({ value }: Value & { kind: 'constant' }, { offset, size, isWrite }: Access): boolean {
    return value >= 0 && this.machine.regions.allows(value + offset, size, isWrite);
  }

  private lookupAt(state: State, instruction: Instruction): KnownLookup | undefined {
    if (instruction.kind !== 'call' || instruction.target.kind !== 'helper') return undefined;
    if (instruction.target.id !== XDP_HELPERS.map_lookup_elem.id) return undefined;
    const map = mapOf(this.machine, state);
    return map === undefined ? undefined : { map, isKeyReadable: this.mayReadKey(state, map.spec.keySizeBytes) };
  }

  private redirectAt({ registers }: State, instruction: Instruction): KnownRedirect | undefined {
    if (instruction.kind !== 'call' || instruction.target.kind !== 'helper') return undefined;
    const [map, flags] = [registers[1]!, registers[3]!];
    if (instruction.target.id !== XDP_HELPERS.redirect_map.id || map.kind !== 'constant') return undefined;
    if (flags.kind !== 'constant' || flags.value < 0 || flags.value > REDIRECT_FLAG.ACTION_MASK) return undefined;
    const known = this.machine.mapAt(map.value);
    return known === undefined ? undefined : { map: known, otherwise: flags.value };
  }

  private stackUse(
    state: State,
    instruction: Instruction,
    access: Access | undefined,
    lookup: KnownLookup | undefined,
  ): StackUse | undefined {
    if (access !== undefined) return accessUse(state, instruction, access);
    if (instruction.kind !== 'call') return undefined;
    if (lookup !== undefined) {
      const key = { base: 2, offset: 0, size: lookup.map.spec.keySizeBytes };
      return { reads: readsThrough(state.registers[key.base]!, key), writes: NO_BYTES };
    }
    return { reads: argumentReads(state, instruction), writes: NO_BYTES };
  }

  private mayReadKey(state: State, sizeBytes: number): boolean {
    const access = { base: 2, offset: 0, size: sizeBytes, isWrite: false, isSigned: false };
    const { kind } = this.decide(state, access);
    return kind === 'none';
  }
}

function accessUse(state: State, instruction: Instruction, access: Access): StackUse | undefined {
  const pointer = state.registers[access.base]!;
  const isRead = instruction.kind !== 'store' && instruction.kind !== 'storeRelease';
  const reads = isRead ? readsThrough(pointer, access) : NO_BYTES;
  const writes =
    access.isWrite && pointer.kind === 'stack' ? frameBytes(pointer.offset + access.offset, access.size) : NO_BYTES;
  return reads === NO_BYTES && writes === NO_BYTES ? undefined : { reads, writes };
}

/** What a read through the pointer may see of the stack: everything if the pointer is not known. */
function readsThrough(pointer: Value, { offset, size }: Pick<Access, 'offset' | 'size'>): FrameBytes {
  if (pointer.kind === 'stack') return frameBytes(pointer.offset + offset, size);
  return pointer.kind === 'unknown' || pointer.kind === 'scalar' || pointer.kind === 'valueOrNull'
    ? ALL_BYTES
    : NO_BYTES;
}

/** What a call that is given a pointer to the stack may read: all from there up. */
function argumentReads(state: State, { target }: Instruction & { kind: 'call' }): FrameBytes {
  const helper = target.kind === 'helper' ? xdpHelper(target.id) : undefined;
  // bpf_trace_printk prints what registers hold that are not in its prototype.
  const count = helper === undefined || helper.id === XDP_HELPERS.trace_printk.id ? 5 : helper.arguments.length;
  let reads = helper === undefined ? ALL_BYTES : NO_BYTES;
  for (let register = 1; register <= count; register++) {
    const value = state.registers[register]!;
    if (value.kind === 'stack') reads |= frameBytes(value.offset, -value.offset);
    else if (value.kind === 'unknown' && helper?.arguments[register - 1]?.kind !== 'anything') reads = ALL_BYTES;
  }
  return reads;
}

interface Access {
  readonly base: number;
  readonly offset: number;
  readonly size: number;
  readonly isWrite: boolean;
  readonly isSigned: boolean;
}

function accessOf(instruction: Instruction): (Access & { readonly size: SizeBytes }) | undefined {
  switch (instruction.kind) {
    case 'load':
    case 'store':
    case 'atomic':
    case 'loadAcquire':
    case 'storeRelease': {
      const { base, offset, size } = instruction;
      const isWrite = instruction.kind !== 'load' && instruction.kind !== 'loadAcquire';
      return { base, offset, size, isWrite, isSigned: instruction.kind === 'load' && instruction.isSigned };
    }
    default:
      return undefined;
  }
}

function isInPacket(state: State, value: Value & { kind: 'packet' }, { offset, size }: Access): boolean {
  const { low, high } = state.extent(value.id);
  const at = value.offset + offset;
  return at >= low && at + size <= high;
}

function isInFrame({ offset: base }: Value & { kind: 'stack' }, { offset, size }: Access): boolean {
  const at = base + offset;
  return at >= -FRAME_BYTES && at + size <= 0;
}

function isInValue({ map, offset: base }: Value & { kind: 'value' }, { offset, size, isWrite }: Access): boolean {
  const { BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG } = MAP_CREATE_FLAG;
  if ((map.spec.flags & (isWrite ? BPF_F_RDONLY_PROG : BPF_F_WRONLY_PROG)) !== 0) return false;
  const at = base + offset;
  return at >= 0 && at + size <= map.spec.valueSizeBytes;
}
