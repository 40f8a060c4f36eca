// Helpers that send data to user space: perf events and ring buffers.
import { ERRNO } from '../../platform/errno.js';
import { PERF_OUTPUT_FLAG, RINGBUF_FLAG } from '../../platform/flags.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { MAP_TYPES } from '../../platform/map-types.js';
import { Trap } from '../fault.js';
import type { Machine } from '../machine.js';
import type { BpfMap, RingBuffer } from '../map.js';
import { mapArgument, wrongMapType } from './arguments.js';
import { exact, give, type Helper, type Implementation, low, real, wide } from './words.js';

/** Where user space reads, it has opened a perf event for every CPU that the map has room for, as perf_buffer__new does. */
const perfEventOutput: Helper = (machine, words) => {
  const map = mapArgument(machine, words, 2);
  if (map.spec.type !== MAP_TYPES.perf_event_array.id) {
    throw wrongMapType(map, 'perf_event_output', XDP_HELPERS.perf_event_output.id);
  }
  const flags = exact(words, 3);
  const error = perfError(machine, map, flags);
  if (error !== 0) return give(words, error);
  const data = withPacketBytes(machine, low(words, 4), low(words, 5), packetBytesOf(flags));
  machine.events.push({ kind: 'perf', map: map.spec.name, cpu: machine.cpu, data });
  give(words, 0);
};

function perfError(machine: Machine, map: BpfMap, flags: bigint): number {
  const { BPF_F_INDEX_MASK, BPF_F_CTXLEN_MASK, BPF_F_CURRENT_CPU } = PERF_OUTPUT_FLAG;
  if ((flags & ~(BPF_F_INDEX_MASK | BPF_F_CTXLEN_MASK)) !== 0n) return -ERRNO.EINVAL;
  if (packetBytesOf(flags) > machine.packet.lengthBytes) return -ERRNO.EFAULT;
  const asked = flags & BPF_F_INDEX_MASK;
  const index = asked === BPF_F_CURRENT_CPU ? machine.cpu : Number(asked);
  if (index >= map.spec.maxEntries) return -ERRNO.E2BIG;
  if (!machine.hasReaders || map.perf?.isOpen(index) !== true) return -ERRNO.ENOENT;
  return index === machine.cpu ? 0 : -ERRNO.EOPNOTSUPP;
}

function packetBytesOf(flags: bigint): number {
  return Number((flags & PERF_OUTPUT_FLAG.BPF_F_CTXLEN_MASK) >> 32n);
}

/** A copy of memory with the first bytes of the packet behind it. */
function withPacketBytes(machine: Machine, address: number, sizeBytes: number, packetBytes: number): Uint8Array {
  const data = new Uint8Array(sizeBytes + packetBytes);
  data.set(machine.memory.bytes.subarray(address, address + sizeBytes));
  machine.packet.copyOut(0, data.subarray(sizeBytes));
  return data;
}

const ringReserve: Helper = (machine, words) => {
  const ring = ringArgument(machine, words, 'ringbuf_reserve');
  give(words, wide(words, 3) !== 0 ? 0 : ring.reserve(wide(words, 2)));
};

const ringSubmit: Helper = (machine, words) => {
  endRecord(machine, low(words, 1), true);
  give(words, 0);
};

const ringDiscard: Helper = (machine, words) => {
  endRecord(machine, low(words, 1), false);
  give(words, 0);
};

/** Gives a reserved record to user space, or drops it. @throws Trap `helper` where nothing is reserved */
export function endRecord(machine: Machine, address: number, isSubmitted: boolean): void {
  for (const { ring, spec } of machine.maps) {
    const records = isSubmitted ? ring?.submit(address) : ring?.discard(address);
    if (records !== undefined) return tell(machine, spec.name, records);
  }
  throw new Trap('helper', `no ring-buffer record is reserved at 0x${address.toString(16)}`);
}

function tell({ events }: Machine, map: string, records: readonly Uint8Array[]): void {
  for (const data of records) events.push({ kind: 'ringbuf', map, data });
}

const ringOutput: Helper = (machine, words) => {
  const ring = ringArgument(machine, words, 'ringbuf_output');
  const known = RINGBUF_FLAG.BPF_RB_NO_WAKEUP | RINGBUF_FLAG.BPF_RB_FORCE_WAKEUP;
  if (wide(words, 4) > known) return give(words, -ERRNO.EINVAL);
  const [from, sizeBytes] = [low(words, 2), wide(words, 3)];
  const address = ring.reserve(sizeBytes);
  if (address === 0) return give(words, -ERRNO.EAGAIN);
  machine.memory.bytes.copyWithin(address, from, from + sizeBytes);
  tell(machine, mapArgument(machine, words, 1).spec.name, ring.submit(address)!);
  give(words, 0);
};

const ringQuery: Helper = (machine, words) =>
  give(words, ringArgument(machine, words, 'ringbuf_query').query(wide(words, 2)));

/** The ring that argument 1 names. @throws Trap `helper` for another map */
export function ringArgument(machine: Machine, words: Uint32Array, helper: keyof typeof XDP_HELPERS): RingBuffer {
  const map = mapArgument(machine, words, 1);
  if (map.ring === undefined) throw wrongMapType(map, helper, XDP_HELPERS[helper].id);
  return map.ring;
}

/** Implementations, by the helper's name. */
export const OUTPUT_HELPERS = {
  perf_event_output: real(perfEventOutput, 'an event of the packet'),
  ringbuf_reserve: real(ringReserve),
  ringbuf_submit: real(ringSubmit),
  ringbuf_discard: real(ringDiscard),
  ringbuf_output: real(ringOutput),
  ringbuf_query: real(ringQuery),
} as const satisfies Record<string, Implementation>;
