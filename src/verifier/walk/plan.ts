// What is known of each slot before the walk: where states are worth saving, and which registers are still needed.

import type { Instruction } from '../../isa/instruction.js';
import { xdpHelper } from '../../platform/helpers.js';
import { kfuncNameAt, type Prepared, subprogramAt } from '../program.js';
import { jumpTarget, successors } from '../structure/check.js';
import { components } from '../structure/components.js';
import { liveRegisters } from '../structure/liveness.js';

/** Facts by slot. */
export interface Plan {
  /** 1 where states are saved and compared. */
  readonly isPrunePoint: Uint8Array;
  /** 1 where a state is saved on every visit: calls with callbacks, iterators, may_goto. */
  readonly isCheckpoint: Uint8Array;
  readonly callsCallback: Uint8Array;
  readonly isIteratorNext: Uint8Array;
  readonly isMayGoto: Uint8Array;
  /** The loop that the slot belongs to, 0 for none. */
  readonly component: Int32Array;
  /** Registers (bits) that are live before the slot. */
  readonly live: Uint16Array;
  /** Functions that may move the packet, themselves or through what they call. */
  readonly changesPacket: ReadonlySet<number>;
}

/** Plans the walk of a program. */
export function planWalk(prepared: Prepared): Plan {
  const { raw, instructions } = prepared;
  const make = () => new Uint8Array(raw.length + 1);
  const plan = {
    changesPacket: packetChangers(prepared),
    isPrunePoint: make(),
    isCheckpoint: make(),
    callsCallback: make(),
    isIteratorNext: make(),
    isMayGoto: make(),
    live: liveRegisters(prepared),
  };
  for (const { start } of prepared.subprograms.slice(1)) plan.isPrunePoint[start] = 1;
  instructions.forEach((instruction, slot) => {
    if (instruction === undefined) return;
    if (instruction.kind === 'call') planCall(plan, instruction, slot, prepared);
    if (prepared.immediates.get(slot)?.kind === 'function') {
      plan.isPrunePoint[slot] = 1;
      plan.isPrunePoint[slot + 2] = 1;
    }
    const target = jumpTarget(raw[slot]!, slot);
    if (target !== undefined) plan.isPrunePoint[target] = 1;
    if (instruction.kind === 'branch' || instruction.kind === 'mayGoto') plan.isPrunePoint[slot] = 1;
    if (instruction.kind === 'mayGoto') {
      plan.isCheckpoint[slot] = 1;
      plan.isMayGoto[slot] = 1;
    }
  });
  const next = raw.map((_, slot) => successors(raw, slot).filter(to => to < raw.length));
  return { ...plan, component: components(next, plan.callsCallback) };
}

function planCall(
  plan: Omit<Plan, 'component'>,
  { target }: Extract<Instruction, { kind: 'call' }>,
  slot: number,
  prepared: Prepared,
): void {
  plan.isPrunePoint[slot + 1] = 1;
  if (target.kind === 'function') {
    plan.isPrunePoint[slot] = 1;
    return;
  }
  const name = target.kind === 'helper' ? undefined : kfuncNameAt(prepared, slot);
  const callback =
    target.kind === 'helper' ? callbackOf(target.id) : name === 'bpf_rbtree_add_impl' ? 'sync' : undefined;
  if (callback !== undefined) plan.isPrunePoint[slot] = 1;
  if (callback === 'sync') {
    plan.callsCallback[slot] = 1;
    plan.isCheckpoint[slot] = 1;
  }
  if (name !== undefined && /^bpf_iter_\w+_next$/.test(name)) {
    plan.isPrunePoint[slot] = 1;
    plan.isCheckpoint[slot] = 1;
    plan.isIteratorNext[slot] = 1;
  }
}

function callbackOf(id: number): 'sync' | 'async' | undefined {
  const helper = xdpHelper(id);
  if (helper === undefined || !helper.arguments.some(({ kind }) => kind === 'callback')) return undefined;
  return helper.name === 'timer_set_callback' ? 'async' : 'sync';
}

function packetChangers({ instructions, subprograms }: Prepared): ReadonlySet<number> {
  const callers = new Map<number, number[]>();
  const found: number[] = [];
  instructions.forEach((instruction, slot) => {
    if (instruction?.kind !== 'call') return;
    const { target } = instruction;
    const caller = subprogramAt(subprograms, slot).index;
    if (target.kind === 'helper' && xdpHelper(target.id)?.changesPacketData === true) found.push(caller);
    if (target.kind !== 'function') return;
    const callee = subprogramAt(subprograms, slot + 1 + target.offset).index;
    callers.set(callee, [...(callers.get(callee) ?? []), caller]);
  });
  const changers = new Set<number>();
  for (let at = found.pop(); at !== undefined; at = found.pop()) {
    if (changers.has(at)) continue;
    changers.add(at);
    found.push(...(callers.get(at) ?? []));
  }
  return changers;
}
