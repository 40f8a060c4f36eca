// Every load and store of the interpreter goes through here: from base register and offset to an address that may be accessed.
// Part of the hot path; measured by test/engine/interpreter-speed.ts.
import { Trap } from '../../machine/fault.js';
import type { Guard } from '../../machine/guard.js';
import type { Machine } from '../../machine/machine.js';
import type { AttachPoint } from '../../object/spec.js';
import { contextFieldAt, XDP_MD_BYTES } from '../../platform/context.js';

const TWO_32 = 2 ** 32;
/** Offset of the one field that not all programs may read. */
const EGRESS_IFINDEX = 20;

/** Checks accesses of one machine's programs. */
export class Access {
  /** Of the program that runs: decides which context fields it may read. */
  attachPoint: AttachPoint = 'xdp';
  /** Bounds of the packet with its metadata, as of the last `refresh`. */
  private packetStart = 0;
  private packetEnd = 0;
  private readonly machine: Machine;
  private readonly guard: Guard;
  private readonly contextAddress: number;

  constructor(machine: Machine) {
    this.machine = machine;
    this.guard = machine.guard;
    this.contextAddress = machine.packet.contextAddress;
  }

  /** To be called for every packet and after whatever may have moved its bounds. */
  refresh(): void {
    this.packetStart = this.machine.packet.dataMeta;
    this.packetEnd = this.machine.packet.dataEnd;
  }

  /** Address of a load. @throws Trap `access` where the program may not read there */
  read(r: Int32Array, base: number, offset: number, sizeBytes: number): number {
    const address = (r[base]! >>> 0) + offset;
    if (r[base + 1] === 0 && this.allows(address, sizeBytes, false)) return address;
    return this.contextRead(r, base, offset, sizeBytes, false);
  }

  /** Address of a sign-extending load. */
  readSigned(r: Int32Array, base: number, offset: number, sizeBytes: number): number {
    const address = (r[base]! >>> 0) + offset;
    if (r[base + 1] === 0 && this.allows(address, sizeBytes, false)) return address;
    return this.contextRead(r, base, offset, sizeBytes, true);
  }

  /** Address of a store. */
  write(r: Int32Array, base: number, offset: number, sizeBytes: number): number {
    const address = (r[base]! >>> 0) + offset;
    if (r[base + 1] === 0 && this.allows(address, sizeBytes, true)) return address;
    throw this.refused(r, base, offset, sizeBytes, true);
  }

  /** Address of an access that must be naturally aligned. */
  aligned(r: Int32Array, base: number, offset: number, sizeBytes: number, isWrite: boolean): number {
    const address = isWrite ? this.write(r, base, offset, sizeBytes) : this.read(r, base, offset, sizeBytes);
    if (address % sizeBytes === 0) return address;
    throw new Trap(
      'access',
      `misaligned access of ${sizeBytes} bytes at 0x${address.toString(16)}`,
      address,
      sizeBytes,
    );
  }

  private allows(address: number, sizeBytes: number, isWrite: boolean): boolean {
    if (address >= this.packetStart && address + sizeBytes <= this.packetEnd) return true;
    return this.guard.allows(address, sizeBytes, isWrite);
  }

  private contextRead(r: Int32Array, base: number, offset: number, sizeBytes: number, isSigned: boolean): number {
    const address = fullAddress(r, base) + offset;
    const inContext = address - this.contextAddress;
    if (inContext >= 0 && inContext < XDP_MD_BYTES) {
      if (sizeBytes === 4 && !isSigned && inContext % 4 === 0 && inContext < EGRESS_IFINDEX) return address;
      const { attachPoint } = this;
      if (contextFieldAt({ offsetBytes: inContext, sizeBytes, isSigned, attachPoint }) !== undefined) return address;
      throw new Trap('access', `invalid bpf_context access off=${inContext} size=${sizeBytes}`, address, sizeBytes);
    }
    throw this.refused(r, base, offset, sizeBytes, false);
  }

  private refused(r: Int32Array, base: number, offset: number, sizeBytes: number, isWrite: boolean): Trap {
    const address = fullAddress(r, base) + offset;
    const inContext = address - this.contextAddress;
    if (isWrite && inContext >= 0 && inContext < XDP_MD_BYTES) {
      return new Trap('access', `invalid bpf_context access off=${inContext} size=${sizeBytes}`, address, sizeBytes);
    }
    return this.guard.trap(address < 0 ? address + TWO_32 * TWO_32 : address, sizeBytes, isWrite);
  }
}

function fullAddress(r: Int32Array, base: number): number {
  return (r[base + 1]! >>> 0) * TWO_32 + (r[base]! >>> 0);
}
