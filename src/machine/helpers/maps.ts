// Helpers on maps. All answer with an address, 0, or a negative errno, which the map itself decides about.
import { ERRNO } from '../../platform/errno.js';
import type { Machine } from '../machine.js';
import { mapArgument } from './arguments.js';
import { give, type Helper, low, wide } from './words.js';

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
  map_lookup_elem: lookup,
  map_update_elem: update,
  map_delete_elem: remove,
  map_push_elem: push,
  map_pop_elem: pop,
  map_peek_elem: peek,
  map_lookup_percpu_elem: lookupPerCpu,
  for_each_map_elem: forEach,
} as const satisfies Record<string, Helper>;
