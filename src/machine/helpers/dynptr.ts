// Helpers on dynptrs: over memory, over ring-buffer records.
import { ERRNO } from '../../platform/errno.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import { clearDynptr, rangeAddress, rangeError, readDynptr, readRange, writeDynptr, writeRange } from '../dynptr.js';
import { Trap } from '../fault.js';
import type { Machine } from '../machine.js';
import { endRecord, ringArgument } from './output.js';
import { give, type Helper, type Implementation, low, real, wide } from './words.js';

const fromMemory: Helper = (machine, words) => {
  const [data, sizeBytes, address] = [low(words, 1), wide(words, 2), low(words, 4)];
  const error = newError(sizeBytes, wide(words, 3));
  if (error !== 0) clearDynptr(machine, address);
  else writeDynptr(machine, { address, kind: 'local', data, sizeBytes, offset: 0, isReadOnly: false });
  give(words, error);
};

function newError(sizeBytes: number, flags: number): number {
  if (sizeBytes > RUN_LIMIT.MAX_DYNPTR_BYTES) return -ERRNO.E2BIG;
  return flags === 0 ? 0 : -ERRNO.EINVAL;
}

const read: Helper = (machine, words) => {
  if (wide(words, 5) !== 0) return give(words, -ERRNO.EINVAL);
  give(words, readRange(machine, readDynptr(machine, low(words, 3)), wide(words, 4), low(words, 1), wide(words, 2)));
};

const write: Helper = (machine, words) => {
  const dynptr = readDynptr(machine, low(words, 1));
  const [offset, source, length] = [wide(words, 2), low(words, 3), wide(words, 4)];
  if (dynptr !== undefined && !dynptr.isReadOnly && rangeError(dynptr, offset, length) !== 0)
    return give(words, -ERRNO.E2BIG);
  give(words, wide(words, 5) !== 0 ? -ERRNO.EINVAL : writeRange(machine, dynptr, offset, source, length));
};

/** A pointer into memory that may be written, NULL for all else; packets are reached by slices only. */
const data: Helper = (machine, words) => {
  const dynptr = readDynptr(machine, low(words, 1));
  const [offset, length] = [wide(words, 2), wide(words, 3)];
  if (dynptr === undefined || dynptr.isReadOnly || dynptr.kind === 'xdp') return give(words, 0);
  if (rangeError(dynptr, offset, length) !== 0) return give(words, 0);
  give(words, rangeAddress(machine, dynptr, offset, length, true));
};

const reserve: Helper = (machine, words) => {
  const ring = ringArgument(machine, words, 'ringbuf_reserve_dynptr');
  const [sizeBytes, address] = [low(words, 2), low(words, 4)];
  const error = wide(words, 3) !== 0 ? -ERRNO.EINVAL : newError(sizeBytes, 0);
  const record = error === 0 ? ring.reserve(sizeBytes) : 0;
  if (record === 0) {
    clearDynptr(machine, address);
    return give(words, error === 0 ? -ERRNO.EINVAL : error);
  }
  writeDynptr(machine, { address, kind: 'ringbuf', data: record, sizeBytes, offset: 0, isReadOnly: false });
  give(words, 0);
};

const submit: Helper = (machine, words) => end(machine, words, true);
const discard: Helper = (machine, words) => end(machine, words, false);

/** The record of the dynptr ends as a whole, however the dynptr was adjusted; a null dynptr has none. */
function end(machine: Machine, words: Uint32Array, isSubmitted: boolean): void {
  const dynptr = readDynptr(machine, low(words, 1));
  if (dynptr !== undefined && dynptr.kind !== 'ringbuf')
    throw new Trap('helper', `the dynptr at 0x${low(words, 1).toString(16)} is not of a ring buffer`);
  if (dynptr !== undefined) endRecord(machine, dynptr.data, isSubmitted);
  clearDynptr(machine, low(words, 1));
  give(words, 0);
}

/** Implementations, by the helper's name. */
export const DYNPTR_HELPERS = {
  dynptr_from_mem: real(fromMemory),
  dynptr_read: real(read),
  dynptr_write: real(write),
  dynptr_data: real(data),
  ringbuf_reserve_dynptr: real(reserve),
  ringbuf_submit_dynptr: real(submit, 'an event of the packet'),
  ringbuf_discard_dynptr: real(discard),
} as const satisfies Record<string, Implementation>;
