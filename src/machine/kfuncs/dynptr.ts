// Kernel functions on dynptrs. Linux kernel/bpf/helpers.c, net/core/filter.c (bpf_dynptr_from_xdp).
import { ERRNO } from '../../platform/errno.js';
import {
  clearDynptr,
  type Dynptr,
  rangeAddress,
  rangeError,
  readDynptr,
  readRange,
  writeDynptr,
  writeRange,
} from '../dynptr.js';
import { give, type Helper, low, real, wide } from '../helpers/words.js';
import type { Machine } from '../machine.js';
import { ANYTHING, CONTEXT, DYNPTR, type KfuncRow, kfunc, NEW_DYNPTR } from './row.js';

const fromPacket: Helper = (machine, words) => {
  const address = low(words, 3);
  if (wide(words, 2) !== 0) {
    clearDynptr(machine, address);
    return give(words, -ERRNO.EINVAL);
  }
  const { contextAddress: data, lengthBytes: sizeBytes } = machine.packet;
  writeDynptr(machine, { address, kind: 'xdp', data, sizeBytes, offset: 0, isReadOnly: false });
  give(words, 0);
};

/** Where the range lies; a copy of it in the program's buffer where it lies in pieces; NULL where neither is. */
function slice(machine: Machine, words: Uint32Array, isWrite: boolean): number {
  const dynptr = readDynptr(machine, low(words, 1));
  const [offset, buffer, length] = [low(words, 2), wide(words, 3), low(words, 4)];
  if (dynptr === undefined || (isWrite && dynptr.isReadOnly)) return 0;
  if (rangeError(dynptr, offset, length) !== 0) return 0;
  const address = rangeAddress(machine, dynptr, offset, length, isWrite);
  if (address !== 0 || buffer === 0) return address;
  machine.guard.require(buffer, length, true);
  readRange(machine, dynptr, offset, buffer, length);
  return buffer;
}

const adjust: Helper = (machine, words) => {
  const dynptr = readDynptr(machine, low(words, 1));
  const [start, end] = [low(words, 2), low(words, 3)];
  if (dynptr === undefined || start > end) return give(words, -ERRNO.EINVAL);
  if (end > dynptr.sizeBytes) return give(words, -ERRNO.ERANGE);
  writeDynptr(machine, { ...dynptr, offset: dynptr.offset + start, sizeBytes: end - start });
  give(words, 0);
};

const clone: Helper = (machine, words) => {
  const dynptr = readDynptr(machine, low(words, 1));
  const address = low(words, 2);
  if (dynptr === undefined) clearDynptr(machine, address);
  else writeDynptr(machine, { ...dynptr, address });
  give(words, dynptr === undefined ? -ERRNO.EINVAL : 0);
};

const size: Helper = (machine, words) =>
  give(words, (readDynptr(machine, low(words, 1))?.sizeBytes ?? -ERRNO.EINVAL) >>> 0);

const isNull: Helper = (machine, words) => give(words, readDynptr(machine, low(words, 1)) === undefined ? 1 : 0);

const isReadOnly: Helper = (machine, words) => give(words, readDynptr(machine, low(words, 1))?.isReadOnly ? 1 : 0);

const copy: Helper = (machine, words) => {
  const [to, from] = [readDynptr(machine, low(words, 1)), readDynptr(machine, low(words, 3))];
  const [toOffset, fromOffset, length] = [low(words, 2), low(words, 4), low(words, 5)];
  if (to === undefined || from === undefined || to.isReadOnly) return give(words, -ERRNO.EINVAL);
  if (rangeError(to, toOffset, length) !== 0 || rangeError(from, fromOffset, length) !== 0)
    return give(words, -ERRNO.E2BIG);
  const bytes = bytesOf(machine, from, fromOffset, length);
  give(words, typeof bytes === 'number' ? bytes : writeBytes(machine, to, toOffset, bytes));
};

const fill: Helper = (machine, words) => {
  const dynptr = readDynptr(machine, low(words, 1));
  const [offset, length] = [low(words, 2), low(words, 3)];
  if (dynptr === undefined || dynptr.isReadOnly) return give(words, -ERRNO.EINVAL);
  if (rangeError(dynptr, offset, length) !== 0) return give(words, -ERRNO.E2BIG);
  give(words, writeBytes(machine, dynptr, offset, new Uint8Array(length).fill(low(words, 4) & 0xff)));
};

/** A copy of a range that lies inside; a negative errno where it cannot be had. */
function bytesOf(machine: Machine, dynptr: Dynptr, offset: number, length: number): Uint8Array | number {
  if (length === 0) return new Uint8Array(0);
  if (dynptr.kind === 'xdp') return machine.packet.loadCopy(dynptr.offset + offset, length);
  const start = rangeAddress(machine, dynptr, offset, length, false);
  return machine.memory.bytes.slice(start, start + length);
}

function writeBytes(machine: Machine, dynptr: Dynptr, offset: number, bytes: Uint8Array): number {
  if (bytes.byteLength === 0) return 0;
  if (dynptr.kind === 'xdp') return machine.packet.storeFrom(dynptr.offset + offset, bytes);
  machine.memory.bytes.set(bytes, rangeAddress(machine, dynptr, offset, bytes.byteLength, true));
  return 0;
}

/** Reads kernel memory into the dynptr: what the program itself could read. */
const probeRead: Helper = (machine, words) => {
  const dynptr = readDynptr(machine, low(words, 1));
  const [offset, length, from] = [low(words, 2), low(words, 3), wide(words, 4)];
  const isReadable = length === 0 || machine.guard.allows(from, length, false);
  if (dynptr !== undefined && rangeError(dynptr, offset, length) !== 0) return give(words, -ERRNO.E2BIG);
  give(words, isReadable ? writeRange(machine, dynptr, offset, from, length) : -machine.guard.readError(from));
};

/** By name. */
export const DYNPTR_KFUNCS = {
  bpf_dynptr_from_xdp: kfunc([CONTEXT, ANYTHING, NEW_DYNPTR], real(fromPacket)),
  bpf_dynptr_slice: kfunc(
    [DYNPTR, ANYTHING, ANYTHING, ANYTHING],
    real((machine, words) => give(words, slice(machine, words, false))),
  ),
  bpf_dynptr_slice_rdwr: kfunc(
    [DYNPTR, ANYTHING, ANYTHING, ANYTHING],
    real((machine, words) => give(words, slice(machine, words, true))),
  ),
  bpf_dynptr_adjust: kfunc([DYNPTR, ANYTHING, ANYTHING], real(adjust)),
  bpf_dynptr_clone: kfunc([DYNPTR, NEW_DYNPTR], real(clone)),
  bpf_dynptr_size: kfunc([DYNPTR], real(size)),
  bpf_dynptr_is_null: kfunc([DYNPTR], real(isNull)),
  bpf_dynptr_is_rdonly: kfunc([DYNPTR], real(isReadOnly)),
  bpf_dynptr_copy: kfunc([DYNPTR, ANYTHING, DYNPTR, ANYTHING, ANYTHING], real(copy)),
  bpf_dynptr_memset: kfunc([DYNPTR, ANYTHING, ANYTHING, ANYTHING], real(fill)),
  bpf_probe_read_kernel_dynptr: kfunc(
    [DYNPTR, ANYTHING, ANYTHING, ANYTHING],
    real(probeRead, 'reaches what the program itself could read'),
  ),
} as const satisfies Record<string, KfuncRow>;
