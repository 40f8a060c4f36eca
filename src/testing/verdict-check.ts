// One packet through a filter, held to what is wanted: what matchers of test runners say.
import { packetLine } from '../capture/describe.js';
import { isEqual, packetDiffText } from '../capture/packet-diff.js';
import { packetFromText } from '../capture/packet-text.js';
import type { Result } from '../engine/engine.js';
import type { Redirect } from '../machine/events.js';
import { actionName, type XdpActionName } from '../platform/actions.js';
import type { Arrival, Filter } from './filter.js';

/** A packet as bytes, or in the notation of `packetFromText`. */
export type PacketLike = Uint8Array | string;

/** What is wanted of a packet. */
export interface Wanted {
  readonly action: XdpActionName;
  /** The packet afterwards; not looked at unless given. */
  readonly bytes?: PacketLike | undefined;
  /** Members of the redirect's target; not looked at unless given. */
  readonly redirect?: Readonly<Record<string, unknown>> | undefined;
}

/** Whether it came so, and what to say: of the failure, and of the failure to be otherwise. */
export interface Judgement {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Runs the packet and holds the result to what is wanted. */
export function judge(filter: Filter, packet: PacketLike, wanted: Wanted, arrival: Arrival = {}): Judgement {
  const given = bytesOf(packet);
  const result = filter.run(given, arrival);
  const complaints = complaintsOf(result, wanted);
  const head = `${filter.programName}: ${packetLine(given)}`;
  return {
    pass: complaints.length === 0,
    message: () =>
      complaints.length === 0
        ? `${head}\nexpected anything but ${wantedText(wanted)}`
        : [head, ...complaints].join('\n'),
  };
}

/** Runs the packet; the program is to trap, with a message that has the text or fits the pattern where one is given. */
export function judgeTrap(filter: Filter, packet: PacketLike, message?: string | RegExp): Judgement {
  const given = bytesOf(packet);
  const { fault, returnValue } = filter.run(given);
  const fits = typeof message === 'string' ? fault?.message.includes(message) : message?.test(fault?.message ?? '');
  const came = fault === undefined ? actionName(returnValue) : `a trap: ${fault.message}`;
  const wanted = message === undefined ? 'a trap' : `a trap with ${message}`;
  return {
    pass: fault !== undefined && fits !== false,
    message: () => `${filter.programName}: ${packetLine(given)}\nexpected ${wanted}, or not, and got ${came}`,
  };
}

/** The bytes of a packet. Throws InputError `packet` for a text that is none. */
export function bytesOf(packet: PacketLike): Uint8Array {
  return typeof packet === 'string' ? packetFromText(packet) : packet;
}

function complaintsOf(result: Result, wanted: Wanted): string[] {
  const { fault, returnValue } = result;
  if (fault !== undefined) {
    const place =
      fault.source === undefined ? '' : `\n  at ${fault.source.file}:${fault.source.line}: ${fault.source.text.trim()}`;
    return [`expected ${wanted.action}, got a trap: ${fault.message}${place}`];
  }
  const actual = actionName(returnValue);
  if (actual !== wanted.action) {
    return [`expected ${wanted.action}, got ${actual === 'invalid' ? `the invalid verdict ${returnValue}` : actual}`];
  }
  return [...bytesComplaints(result, wanted), ...redirectComplaints(result.redirect, wanted)];
}

function bytesComplaints(result: Result, { bytes }: Wanted): string[] {
  if (bytes === undefined) return [];
  const expected = bytesOf(bytes);
  return isEqual(expected, result.bytes)
    ? []
    : ['the packet afterwards is another:', ...packetDiffText(expected, result.bytes)];
}

function redirectComplaints(redirect: Redirect | undefined, wanted: Wanted): string[] {
  if (wanted.redirect === undefined) return [];
  const actual: Readonly<Record<string, unknown>> = { ...redirect };
  const isSame = Object.entries(wanted.redirect).every(
    ([name, value]) => JSON.stringify(actual[name]) === JSON.stringify(value),
  );
  if (redirect !== undefined && isSame) return [];
  return [`expected a redirect to ${JSON.stringify(wanted.redirect)}, got ${JSON.stringify(redirect) ?? 'none'}`];
}

function wantedText({ action, bytes, redirect }: Wanted): string {
  return `${action}${bytes === undefined ? '' : ' with that packet'}${redirect === undefined ? '' : ` to ${JSON.stringify(redirect)}`}`;
}
