// Conversations that traffic is made of. Addresses are documentation addresses only (RFC 5737, RFC 3849).

import {
  arp,
  echo,
  ethernet,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  type Layer,
  packet,
  tcp,
  udp,
  type VlanFields,
  vlan,
} from '../capture/packet.js';
import type { TcpFlag } from '../capture/protocols.js';
import type { Random } from './random.js';

/** A frame at a time, in nanoseconds since the start of the traffic. */
export interface TimedFrame {
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Length on the wire, of a frame that was captured in part. */
  readonly originalLengthBytes?: number;
}

/** One end of a conversation. */
export interface Host {
  readonly address: string;
  readonly mac: string;
  /** VLAN tags that its frames have, from the outermost on. */
  readonly tags?: readonly VlanFields[];
}

/** Fields of IP headers that conversations set; those of the other version do nothing. */
export interface IpOptions {
  readonly ttl?: number;
  readonly hopLimit?: number;
  readonly dontFragment?: boolean;
  readonly identification?: number;
}

export const ROUTER_MAC = '02:00:5e:00:00:01';
export const SERVER_MAC = '02:00:5e:00:00:10';

const MICRO = 1000;
const MILLI = 1_000_000;

/** Ethernet and IP layers between two hosts; `isReply` turns them round. Hosts are `{ address, mac }`. */
export function between(random: Random, client: Host, server: Host, isReply: boolean, fields: IpOptions = {}): Layer[] {
  const [from, to] = isReply ? [server, client] : [client, server];
  const isIpv6 = client.address.includes(':');
  const link = ethernet({ source: from.mac, destination: to.mac, padToBytes: 60 });
  const ends = { source: from.address, destination: to.address };
  const ip = isIpv6
    ? ipv6({ ...ends, hopLimit: isReply ? 64 : 57, ...fields })
    : ipv4({
        ...ends,
        ttl: isReply ? 64 : 57,
        dontFragment: true,
        identification: random.below(65_536),
        ...fields,
      });
  return [link, ...(client.tags ?? []).map(tag => vlan(tag)), ip];
}

const SYN_OPTIONS = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7];

/** A TCP session: one request, and answers in segments of so many bytes. */
export interface TcpSession {
  readonly at: number;
  readonly client: Host;
  readonly server: Host;
  readonly port: number;
  readonly requestBytes: number;
  readonly answers: readonly number[];
}

/** A TCP session from handshake to close: one request, answers in segments, every one acknowledged. */
export function tcpSession(random: Random, session: TcpSession): TimedFrame[] {
  const { at, client, server, port, requestBytes, answers } = session;
  const frames: TimedFrame[] = [];
  const clientPort = random.between(32_768, 60_999);
  const sequences = { client: random.next(), server: random.next() };
  const halfTrip = random.between(150 * MICRO, 9 * MILLI);
  let time = at;
  const send = (isReply: boolean, flags: readonly TcpFlag[], payload: Uint8Array, options?: Uint8Array) => {
    const [own, other] = isReply ? (['server', 'client'] as const) : (['client', 'server'] as const);
    const header = tcp({
      sourcePort: isReply ? port : clientPort,
      destinationPort: isReply ? clientPort : port,
      sequence: sequences[own],
      acknowledgement: flags.includes('ACK') ? sequences[other] : 0,
      flags,
      window: isReply ? 65_160 : 64_240,
      ...(options && { options }),
    });
    frames.push({ at: time, bytes: packet(...between(random, client, server, isReply), header, payload) });
    const consumed = payload.length + (flags.includes('SYN') || flags.includes('FIN') ? 1 : 0);
    sequences[own] = (sequences[own] + consumed) >>> 0;
    time += isReply ? halfTrip + random.below(90 * MICRO) : random.between(8 * MICRO, 70 * MICRO);
  };
  const nothing = new Uint8Array(0);
  send(false, ['SYN'], nothing, Uint8Array.from(SYN_OPTIONS));
  send(true, ['SYN', 'ACK'], nothing, Uint8Array.from(SYN_OPTIONS));
  send(false, ['ACK'], nothing);
  send(false, ['PSH', 'ACK'], text(random, requestBytes));
  for (const answerBytes of answers) {
    send(true, ['PSH', 'ACK'], text(random, answerBytes));
    send(false, ['ACK'], nothing);
  }
  send(false, ['FIN', 'ACK'], nothing);
  send(true, ['FIN', 'ACK'], nothing);
  send(false, ['ACK'], nothing);
  return frames;
}

/** Printable bytes. */
function text(random: Random, lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, () => random.between(0x20, 0x7e));
}

/** Who speaks to whom, and when. */
export interface Exchange {
  readonly at: number;
  readonly client: Host;
  readonly server: Host;
}

/** A question over UDP and its answer. */
export function udpExchange(
  random: Random,
  exchange: Exchange & { port: number; question: Uint8Array; answer: Uint8Array },
): TimedFrame[] {
  const { at, client, server, port, question, answer } = exchange;
  const clientPort = random.between(32_768, 60_999);
  const forth = udp({ sourcePort: clientPort, destinationPort: port });
  const back = udp({ sourcePort: port, destinationPort: clientPort });
  return [
    { at, bytes: packet(...between(random, client, server, false), forth, question) },
    {
      at: at + random.between(20 * MICRO, 4 * MILLI),
      bytes: packet(...between(random, client, server, true), back, answer),
    },
  ];
}

