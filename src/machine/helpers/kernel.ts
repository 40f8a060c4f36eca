// Helpers about what a simulation does not have: a current task, cgroups, user memory, performance counters, kernel types.
// An XDP program runs in an interrupt, whatever task that hit: here always the idle task, in the root cgroup.
import { ERRNO } from '../../platform/errno.js';
import { Trap } from '../fault.js';
import type { Machine } from '../machine.js';
import { mapArgument } from './arguments.js';
import { constant, exact, give, giveExact, type Helper, type Implementation, low, real, wide } from './words.js';

const ROOT_CGROUP_ID = 1;

/** Gives the same number whatever the arguments. */
function always(value: number): Helper {
  return (_machine, words) => give(words, value);
}

/** Fails with zeros in the memory of argument `buffer`, whose size is the argument behind it. */
function failing(buffer: number, error: number): Helper {
  return (machine, words) => {
    const start = low(words, buffer);
    machine.memory.bytes.fill(0, start, start + low(words, buffer + 1));
    give(words, error);
  };
}

const currentName: Helper = (machine, words) => {
  const [address, sizeBytes] = [low(words, 1), low(words, 2)];
  machine.memory.bytes.fill(0, address, address + sizeBytes);
  const name = new TextEncoder().encode(`swapper/${machine.cpu}`);
  machine.memory.bytes.set(name.subarray(0, Math.max(0, sizeBytes - 1)), address);
  give(words, 0);
};

const perfRead: Helper = (machine, words) => give(words, noCounter(machine, words));

const perfReadValue: Helper = (machine, words) => {
  const [address, sizeBytes] = [low(words, 3), low(words, 4)];
  machine.memory.bytes.fill(0, address, address + sizeBytes);
  give(words, sizeBytes === 24 ? noCounter(machine, words) : -ERRNO.EINVAL);
};

/** Buffers for output are no counters, and nothing else is in a perf event array. */
function noCounter(machine: Machine, words: Uint32Array): number {
  const map = mapArgument(machine, words, 1);
  const flags = exact(words, 2);
  if (flags > 0xffff_ffffn) return -ERRNO.EINVAL;
  const index = flags === 0xffff_ffffn ? machine.cpu : Number(flags);
  return index >= map.spec.maxEntries ? -ERRNO.E2BIG : -ERRNO.ENOENT;
}

/** What a program could read anyway is there; all other memory of the kernel is not. */
const readKernel: Helper = (machine, words) => {
  const [to, sizeBytes, from] = [low(words, 1), low(words, 2), wide(words, 3)];
  const isReadable = sizeBytes === 0 || machine.guard.allows(from, sizeBytes, false);
  if (isReadable) machine.memory.bytes.copyWithin(to, from, from + sizeBytes);
  else machine.memory.bytes.fill(0, to, to + sizeBytes);
  give(words, isReadable ? 0 : -machine.guard.readError(from));
};

/** Text up to its zero, cut to the buffer and ended with a zero; the length with that. */
const readKernelText: Helper = (machine, words) => {
  const [to, roomBytes, from] = [low(words, 1), low(words, 2), wide(words, 3)];
  if (roomBytes === 0) return give(words, 0);
  const { bytes } = machine.memory;
  const end = endOfText(machine, from, roomBytes - 1);
  if (end === undefined) {
    bytes.fill(0, to, to + roomBytes);
    return give(words, -machine.guard.readError(from));
  }
  bytes.copyWithin(to, from, end);
  bytes[to + end - from] = 0;
  give(words, end - from + 1);
};

/** Address of the first zero from `start` on, or behind `most` other bytes; undefined where the program could not read so far. */
function endOfText(machine: Machine, start: number, most: number): number | undefined {
  for (let length = 0; length < most; length++) {
    if (!machine.guard.allows(start + length, 1, false)) return undefined;
    if (machine.memory.bytes[start + length] === 0) return start + length;
  }
  return start + most;
}

const task: Helper = (machine, words) => give(words, machine.objects.single('task_struct'));
const taskRegisters: Helper = (machine, words) => give(words, machine.objects.single('pt_regs'));

const ancestorCgroup: Helper = (_machine, words) => give(words, low(words, 1) === 0 ? ROOT_CGROUP_ID : 0);

const underCgroup: Helper = (machine, words) => {
  const map = mapArgument(machine, words, 1);
  give(words, low(words, 2) >= map.spec.maxEntries ? -ERRNO.E2BIG : -ERRNO.EAGAIN);
};

