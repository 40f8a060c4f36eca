// References: what a program took and must give back.
import { Rejected, reject } from '../rejected.js';
import { FLAG, type Register, UNKNOWN_SCALAR } from '../state/register.js';
import type { Reference, State } from '../state/state.js';
import type { Walker } from '../walk/walker.js';

/** Takes a reference at the current instruction and gives its id. */
export function acquire(
  walker: Walker,
  kind: Reference['kind'] = 'object',
  owner?: unknown,
  id = walker.newId(),
): number {
  const { state } = walker;
  state.references = [...state.references, { kind, id, slot: walker.slot, owner }];
  return id;
}

/** Drops a reference without touching the registers that carry it; false where there is none. */
export function releaseQuietly(state: State, id: number): boolean {
  const left = state.references.filter(reference => !(reference.kind === 'object' && reference.id === id));
  if (left.length === state.references.length) return false;
  state.references = left;
  return true;
}

/** Gives a reference back: every pointer that carries it is a mere number afterwards. */
export function release(walker: Walker, id: number): boolean {
  const { state } = walker;
  if (!releaseQuietly(state, id)) return false;
  state.changeAll(register => (register.referenceId === id ? UNKNOWN_SCALAR : register));
  return true;
}

/** Pointers into the packet are stale once it may have moved. */
export function forgetPacketPointers(walker: Walker): void {
  walker.state.changeAll(register =>
    register.isPacketPointer || register.kind === 'packetEnd' || isPacketSlice(register) ? UNKNOWN_SCALAR : register,
  );
}

function isPacketSlice({ kind, flags }: Register): boolean {
  return kind === 'memory' && (flags & FLAG.packetSlice) !== 0;
}

/** Pointers that a lock protected are stale once it is given back. */
export function forgetNonOwning(walker: Walker): void {
  walker.state.changeAll(register => ((register.flags & FLAG.nonOwning) !== 0 ? UNKNOWN_SCALAR : register));
}

/** Nothing may be held here. `where` names the place in the kernel's words. */
export function requireNothingHeld(walker: Walker, where: string, checksLocks: boolean): void {
  const { state } = walker;
  if (checksLocks && state.activeLocks > 0) reject('EINVAL', `${where} cannot be used inside bpf_spin_lock-ed region`);
  const held = state.frames.length > 1 && where.startsWith('BPF_EXIT') ? [] : state.references;
  const leaks = held.filter(({ kind }) => kind === 'object');
  if (leaks.length > 0) {
    const lines = leaks.map(({ id, slot }) => `Unreleased reference id=${id} alloc_insn=${slot}`);
    rejectLeak(lines, where);
  }
  if (!checksLocks) return;
  if (held.some(({ kind }) => kind === 'irq')) {
    reject('EINVAL', `${where} cannot be used inside bpf_local_irq_save-ed region`);
  }
  if (state.activeRcu > 0) reject('EINVAL', `${where} cannot be used inside bpf_rcu_read_lock-ed region`);
  if (state.activePreemption > 0) {
    reject('EINVAL', `${where} cannot be used inside bpf_preempt_disable-ed region`);
  }
}

function rejectLeak(lines: readonly string[], where: string): never {
  throw new Rejected('EINVAL', [...lines, `${where} would lead to reference leak`]);
}
