// One JSON line per packet, as `replay --packets` writes them.

import type { Result } from '../engine/engine.js';
import type { PacketEvent } from '../machine/events.js';
import type { ObservedPacket } from '../nic/simulate.js';
import { actionName } from '../platform/actions.js';
import { toHex } from '../support/bytes.js';

/**
 * The line of a packet, newline included. A packet that no program saw has the action `dropped` and the reason.
 * @param withData the resulting bytes and metadata too, in hexadecimal
 */
export function packetLine(packet: ObservedPacket, result: Result | undefined, withData: boolean): string {
  return `${JSON.stringify(packetValue(packet, result, withData))}\n`;
}

function packetValue(packet: ObservedPacket, result: Result | undefined, withData: boolean): object {
  const head = { packet: packet.number, timestampNanos: String(packet.timestampNanos) };
  const tail = { length: packet.bytes.byteLength, queue: packet.queue };
  if (result === undefined) return { ...head, action: 'dropped', reason: packet.dropReason, ...tail };
  const { returnValue, redirect, events, fault } = result;
  return {
    ...head,
    action: actionName(returnValue),
    returnValue,
    ...tail,
    ...(redirect !== undefined && { redirect }),
    ...(events.length > 0 && { events: events.map(eventValue) }),
    ...(fault !== undefined && { fault: { ...fault, registers: fault.registers.map(hexadecimal) } }),
    ...(withData && { data: toHex(result.bytes), metadata: toHex(result.metadata) }),
  };
}

function eventValue(event: PacketEvent): object {
  return event.kind === 'printk' ? event : { ...event, data: toHex(event.data) };
}

function hexadecimal(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
