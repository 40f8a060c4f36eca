// Dynptrs: memory with its size, as programs keep it in 16 bytes of their stack. Linux include/linux/bpf.h, struct bpf_dynptr_kern.
//
//   | u64 data | u32 size, bits 28 to 30 type, bit 31 read-only | u32 offset |
//
// `data` is the address of the memory, or for packets that of the context; 0 makes it a null dynptr.
import { ERRNO } from '../platform/errno.js';
import { RUN_LIMIT } from '../platform/limits.js';
import { Trap } from './fault.js';
import type { Machine } from './machine.js';

/** Size of a struct bpf_dynptr. */
export const DYNPTR_BYTES = 16;

const KINDS = { local: 1, ringbuf: 2, xdp: 4 } as const;
const KIND_SHIFT = 28;
const KIND_MASK = 7;
const READ_ONLY = 0x8000_0000;
const SIZE_MASK = RUN_LIMIT.MAX_DYNPTR_BYTES;

/** What a dynptr covers. */
export type DynptrKind = keyof typeof KINDS;

/** A dynptr as it stands in memory at `address`. */
export interface Dynptr {
  readonly address: number;
  readonly kind: DynptrKind;
  readonly data: number;
  readonly sizeBytes: number;
  /** Of its first byte in what `data` names. */
  readonly offset: number;
  readonly isReadOnly: boolean;
}

/** The dynptr at `address`, undefined for a null one. @throws Trap `helper` where there is none */
export function readDynptr(machine: Machine, address: number): Dynptr | undefined {
  const { view } = machine.memory;
  const data = view.getUint32(address, true);
  if (data === 0 && view.getUint32(address + 4, true) === 0) return undefined;
  const word = view.getUint32(address + 8, true);
  const number = (word >>> KIND_SHIFT) & KIND_MASK;
  const kind = (Object.keys(KINDS) as DynptrKind[]).find(name => KINDS[name] === number);
  const isPacket = kind === 'xdp' && data === machine.packet.contextAddress;
  if (kind === undefined || view.getUint32(address + 4, true) !== 0 || (kind === 'xdp' && !isPacket))
    throw new Trap('helper', `no initialized dynptr is at 0x${address.toString(16)}`);
  const offset = view.getUint32(address + 12, true);
  return { address, kind, data, sizeBytes: word & SIZE_MASK, offset, isReadOnly: word >= READ_ONLY };
}

/** Writes a dynptr over `sizeBytes` of `data`, from its byte `offset` on. */
export function writeDynptr(machine: Machine, { address, kind, data, sizeBytes, offset, isReadOnly }: Dynptr): void {
  const { view } = machine.memory;
  view.setUint32(address, data, true);
  view.setUint32(address + 4, 0, true);
  view.setUint32(address + 8, (sizeBytes | (KINDS[kind] << KIND_SHIFT) | (isReadOnly ? READ_ONLY : 0)) >>> 0, true);
  view.setUint32(address + 12, offset, true);
}

/** Makes a null dynptr. */
export function clearDynptr(machine: Machine, address: number): void {
  machine.memory.bytes.fill(0, address, address + DYNPTR_BYTES);
}

/** -E2BIG for a range that is not inside, else 0. */
export function rangeError({ sizeBytes }: Dynptr, offset: number, length: number): number {
  return length > sizeBytes || offset > sizeBytes - length ? -ERRNO.E2BIG : 0;
}

/** Address of a range inside that lies in one piece, 0 for one that spans fragments. Traps where the program may not touch it. */
export function rangeAddress(
  machine: Machine,
  dynptr: Dynptr,
  offset: number,
  length: number,
  isWrite: boolean,
): number {
  if (dynptr.kind === 'xdp') return machine.packet.pointerTo(dynptr.offset + offset, length);
  const address = dynptr.data + dynptr.offset + offset;
  if (length > 0) machine.guard.require(address, length, isWrite);
  return address;
}

/** Copies a range of the dynptr to memory at `target`: 0 or a negative errno. */
export function readRange(
  machine: Machine,
  dynptr: Dynptr | undefined,
  offset: number,
  target: number,
  length: number,
): number {
  if (dynptr === undefined) return -ERRNO.EINVAL;
  const error = rangeError(dynptr, offset, length);
  if (error !== 0) return error;
  if (dynptr.kind === 'xdp') return machine.packet.loadBytes(dynptr.offset + offset, target, length);
  const from = rangeAddress(machine, dynptr, offset, length, false);
  machine.memory.bytes.copyWithin(target, from, from + length);
  return 0;
}

/** Copies memory at `source` into the dynptr: 0 or a negative errno. */
export function writeRange(
  machine: Machine,
  dynptr: Dynptr | undefined,
  offset: number,
  source: number,
  length: number,
): number {
  if (dynptr === undefined || dynptr.isReadOnly) return -ERRNO.EINVAL;
  const error = rangeError(dynptr, offset, length);
  if (error !== 0) return error;
  if (dynptr.kind === 'xdp') return machine.packet.storeBytes(dynptr.offset + offset, source, length);
  const to = rangeAddress(machine, dynptr, offset, length, true);
  machine.memory.bytes.copyWithin(to, source, source + length);
  return 0;
}
