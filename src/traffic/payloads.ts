// Bodies of datagrams that are what their port says.
import type { Random } from './random.js';

const utf8 = new TextEncoder();

/** The header of a DNS message (RFC 1035 section 4.1.1) with one question. */
function dnsHeader(id: number, flags: number, answers: number): number[] {
  return [id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, answers, 0, 0, 0, 0];
}

/** A DNS answer to a question for everything, with so many TXT records of 255 characters: what amplification sends. */
export function dnsTextAnswer(random: Random, name: string, records: number): Uint8Array {
  const labels = name.split('.').flatMap(label => [label.length, ...utf8.encode(label)]);
  const question = [...labels, 0, 0, 255, 0, 1];
  const letters = () => Array.from({ length: 255 }, () => random.between(0x61, 0x7a));
  const record = () => [0xc0, 12, 0, 16, 0, 1, 0, 0, 14, 16, 1, 0, 255, ...letters()];
  const answers = Array.from({ length: records }, record).flat();
  return Uint8Array.from([...dnsHeader(random.below(65_536), 0x8180, records), ...question, ...answers]);
}

/** An answer to NTP's private request for the list of recent clients (mode 7, request 42): six entries of 72 bytes. */
export function ntpMonitorList(random: Random): Uint8Array {
  const entries = Array.from({ length: 6 }, () => [...random.bytes(32), ...new Array<number>(40).fill(0)]);
  return Uint8Array.from([0xd7, 0, 3, 42, 0, 6, 0, 72, ...entries.flat()]);
}

/** An NTP poll's 48 bytes (RFC 5905). @param first leap indicator, version and mode: 0x23 of a client */
export function ntpPacket(random: Random, first: number): Uint8Array {
  return Uint8Array.from([first, 2, 6, 0xec, ...random.bytes(44)]);
}

/** Printable bytes that no protocol begins with. */
export function filler(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, at) => 0x61 + (at % 26));
}
