// bpf_timer_init, set_callback, start and cancel.
import { Trap } from '../fault.js';
import type { Machine } from '../machine.js';
import type { BpfMap } from '../map.js';
import { mapArgument } from './arguments.js';
import { exact, give, type Helper, type Implementation, low, real, wide } from './words.js';

const NOTE = 'on the simulated clock: callbacks run between packets, at their time';

const init: Helper = (machine, words) => {
  const [address, map] = [low(words, 1), mapArgument(machine, words, 2)];
  give(words, machine.timers.init(address, map, valueAround(machine, map, address, 'bpf_timer'), wide(words, 3)));
};

/** Address of the value that holds the timer or work. @throws Trap `helper` where the map's values have none there */
export function valueAround(machine: Machine, map: BpfMap, address: number, name: 'bpf_timer' | 'bpf_wq'): number {
  const region = machine.regions.find(address);
  const within = region === undefined ? -1 : (address - region.start) % Math.max(1, region.strideBytes);
  const field = map.fields.find(({ kind, offset }) => kind === name && offset === within);
  if (field === undefined) throw new Trap('helper', `map ${map.spec.name} has no ${name} at 0x${address.toString(16)}`);
  return address - field.offset;
}

const setCallback: Helper = (machine, words) => give(words, machine.timers.setCallback(low(words, 1), low(words, 2)));

const start: Helper = (machine, words) => {
  const { timers, timestampNanos, cpu } = machine;
  give(words, timers.start(low(words, 1), exact(words, 2), wide(words, 3), timestampNanos, cpu));
};

const cancel: Helper = (machine, words) => give(words, machine.timers.cancel(low(words, 1)));

/** Implementations, by the helper's name. */
export const TIMER_HELPERS = {
  timer_init: real(init, NOTE),
  timer_set_callback: real(setCallback, NOTE),
  timer_start: real(start, NOTE),
  timer_cancel: real(cancel, NOTE),
} as const satisfies Record<string, Implementation>;
