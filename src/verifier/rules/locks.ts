// Locks and timers in map values, and locks in allocated objects.
import { reject } from '../rejected.js';
import type { KnownMap } from '../state/known-map.js';
import type { Register } from '../state/register.js';
import type { Reference } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { fieldsOfType } from './allocated.js';
import { isInComparison, lockOwner } from './graph.js';
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
  if (kind === 'timer') {
    requireField(walker, register, 'bpf_timer', number);
    if (facts.map !== undefined) return;
    facts.map = register.map;
    facts.mapUid = register.mapUid;
    return;
  }
  if (isInComparison(walker)) reject('EACCES', "can't spin_{lock,unlock} in rbtree cb");
  requireField(walker, register, 'bpf_spin_lock', number);
  if (facts.helper.name === 'spin_lock') lock(walker, register, 'lock');
  else unlock(walker, register, 'lock');
}

/** Proves that the register leads to a field of this kind: the one of its map value, or of its object. */
export function requireField(walker: Walker, register: Register, name: string, number: number): void {
  const { map, bounds } = register;
  if (bounds.bits.mask !== 0n) {
    const text = `R${number} doesn't have constant offset. ${name} has to be at the constant offset`;
    reject('EINVAL', text, number);
  }
  if (map !== undefined && map.spec.valueTypeId === undefined) {
    reject('EINVAL', `map '${kernelName(map)}' has to have BTF in order to use ${name}`, number);
  }
  const fields = map?.fields ?? fieldsOfType(walker, register.typeId);
  const field = fields.find(item => item.name === name);
  const owner = map === undefined ? "local 'kptr'" : `map '${kernelName(map)}'`;
  if (field === undefined) return reject('EINVAL', `${owner} has no valid ${name}`, number);
  const at = register.offset + Number(BigInt.asIntN(64, bounds.bits.value));
  if (field.offset === at) return;
  reject('EINVAL', `off ${at} doesn't point to 'struct ${name}' that is at ${field.offset}`, number);
}

function kernelName(map: KnownMap): string {
  return map.spec.name.slice(0, 15);
}

type LockKind = Exclude<Reference['kind'], 'object' | 'irq'>;

/** Takes the lock that the register was proved to lead to. */
export function lock(walker: Walker, register: Register, kind: LockKind): void {
  const { state } = walker;
  const owner = lockOwner(register);
  if (kind === 'lock' && state.references.some(held => held.kind === 'lock')) {
    reject('EINVAL', 'Locking two bpf_spin_locks are not allowed');
  }
  if (kind !== 'lock' && state.references.some(held => isResilient(held) && isSameLock(held, register))) {
    reject('EINVAL', 'Acquiring the same lock again, AA deadlock detected');
  }
  state.references = [...state.references, { kind, id: register.id, slot: walker.slot, owner }];
  state.activeLocks++;
}

function isResilient({ kind }: Reference): boolean {
  return kind === 'resilientLock' || kind === 'resilientIrqLock';
}

function isSameLock({ id, owner }: Reference, register: Register): boolean {
  return owner === lockOwner(register) && id === register.id;
}

/** Gives the lock back: it must be the last one taken. What it protected is not to be touched any more. */
export function unlock(walker: Walker, register: Register, kind: LockKind): void {
  const { state } = walker;
  const name = kind === 'lock' ? 'bpf_spin_unlock' : 'bpf_res_spin_unlock';
  if (state.activeLocks === 0) return reject('EINVAL', `${name} without taking a lock`);
  const held = state.references.find(item => item.kind === kind && isSameLock(item, register));
  if (held === undefined) return reject('EINVAL', `${name} of different lock`);
  const newest = state.references.findLast(item => item.kind === 'lock' || isResilient(item));
  if (newest !== held) reject('EINVAL', `${name} cannot be out of order`);
  state.references = state.references.filter(reference => reference !== held);
  state.activeLocks--;
  forgetNonOwning(walker);
}
