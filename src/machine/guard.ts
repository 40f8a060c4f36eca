// What a running program may touch: stack, packet and map memory. An unverified program runs with every access checked here.
import { ERRNO } from '../platform/errno.js';
import { Trap } from './fault.js';
import type { MachineMemory } from './memory.js';
import type { PacketBuffer } from './packet.js';
import type { Region, Regions } from './regions.js';

/** How far from the stack's end an address counts as meant for the stack. */
const STACK_MARGIN_BYTES = 256;
const STACK_REACH_BYTES = 8192;
/** Nothing of a machine lies below. */
const FIRST_PAGES_BYTES = 0x10000;
/** Addresses from here on are the kernel's (x86-64). */
const KERNEL_START = 0xffff_8000_0000_0000;

/**
 * The checks behind loads, stores and helper arguments. The context is not among what is allowed: it is read by aligned loads only, which
 * engines see to, and never through a helper.
 */
export class Guard {
  /** Lowest address of the frames in use; the engine moves it with calls. */
  stackLow = 0;
  /** Address behind the main program's frame. */
  stackHigh = 0;
  private readonly memory: MachineMemory;
  private readonly regions: Regions;
  private readonly packet: PacketBuffer;

  constructor(memory: MachineMemory, regions: Regions, packet: PacketBuffer) {
    this.memory = memory;
    this.regions = regions;
    this.packet = packet;
  }

  /** Whether a program may access `sizeBytes` (at least 1) at `address`. */
  allows(address: number, sizeBytes: number, isWrite: boolean): boolean {
    const end = address + sizeBytes;
    if (address >= this.stackLow && end <= this.stackHigh) return true;
    if (address >= this.packet.dataMeta && end <= this.packet.dataEnd) return true;
    return this.regions.allows(address, sizeBytes, isWrite) || this.packet.isInFragment(address, end);
  }

  /** @throws Trap `access`, naming what lies there */
  require(address: number, sizeBytes: number, isWrite: boolean): void {
    if (!this.allows(address, sizeBytes, isWrite)) throw this.trap(address, sizeBytes, isWrite);
  }

  /**
   * The errno of a read that helpers make in the program's place, where it is not allowed: ERANGE for what is no address of the kernel,
   * EFAULT for what may be one. Addresses of this machine count as the kernel's. Linux arch/x86/mm/maccess.c.
   */
  readError(address: number): number {
    const isHere = address >= FIRST_PAGES_BYTES && address < this.memory.usedBytes;
    return isHere || address >= KERNEL_START ? ERRNO.EFAULT : ERRNO.ERANGE;
  }

  /** The trap of an access that is not allowed. */
  trap(address: number, sizeBytes: number, isWrite: boolean): Trap {
    const verb = isWrite ? 'write' : 'read';
    const unit = sizeBytes === 1 ? 'byte' : 'bytes';
    const place = this.describe(address);
    return new Trap(
      'access',
      `invalid ${verb} of ${sizeBytes} ${unit} at ${hex(address)} (${place})`,
      address,
      sizeBytes,
    );
  }

  /** For messages: what an address belongs to, or lies next to. */
  private describe(address: number): string {
    if (address < 256) return address === 0 ? 'NULL' : `NULL + ${address}`;
    if (address < FIRST_PAGES_BYTES) return 'no memory';
    const { packet } = this;
    const inSlot = address - packet.slotAddress;
    if (inSlot >= 0 && inSlot < 4096) return describePacket(packet, address);
    const inContext = address - packet.contextAddress;
    if (inContext >= 0 && inContext < 24) return `context + ${inContext}`;
    const region = this.regions.find(address);
    if (region !== undefined) return `${region.label} + ${address - region.start}${accessOf(region)}`;
    const belowEnd = this.stackHigh - address;
    if (belowEnd > -STACK_MARGIN_BYTES && belowEnd <= STACK_REACH_BYTES) return `stack ${-belowEnd}`;
    return address < this.memory.usedBytes ? 'memory of no variable' : 'no memory';
  }
}

function accessOf({ isWritable, isReadable }: Region): string {
  if (isReadable === false) return ', write-only';
  return isWritable ? '' : ', read-only';
}

function describePacket(packet: PacketBuffer, address: number): string {
  const offset = address - packet.data;
  return `packet ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}, its length is ${packet.linearBytes}`;
}

/** An address as messages show it: `0x00012340`. */
export function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}
