// One JSON line per packet, as `replay --packets` writes them. Addresses and ports have the names of Suricata's EVE records.

import type { Result } from '../engine/engine.js';
import type { Delivery, PacketEvent } from '../machine/events.js';
import type { ObservedPacket } from '../nic/simulate.js';
import { actionName } from '../platform/actions.js';
import { toHex } from '../support/bytes.js';
import type { Decision } from './decision.js';
import { endsOf, outline } from './outline.js';

/**
 * The line of a packet, newline included. A packet that no program saw has the action `dropped` and the reason.
 * @param withData the resulting bytes and metadata too, in hexadecimal
 */
export function packetLine(
  packet: ObservedPacket,
  result: Result | undefined,
  decision: Decision | undefined,
  withData: boolean,
): string {
  return `${JSON.stringify(packetValue(packet, result, decision, withData))}\n`;
}

function packetValue(
  packet: ObservedPacket,
  result: Result | undefined,
  decision: Decision | undefined,
  withData: boolean,
): object {
  const head = { packet: packet.number, timestampNanos: String(packet.timestampNanos) };
  const tail = { length: packet.bytes.byteLength, queue: packet.queue };
  const eve = eveFields(packet);
  if (result === undefined) return { ...head, action: 'dropped', reason: packet.dropReason, ...tail, ...eve };
  const { returnValue, redirect, deliveries, events, fault } = result;
  return {
    ...head,
    action: actionName(returnValue),
    returnValue,
    ...tail,
    ...eve,
    ...(decision !== undefined && placeOf(decision)),
    ...(result.instructions > 0 && { instructions: result.instructions }),
    ...(redirect !== undefined && { redirect }),
    ...(deliveries !== undefined && { deliveries: deliveries.map(item => deliveryValue(item, withData)) }),
    ...(events.length > 0 && { events: events.map(eventValue) }),
    ...(fault !== undefined && { fault: { ...fault, registers: fault.registers.map(hexadecimal) } }),
    ...(withData && { data: toHex(result.bytes), metadata: toHex(result.metadata) }),
  };
}

/** Source: Suricata's EVE JSON format; `timestamp` is ISO 8601 with microseconds and offset. */
function eveFields({ bytes, timestampNanos }: ObservedPacket): object {
  const seen = outline(bytes);
  const ends = endsOf(bytes, seen);
  return {
    timestamp: eveTime(timestampNanos),
    event_type: 'packet',
    ...(seen.vlanIds.length > 0 && { vlan: seen.vlanIds }),
    ...(ends !== undefined && {
      src_ip: ends.source,
      ...(ends.sourcePort !== undefined && { src_port: ends.sourcePort }),
      dest_ip: ends.destination,
      ...(ends.destinationPort !== undefined && { dest_port: ends.destinationPort }),
      proto: seen.protocol,
    }),
  };
}

/** Years beyond 9999 or before 1970 have no such form; they do not occur in time stamps that fit a capture's 64 bits of nanoseconds. */
function eveTime(nanos: bigint): string {
  const micros = nanos / 1000n;
  const [date, time] = new Date(Number(micros / 1000n)).toISOString().split('T');
  const fraction = String(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n).padStart(6, '0');
  return `${date}T${time!.slice(0, 8)}.${fraction}+0000`;
}

function placeOf({ program, function: name, slot, source }: Decision): object {
  const decided = { program, function: name, instruction: slot };
  return { decided: source === undefined ? decided : { ...decided, file: source.file, line: source.line } };
}

function deliveryValue({ frame, ...delivery }: Delivery, withData: boolean): object {
  return { ...delivery, ...(withData && frame !== undefined && { data: toHex(frame) }) };
}

function eventValue(event: PacketEvent): object {
  return event.kind === 'printk' ? event : { ...event, data: toHex(event.data) };
}

function hexadecimal(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
