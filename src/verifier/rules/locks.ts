// Locks and timers in map values.
import { reject } from '../rejected.js';
import type { KnownMap } from '../state/known-map.js';
import type { Register } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import type { CallFacts } from './helper-arguments.js';
import { forgetNonOwning } from './references.js';

/** Proves that the register leads to the lock or timer field of its map value, and takes or gives back the lock. */
export function proveLockOrTimer(
  walker: Walker,
  facts: CallFacts,
  kind: 'spinLock' | 'timer',
  register: Register,
  number: number,
): void {
  const name = kind === 'spinLock' ? 'bpf_spin_lock' : 'bpf_timer';
  requireField(register, name, number);
  if (kind === 'timer') {
    if (facts.map !== undefined) return;
    facts.map = register.map;
    facts.mapUid = register.mapUid;
    return;
  }
  if (facts.helper.name === 'spin_lock') lock(walker, register);
  else unlock(walker, register);
}

function requireField(register: Register, name: string, number: number): void {
  const { map, bounds } = register;
  if (bounds.bits.mask !== 0n) {
    const text = `R${number} doesn't have constant offset. ${name} has to be at the constant offset`;
    reject('EINVAL', text, number);
  }
  if (map === undefined) return;
  const field = map.fields.find(item => item.name === name);
  if (map.spec.valueTypeId === undefined) {
    reject('EINVAL', `map '${kernelName(map)}' has to have BTF in order to use ${name}`, number);
  }
  if (field === undefined) reject('EINVAL', `map '${kernelName(map)}' has no valid ${name}`, number);
  const at = register.offset + Number(bounds.bits.value);
  if (field.offset === at) return;
  reject('EINVAL', `off ${at} doesn't point to 'struct ${name}' that is at ${field.offset}`, number);
}

function kernelName(map: KnownMap): string {
  return map.spec.name.slice(0, 15);
}

function lock(walker: Walker, register: Register): void {
  const { state } = walker;
  if (state.references.some(({ kind }) => kind === 'lock')) {
    reject('EINVAL', 'Locking two bpf_spin_locks are not allowed');
  }
  state.references = [...state.references, { kind: 'lock', id: register.id, slot: walker.slot, owner: register.map }];
  state.activeLocks++;
}

function unlock(walker: Walker, register: Register): void {
  const { state } = walker;
  const held = state.references.find(({ kind }) => kind === 'lock');
  if (held === undefined) return reject('EINVAL', 'bpf_spin_unlock without taking a lock');
  if (held.owner !== register.map || held.id !== register.id) {
    reject('EINVAL', 'bpf_spin_unlock of different lock');
  }
  state.references = state.references.filter(reference => reference !== held);
  state.activeLocks--;
  forgetNonOwning(walker);
}
