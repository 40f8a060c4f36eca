// Helpers that tell the time, the CPU, a random number; locks; and loops over a callback.
import { ERRNO } from '../../platform/errno.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import { callBack } from './maps.js';
import { constant, give, giveExact, type Helper, type Implementation, low, real, wide } from './words.js';

/** All clocks show the simulated time; CLOCK_TAI equals CLOCK_REALTIME as long as nobody sets the offset. */
const time: Helper = (machine, words) => giveExact(words, machine.timestampNanos);
const jiffies: Helper = (machine, words) => giveExact(words, machine.jiffies);
const cpu: Helper = (machine, words) => give(words, machine.cpu);
const random: Helper = (machine, words) => give(words, machine.random.next());
const numaNode: Helper = (_machine, words) => give(words, 0);

/** One program runs at a time, so a lock is never contended; its word stays 0 as it would be outside the locked part. */
const lock: Helper = (_machine, words) => give(words, 0);

const loop: Helper = (machine, words) => {
  const rounds = low(words, 1);
  const callback = low(words, 2);
  const [contextLow, contextHigh] = [words[6]!, words[7]!];
  if (wide(words, 4) !== 0) return give(words, -ERRNO.EINVAL);
  // Linux writes the loop into the program in place of the call, where the error is a number of 32 bits.
  if (rounds > RUN_LIMIT.MAX_LOOP_ITERATIONS) return giveExact(words, BigInt(-ERRNO.E2BIG >>> 0));
  for (let round = 0; round < rounds; round++) {
    words[2] = round;
    words[3] = 0;
    words[4] = contextLow;
    words[5] = contextHigh;
    callBack(machine, callback);
    if (words[0] !== 0 || words[1] !== 0) return give(words, round + 1);
  }
  give(words, rounds);
};

/** Implementations, by the helper's name. */
export const STATE_HELPERS = {
  ktime_get_ns: real(time, 'the simulated clock'),
  ktime_get_boot_ns: real(time, 'the simulated clock'),
  ktime_get_coarse_ns: real(time, 'the simulated clock'),
  ktime_get_tai_ns: real(time, 'the simulated clock; CLOCK_TAI equals CLOCK_REALTIME'),
  jiffies64: real(jiffies, 'the simulated clock; 250 ticks a second unless the host file says otherwise'),
  get_prandom_u32: real(random, 'a seeded generator'),
  get_smp_processor_id: real(cpu, 'the CPU of the packet’s queue'),
  get_numa_node_id: constant('0: one node', numaNode),
  spin_lock: real(lock, 'never contended: one program runs at a time'),
  spin_unlock: real(lock, 'never contended: one program runs at a time'),
  loop: real(loop),
} as const satisfies Record<string, Implementation>;
