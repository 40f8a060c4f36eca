// Kernel functions with rules of their own: allocated objects, lists, trees, resilient locks, work queues.
import type { Register } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { acquireObject, dropObject, newObject } from './allocated.js';
import { addToTree, peekInList, peekInTree, popFromList, pushToList, removeFromTree, stepInTree } from './graph.js';
import { giveResilient, takeResilient } from './resilient-lock.js';
import { initWork, scheduleTaskWork, setWorkCallback, startWork } from './work.js';

/** Proves the arguments, moves the state, and gives what is in r0 afterwards. */
type OwnKfunc = (walker: Walker) => Register;

const KFUNCS: Readonly<Record<string, OwnKfunc>> = {
  bpf_obj_new_impl: walker => newObject(walker, false),
  bpf_percpu_obj_new_impl: walker => newObject(walker, true),
  bpf_obj_drop_impl: walker => dropObject(walker, false),
  bpf_percpu_obj_drop_impl: walker => dropObject(walker, true),
  bpf_refcount_acquire_impl: acquireObject,
  bpf_list_push_front_impl: pushToList,
  bpf_list_push_back_impl: pushToList,
  bpf_list_pop_front: popFromList,
  bpf_list_pop_back: popFromList,
  bpf_list_front: peekInList,
  bpf_list_back: peekInList,
  bpf_rbtree_add_impl: addToTree,
  bpf_rbtree_remove: removeFromTree,
  bpf_rbtree_first: peekInTree,
  bpf_rbtree_root: peekInTree,
  bpf_rbtree_left: walker => stepInTree(walker, 'bpf_rbtree_left'),
  bpf_rbtree_right: walker => stepInTree(walker, 'bpf_rbtree_right'),
  bpf_res_spin_lock: walker => takeResilient(walker, false),
  bpf_res_spin_lock_irqsave: walker => takeResilient(walker, true),
  bpf_res_spin_unlock: walker => giveResilient(walker, false),
  bpf_res_spin_unlock_irqrestore: walker => giveResilient(walker, true),
  bpf_wq_init: initWork,
  bpf_wq_set_callback_impl: setWorkCallback,
  bpf_wq_start: startWork,
  bpf_task_work_schedule_signal_impl: walker => scheduleTaskWork(walker, 'bpf_task_work_schedule_signal_impl'),
  bpf_task_work_schedule_resume_impl: walker => scheduleTaskWork(walker, 'bpf_task_work_schedule_resume_impl'),
};

/** The rules of a kfunc, undefined where its C declaration says all. */
export function ownKfunc(name: string): OwnKfunc | undefined {
  return Object.hasOwn(KFUNCS, name) ? KFUNCS[name] : undefined;
}
