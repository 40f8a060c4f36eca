// Work that runs later: bpf_wq in a map value, and bpf_task_work for a task. The callback finds map, key and value.
import { UNKNOWN } from '../number/bounds.js';
import { reject } from '../rejected.js';
import { FLAG, pointer, type Register, scalar, UNINITIALISED } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { requireArgumentOffset } from './argument-offset.js';
import { pushCallback } from './functions.js';
import { requireField } from './locks.js';

/** bpf_wq_init. */
export function initWork(walker: Walker): Register {
  const value = proveWork(walker, 1, 'bpf_wq');
  proveMap(walker, 2, value);
  proveNumber(walker, 3);
  return scalar(UNKNOWN);
}

/** bpf_wq_set_callback_impl. */
export function setWorkCallback(walker: Walker): Register {
  const value = proveWork(walker, 1, 'bpf_wq');
  const callback = walker.argument(2);
  if (callback.kind !== 'function') reject('EINVAL', 'arg1 expected pointer to func', 2);
  proveNumber(walker, 3);
  pushWork(walker, callback, value);
  return scalar(UNKNOWN);
}

/** bpf_wq_start. */
export function startWork(walker: Walker): Register {
  proveWork(walker, 1, 'bpf_wq');
  proveNumber(walker, 2);
  return scalar(UNKNOWN);
}

/** bpf_task_work_schedule_signal_impl and bpf_task_work_schedule_resume_impl. */
export function scheduleTaskWork(walker: Walker, name: string): Register {
  proveTask(walker, name);
  const value = proveWork(walker, 2, 'bpf_task_work');
  proveMap(walker, 3, value);
  const callback = walker.argument(4);
  if (callback.kind !== 'function') reject('EINVAL', 'arg3 expected pointer to func', 4);
  pushWork(walker, callback, value);
  return scalar(UNKNOWN);
}

function proveTask(walker: Walker, name: string): void {
  const task = walker.argument(1);
  if (task.isNull || task.isNullable) reject('EACCES', 'Possibly NULL pointer passed to trusted arg0', 1);
  const isTrusted = task.referenceId !== 0 || (task.flags & FLAG.trusted) !== 0;
  if (task.kind !== 'object') {
    reject('EINVAL', 'arg#0 pointer type STRUCT task_struct must point to scalar, or struct with scalar', 1);
  }
  if (!isTrusted) reject('EINVAL', 'R1 must be referenced or trusted', 1);
  requireArgumentOffset(task, 1, false);
  if (task.typeId === 0 && task.typeName === 'task_struct' && task.offset === 0) return;
  const places = `expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT ${task.typeName}`;
  reject('EINVAL', `kernel function ${name} args#0 ${places}`, 1);
}

function proveNumber(walker: Walker, number: number): void {
  if (walker.argument(number).kind !== 'scalar') reject('EINVAL', `R${number} is not a scalar`, number);
}

/** The register leads to such a field of a map value. */
function proveWork(walker: Walker, number: number, field: string): Register {
  const register = walker.argument(number);
  if (field === 'bpf_task_work' && (register.isNull || register.isNullable)) {
    reject('EACCES', `Possibly NULL pointer passed to trusted arg${number - 1}`, number);
  }
  requireArgumentOffset(register, number, false);
  if (register.kind !== 'mapValue' || register.flags !== 0) {
    reject('EINVAL', `arg#${number - 1} doesn't point to a map value`, number);
  }
  requireField(walker, register, field, number);
  return register;
}

/** The register is the map of the value. Linux also takes one that holds no work at all, and then looks for the value beside it. */
function proveMap(walker: Walker, number: number, value: Register): void {
  const register = walker.argument(number);
  if (register.kind !== 'map') reject('EINVAL', `pointer in R${number} isn't map pointer`, number);
  if (register.map === value.map && register.mapUid === value.mapUid) return;
  // Linux says R1 and R2 of bpf_task_work, too.
  const ids = `map_uid=${value.mapUid} doesn't match map pointer in R2 map_uid=${register.mapUid}`;
  reject('EINVAL', `workqueue pointer in R1 ${ids}`, number);
}

function pushWork(walker: Walker, callback: Register, { map }: Register): void {
  pushCallback(walker, {
    callee: walker.prepared.subprograms[callback.subprogram]!,
    arguments: [
      pointer('map', { map }),
      pointer('mapKey', { map }),
      pointer('mapValue', { map }),
      UNINITIALISED,
      UNINITIALISED,
    ],
    returns: [0, 0],
    isAsync: true,
    isSleepable: true,
  });
}
