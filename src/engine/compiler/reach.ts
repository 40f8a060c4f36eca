// What a program, or one that it may tail-call, can reach.

import { type CallFacts, machineHelper } from '../../machine/helpers/table.js';
import type { BoundProgram, Machine } from '../../machine/machine.js';
import { XDP_HELPERS } from '../../platform/helpers.js';

const TAIL_CALL: CallFacts = { ...XDP_HELPERS.tail_call, name: 'tail_call' };

/** Whether a helper that `test` is true of may be called, by the program or where it can go on in. */
export function reaches(machine: Machine, program: BoundProgram, test: (helper: CallFacts) => boolean): boolean {
  const programs = callsHelper(program, ({ id }) => id === XDP_HELPERS.tail_call.id) ? machine.programs : [program];
  return programs.some(other => callsHelper(other, test));
}

/** Whether the program itself calls a helper that `test` is true of. */
export function callsHelper({ instructions }: BoundProgram, test: (helper: CallFacts) => boolean): boolean {
  return instructions.some(instruction => {
    if (instruction?.kind !== 'call' || instruction.target.kind !== 'helper') return false;
    const helper = machineHelper(instruction.target.id);
    return instruction.target.id === XDP_HELPERS.tail_call.id
      ? test(TAIL_CALL)
      : helper !== undefined && test(helper.facts);
  });
}

/**
 * Whether frames must run one by one, with the machine's clock at each frame's time and the machine told of each frame's end: for timers, for
 * what compares times, and where redirected frames go through programs of their own.
 */
export function needsFrames(machine: Machine, program: BoundProgram): boolean {
  const hasSecond = machine.programs.some(({ spec }) => spec.attachPoint !== 'xdp');
  const isTimed = ({ name }: CallFacts): boolean =>
    /^timer_|^wq_|^throw$|syncookie|^xdp_ct_|^ct_|rx_timestamp/.test(name);
  return reaches(machine, program, facts => isTimed(facts) || (hasSecond && facts.name === 'redirect_map'));
}

/** Whether the program asks for the time in a way that emitted code answers itself. */
export function readsClock(machine: Machine, program: BoundProgram): boolean {
  return reaches(machine, program, ({ id }) => CLOCKS.includes(id));
}

const CLOCKS: readonly number[] = [
  XDP_HELPERS.ktime_get_ns.id,
  XDP_HELPERS.ktime_get_boot_ns.id,
  XDP_HELPERS.ktime_get_coarse_ns.id,
  XDP_HELPERS.ktime_get_tai_ns.id,
  XDP_HELPERS.jiffies64.id,
];

/** Whether a helper leaves something that ends with the packet: what user space takes away, objects that were given back. */
export function outputs({ name }: CallFacts): boolean {
  return /ringbuf|perf_event|printk|obj_(new|drop)|kptr_xchg|^list_push|^rbtree_add/.test(name);
}
