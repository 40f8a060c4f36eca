// What a program, or one that it may tail-call, can reach.
import type { BoundProgram, Machine } from '../../machine/machine.js';
import { XDP_HELPERS, type XdpHelper, xdpHelper } from '../../platform/helpers.js';

/** Whether a helper that `test` is true of may be called, by the program or where it can go on in. */
export function reaches(machine: Machine, program: BoundProgram, test: (helper: XdpHelper) => boolean): boolean {
  const programs = callsHelper(program, ({ id }) => id === XDP_HELPERS.tail_call.id) ? machine.programs : [program];
  return programs.some(other => callsHelper(other, test));
}

/** Whether the program itself calls a helper that `test` is true of. */
export function callsHelper({ instructions }: BoundProgram, test: (helper: XdpHelper) => boolean): boolean {
  return instructions.some(instruction => {
    if (instruction?.kind !== 'call' || instruction.target.kind !== 'helper') return false;
    const helper = xdpHelper(instruction.target.id);
    return helper !== undefined && test(helper);
  });
}

/** Whether a helper sends something to user space, which takes it away after every packet. */
export function outputs({ name }: XdpHelper): boolean {
  return /ringbuf|perf_event|printk/.test(name);
}
