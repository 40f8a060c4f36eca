// Helpers on maps. All answer with an address, 0, or a negative errno, which the map itself decides about.
import { ERRNO } from '../../platform/errno.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { writeDynptr } from '../dynptr.js';
import type { Machine } from '../machine.js';
import { mapArgument, wrongMapType } from './arguments.js';
import { give, type Helper, type Implementation, low, real, wide } from './words.js';

const lookup: Helper = (machine, words) =>
  give(words, mapArgument(machine, words, 1).lookupAddress(low(words, 2), machine.cpu));

const update: Helper = (machine, words) => {
  const flags = flagsOf(words, 4);
  const map = mapArgument(machine, words, 1);
  give(words, flags < 0 ? flags : map.updateFrom(low(words, 2), low(words, 3), flags, machine.cpu));
};

const remove: Helper = (machine, words) => give(words, mapArgument(machine, words, 1).deleteAt(low(words, 2)));

const push: Helper = (machine, words) => {
  const flags = flagsOf(words, 3);
  give(words, flags < 0 ? flags : mapArgument(machine, words, 1).push(low(words, 2), flags));
};

const pop: Helper = (machine, words) => give(words, mapArgument(machine, words, 1).pop(low(words, 2)));

const peek: Helper = (machine, words) => give(words, mapArgument(machine, words, 1).peek(low(words, 2)));

const lookupPerCpu: Helper = (machine, words) => {
  const cpu = low(words, 3);
  const map = mapArgument(machine, words, 1);
  give(words, cpu < machine.cpuCount ? map.lookupAddress(low(words, 2), cpu) : 0);
};

const forEach: Helper = (machine, words) => {
  if (wide(words, 4) !== 0) return give(words, -ERRNO.EINVAL);
  const map = mapArgument(machine, words, 1);
  const [callback, contextLow, contextHigh] = [low(words, 2), low(words, 3), words[7]!];
  const visit = (keyAddress: number, valueAddress: number): boolean => {
    setArguments(words, map.address, keyAddress, valueAddress);
    words[8] = contextLow;
    words[9] = contextHigh;
    callBack(machine, callback);
    return words[0] !== 0 || words[1] !== 0;
  };
  give(words, map.forEach(machine.cpu, visit));
};

/**
 * bpf_user_ringbuf_drain: the callback gets each waiting record as a read-only dynptr until it returns 1 or there are no more; the number of
 * records taken.
 */
const drain: Helper = (machine, words) => {
  const map = mapArgument(machine, words, 1);
  const ring = map.userRing;
  if (ring === undefined) throw wrongMapType(map, 'user_ringbuf_drain', XDP_HELPERS.user_ringbuf_drain.id);
  const [callback, contextLow, contextHigh, flags] = [low(words, 2), words[6]!, words[7]!, wide(words, 4)];
  if (flags > MAX_DRAIN_FLAGS) return give(words, -ERRNO.EINVAL);
  let taken = 0;
  for (let record = ring.take(); record !== undefined; record = ring.take()) {
    taken++;
    const { address: data, sizeBytes } = record;
    const address = machine.recordDynptr;
    writeDynptr(machine, { address, kind: 'local', data, sizeBytes, offset: 0, isReadOnly: true });
    setArguments(words, address);
    words[4] = contextLow;
    words[5] = contextHigh;
    callBack(machine, callback);
    if (words[0] !== 0 || words[1] !== 0 || taken === MAX_DRAINED) break;
  }
  give(words, taken);
};

/** BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP; records of one call (BPF_MAX_USER_RINGBUF_SAMPLES). */
const MAX_DRAIN_FLAGS = 3;
const MAX_DRAINED = 128 * 1024;

/** bpf_map_update_elem's flags beyond 32 bits are no flags of any map. */
function flagsOf(words: Uint32Array, number: number): number {
  const flags = wide(words, number);
  return flags > 0xffff_ffff ? -ERRNO.EINVAL : flags;
}

function setArguments(words: Uint32Array, ...values: readonly number[]): void {
  for (const [at, value] of values.entries()) {
    words[2 * at + 2] = value;
    words[2 * at + 3] = 0;
  }
}

/** Runs a function of the program; its result is in r0. */
export function callBack(machine: Machine, functionNumber: number): void {
  machine.caller!.call(functionNumber);
}

/** Implementations, by the helper's name. */
export const MAP_HELPERS = {
  map_lookup_elem: real(lookup),
  map_update_elem: real(update),
  map_delete_elem: real(remove),
  map_push_elem: real(push),
  map_pop_elem: real(pop),
  map_peek_elem: real(peek),
  map_lookup_percpu_elem: real(lookupPerCpu),
  for_each_map_elem: real(forEach),
  user_ringbuf_drain: real(drain),
} as const satisfies Record<string, Implementation>;
