// Kernel functions that only mark a section or change what the verifier thinks of a pointer, and small ones.
import { ERRNO } from '../../platform/errno.js';
import { MAP_TYPES } from '../../platform/map-types.js';
import { constant, give, type Helper, low, real } from '../helpers/words.js';
import { ANYTHING, fixed, type KfuncRow, kfunc } from './row.js';

/** Nothing else runs meanwhile, so that there is nothing to do. */
const nothing: Helper = (_machine, words) => give(words, 0);

const sameAddress: Helper = (_machine, words) => {
  words[0] = words[2]!;
  words[1] = words[3]!;
};

const saveInterrupts: Helper = (machine, words) => {
  machine.memory.view.setBigUint64(low(words, 1), 0n, true);
  give(words, 0);
};

/** A lock that this CPU holds already, under another name, is a deadlock. */
const lock: Helper = (machine, words) => {
  const { view } = machine.memory;
  const isHeld = view.getUint32(low(words, 1), true) !== 0;
  if (!isHeld) view.setUint32(low(words, 1), 1, true);
  give(words, isHeld ? -ERRNO.EDEADLK : 0);
};

const unlock: Helper = (machine, words) => {
  machine.memory.view.setUint32(low(words, 1), 0, true);
  give(words, 0);
};

const lockWithoutInterrupts: Helper = (machine, words) => {
  machine.memory.view.setBigUint64(low(words, 2), 0n, true);
  lock(machine, words);
};

const COUNTED: readonly number[] = [
  MAP_TYPES.hash.id,
  MAP_TYPES.percpu_hash.id,
  MAP_TYPES.lru_hash.id,
  MAP_TYPES.lru_percpu_hash.id,
];

/** Types that keep no count give 0. */
const countEntries: Helper = (machine, words) => {
  const map = machine.mapAt(low(words, 1));
  give(words, map !== undefined && COUNTED.includes(map.spec.type) ? map.size : 0);
};

const ALONE = 'one program runs at a time';

/** By name. */
export const PLAIN_KFUNCS = {
  bpf_rcu_read_lock: kfunc([], real(nothing, ALONE)),
  bpf_rcu_read_unlock: kfunc([], real(nothing, ALONE)),
  bpf_preempt_disable: kfunc([], real(nothing, ALONE)),
  bpf_preempt_enable: kfunc([], real(nothing, ALONE)),
  bpf_local_irq_save: kfunc([fixed(8, 'write')], real(saveInterrupts, ALONE)),
  bpf_local_irq_restore: kfunc([fixed(8, 'read')], real(nothing, ALONE)),
  bpf_res_spin_lock_irqsave: kfunc([fixed(4, 'update'), fixed(8, 'write')], real(lockWithoutInterrupts, ALONE)),
  bpf_res_spin_unlock_irqrestore: kfunc([fixed(4, 'update'), fixed(8, 'read')], real(unlock, ALONE)),
  bpf_res_spin_lock: kfunc([fixed(4, 'update')], real(lock, ALONE)),
  bpf_res_spin_unlock: kfunc([fixed(4, 'update')], real(unlock, ALONE)),
  bpf_rdonly_cast: kfunc([ANYTHING, ANYTHING], real(sameAddress, 'reads memory as the program itself could')),
  bpf_map_sum_elem_count: kfunc([ANYTHING], real(countEntries)),
  bpf_cgroup_from_id: kfunc([ANYTHING], constant('NULL: no cgroups', nothing)),
  bpf_task_from_pid: kfunc([ANYTHING], constant('NULL: no tasks', nothing)),
  bpf_task_from_vpid: kfunc([ANYTHING], constant('NULL: no tasks', nothing)),
} as const satisfies Record<string, KfuncRow>;