const branches: Helper = (_machine, words) => give(words, wide(words, 3) === 0 ? -ERRNO.ENOENT : -ERRNO.EINVAL);

/** The pointer in a map value changes places with the argument. */
const exchange: Helper = (machine, words) => {
  const { view } = machine.memory;
  const field = low(words, 1);
  if (!machine.guard.allows(field, 8, true)) throw machine.guard.trap(field, 8, true);
  const old = view.getBigUint64(field, true);
  view.setBigUint64(field, exact(words, 2), true);
  giveExact(words, old);
};

/** The part of a per-CPU object of the program's own, 0 for a CPU that is not there; undefined for anything else. */
function ownInstance(machine: Machine, address: number, cpu: number): number | undefined {
  const object = machine.allocated.heap.at(address);
  if (object === undefined || object.perCpuBytes === 0) return undefined;
  return cpu < machine.cpuCount ? address + cpu * object.perCpuBytes : 0;
}

const instanceOf: Helper = (machine, words) => give(words, ownInstance(machine, wide(words, 1), low(words, 2)) ?? 0);

const cpuInstance: Helper = (machine, words) => {
  const own = ownInstance(machine, wide(words, 1), machine.cpu);
  if (own !== undefined) return give(words, own);
  throw new Trap('helper', `no per-CPU variable of the kernel is at 0x${wide(words, 1).toString(16)}`);
};

/** Implementations, by the helper's name. */
export const KERNEL_HELPERS = {
  get_current_pid_tgid: constant('0: the idle task', always(0)),
  get_current_uid_gid: constant('0: root', always(0)),
  get_current_comm: constant('swapper/CPU: the idle task', currentName),
  get_cgroup_classid: constant('0: no class', always(0)),
  get_current_task: constant('a pointer that leads to nothing readable', task),
  get_current_task_btf: constant('a pointer that leads to nothing readable', task),
  task_pt_regs: constant('a pointer that leads to nothing readable', taskRegisters),
  get_current_cgroup_id: constant('1: the root cgroup', always(ROOT_CGROUP_ID)),
  get_current_ancestor_cgroup_id: constant('1 for level 0, else 0: the root cgroup', ancestorCgroup),
  current_task_under_cgroup: constant('EAGAIN: the array is empty', underCgroup),
  get_ns_current_pid_tgid: constant('EINVAL: not that namespace', failing(3, -ERRNO.EINVAL)),
  perf_event_read: constant('ENOENT: no counters', perfRead),
  perf_event_read_value: constant('ENOENT: no counters', perfReadValue),
  send_signal: constant('EPERM: the idle task takes no signals', always(-ERRNO.EPERM)),
  send_signal_thread: constant('EPERM: the idle task takes no signals', always(-ERRNO.EPERM)),
  probe_read_user: constant('EFAULT and zeros: no user memory', failing(1, -ERRNO.EFAULT)),
  probe_read_user_str: constant('EFAULT and zeros: no user memory', failing(1, -ERRNO.EFAULT)),
  probe_read_kernel: real(readKernel, 'reaches what the program itself could read'),
  probe_read_kernel_str: real(readKernelText, 'reaches what the program itself could read'),
  copy_from_user: constant('EFAULT and zeros: no user memory', failing(1, -ERRNO.EFAULT)),
  copy_from_user_task: constant('EFAULT and zeros: no user memory', failing(1, -ERRNO.EFAULT)),
  get_task_stack: constant('EFAULT and zeros: no kernel stack', failing(2, -ERRNO.EFAULT)),
  find_vma: constant('ENOENT: the idle task has no memory', always(-ERRNO.ENOENT)),
  get_branch_snapshot: constant('ENOENT: no branch records', branches),
  snprintf_btf: constant('EINVAL: a kernel without type information', always(-ERRNO.EINVAL)),
  per_cpu_ptr: real(instanceOf, 'of programs’ own objects; NULL for variables of the kernel'),
  this_cpu_ptr: real(cpuInstance, 'of programs’ own objects; variables of the kernel stop the program'),
  task_storage_get: constant('NULL: no storage', always(0)),
  task_storage_delete: constant('ENOENT: no storage', always(-ERRNO.ENOENT)),
  cgrp_storage_get: constant('NULL: no storage', always(0)),
  cgrp_storage_delete: constant('ENOENT: no storage', always(-ERRNO.ENOENT)),
  kptr_xchg: real(exchange),
} as const satisfies Record<string, Implementation>;