/** A DNS lookup of `name` (RFC 1035): an A record, or AAAA when the client speaks IPv6. */
export function dnsLookup(
  random: Random,
  { at, client, server, name }: Exchange & { readonly name: string },
): TimedFrame[] {
  const isIpv6 = client.address.includes(':');
  const id = random.below(65_536);
  const labels = name.split('.').flatMap(label => [label.length, ...new TextEncoder().encode(label)]);
  const asked = [...labels, 0, 0, isIpv6 ? 28 : 1, 0, 1];
  const header = (flags: number, answers: number) => [
    id >> 8,
    id & 255,
    flags,
    flags === 1 ? 0 : 0x80,
    0,
    1,
    0,
    answers,
    0,
    0,
    0,
    0,
  ];
  const address = isIpv6
    ? [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]
    : [192, 0, 2, random.between(10, 60)];
  const record = [0xc0, 12, 0, isIpv6 ? 28 : 1, 0, 1, 0, 0, 1, 44, 0, address.length, ...address];
  const question = Uint8Array.from([...header(1, 0), ...asked]);
  const answer = Uint8Array.from([...header(0x81, 1), ...asked, ...record]);
  return udpExchange(random, { at, client, server, port: 53, question, answer });
}

/** An NTP poll (RFC 5905): 48 bytes either way. */
export function ntpPoll(random: Random, { at, client, server }: Exchange): TimedFrame[] {
  const body = (first: number) => Uint8Array.from([first, 2, 6, 0xec, ...random.bytes(44)]);
  return udpExchange(random, { at, client, server, port: 123, question: body(0x23), answer: body(0x24) });
}

/** `count` pings and their answers. */
export function ping(
  random: Random,
  { at, client, server, count }: Exchange & { readonly count: number },
): TimedFrame[] {
  const isIpv6 = client.address.includes(':');
  const [layer, request, reply] = isIpv6 ? ([icmpv6, 128, 129] as const) : ([icmp, 8, 0] as const);
  const id = random.below(65_536);
  const body = Uint8Array.from({ length: 48 }, (_, index) => 0x10 + index);
  return Array.from({ length: count }, (_, index) => {
    const rest = echo(id, index + 1);
    const sent = at + index * 200 * MILLI;
    return [
      { at: sent, bytes: packet(...between(random, client, server, false), layer({ type: request, rest }), body) },
      {
        at: sent + random.between(30 * MICRO, 400 * MICRO),
        bytes: packet(...between(random, client, server, true), layer({ type: reply, rest }), body),
      },
    ];
  }).flat();
}

/** Who has an address, and the answer. */
export function arpExchange(random: Random, { at, client, server }: Exchange): TimedFrame[] {
  const ask = packet(
    ethernet({ source: client.mac, destination: 'ff:ff:ff:ff:ff:ff', padToBytes: 60 }),
    arp({
      operation: 'request',
      senderMac: client.mac,
      senderAddress: client.address,
      targetAddress: server.address,
    }),
  );
  const tell = packet(
    ethernet({ source: server.mac, destination: client.mac, padToBytes: 60 }),
    arp({
      operation: 'reply',
      senderMac: server.mac,
      senderAddress: server.address,
      targetMac: client.mac,
      targetAddress: client.address,
    }),
  );
  return [
    { at, bytes: ask },
    { at: at + random.between(2 * MICRO, 60 * MICRO), bytes: tell },
  ];
}

/** A network to pick hosts of. */
export interface Network {
  readonly prefix: string;
}

/** A SYN flood. */
export interface SynFlood {
  readonly at: number;
  readonly networks: readonly Network[];
  readonly server: Host;
  readonly port: number;
  readonly count: number;
  readonly gapNanos: number;
}

/** SYNs from random hosts of networks, as `{ prefix: '198.51.100.' }` or `{ prefix: '2001:db8:bad:' }`, at an average gap; 67 ns is 10 Gb/s. */
export function synFlood(random: Random, flood: SynFlood): TimedFrame[] {
  const { at, networks, server, port, count, gapNanos } = flood;
  let time = at;
  return Array.from({ length: count }, () => {
    time += random.between(67, 2 * gapNanos);
    const attacker = { address: hostOf(random, random.pick(networks)), mac: ROUTER_MAC };
    const header = tcp({
      sourcePort: random.between(1024, 65_535),
      destinationPort: port,
      sequence: random.next(),
      flags: ['SYN'],
      window: random.pick([512, 1024, 8192, 64_240]),
    });
    return { at: time, bytes: packet(...between(random, attacker, server, false, hops(random, attacker)), header) };
  });
}

function hops(random: Random, { address }: Host): IpOptions {
  const left = random.between(38, 250);
  return address.includes(':') ? { hopLimit: left } : { ttl: left, dontFragment: false };
}

/** A random host of a network. */
export function hostOf(random: Random, { prefix }: Network): string {
  if (!prefix.includes(':')) return `${prefix}${random.between(1, 254)}`;
  const word = () => random.below(65_536).toString(16);
  return `${prefix}${word()}::${word()}`;
}
