// bpf_wq: work that runs as soon as the packet is done. It stands in the queue of timers, due at once.
import { ERRNO } from '../../platform/errno.js';
import { TIMER_CLOCK } from '../../platform/flags.js';
import { mapArgument } from '../helpers/arguments.js';
import { valueAround } from '../helpers/timers.js';
import { give, type Helper, low, real, wide } from '../helpers/words.js';
import { ANYTHING, fixed, type KfuncRow, kfunc } from './row.js';

const WORK_BYTES = 16;
const NOTE = 'runs before the next packet';

const init: Helper = (machine, words) => {
  if (low(words, 3) !== 0) return give(words, -ERRNO.EINVAL);
  const [address, map] = [low(words, 1), mapArgument(machine, words, 2)];
  const value = valueAround(machine, map, address, 'bpf_wq');
  give(words, machine.timers.init(address, map, value, TIMER_CLOCK.CLOCK_MONOTONIC));
};

const setCallback: Helper = (machine, words) => {
  if (low(words, 3) !== 0) return give(words, -ERRNO.EINVAL);
  give(words, machine.timers.setCallback(low(words, 1), low(words, 2)));
};

const start: Helper = (machine, words) => {
  if (wide(words, 2) % 2 ** 32 !== 0) return give(words, -ERRNO.EINVAL);
  const { timers, timestampNanos, cpu } = machine;
  give(words, timers.start(low(words, 1), 0n, 0, timestampNanos, cpu));
};

const WORK = fixed(WORK_BYTES, 'update');
const WORK_CALLBACK = { kind: 'callback', passes: ['map', 'mapKey', 'mapValue'], returns: [0, 0] } as const;

/** By name. */
export const WORK_KFUNCS = {
  bpf_wq_init: kfunc([WORK, { kind: 'map' }, ANYTHING], real(init, NOTE)),
  bpf_wq_set_callback_impl: kfunc([WORK, WORK_CALLBACK, ANYTHING], real(setCallback, NOTE)),
  bpf_wq_start: kfunc([WORK, ANYTHING], real(start, NOTE)),
} as const satisfies Record<string, KfuncRow>;
