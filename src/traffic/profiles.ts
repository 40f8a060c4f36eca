// Profiles of traffic: each makes one event after the other, a packet or a conversation, for as long as it is asked.
import {
  arp,
  ethernet,
  geneve,
  gre,
  icmpv6,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  type Layer,
  packet,
  tcp,
  udp,
  vlan,
  vxlan,
} from '../capture/packet.js';
import {
  arpExchange,
  between,
  dnsLookup,
  type Host,
  ntpPoll,
  ping,
  ROUTER_MAC,
  SERVER_MAC,
  synFlood,
  type TimedFrame,
} from './flows.js';
import {
  ATTACKERS,
  ATTACKERS6,
  attacker,
  CLOCK,
  client,
  client6,
  lookedUp,
  NAMES,
  NAMES6,
  neighbour,
  WEB,
  WEB6,
} from './hosts.js';
import type { Label } from './labels.js';
import { oddFrames } from './oddities.js';
import { dnsTextAnswer, filler, ntpMonitorList } from './payloads.js';
import type { Random } from './random.js';
import { bigDatagram, webSession } from './scenes.js';

/** Makes the next event; `at` is its start in nanoseconds. */
export type Events = (at: number) => TimedFrame[];

/** A kind of traffic. */
export interface Profile {
  /** One line for `--help`. */
  readonly summary: string;
  readonly label: Label;
  /** Starts the profile; everything random comes from `random`. */
  readonly open: (random: Random) => Events;
}

const BACKBONE = ethernet({ source: ROUTER_MAC, destination: SERVER_MAC, padToBytes: 60 });

/** All profiles, by name. */
export const PROFILES = {
  imix: {
    summary: 'UDP packets of 40, 576 and 1500 bytes at IP, 7 : 4 : 1',
    label: 'benign',
    open: random => at => one(at, imixPacket(random)),
  },
  zipf: {
    summary: 'UDP packets of 1000 flows, a few of which have most: Zipf with exponent 1.2',
    label: 'benign',
    open: zipfEvents,
  },
  'tcp-sessions': {
    summary: 'TCP sessions from handshake to close, three quarters over IPv4',
    label: 'benign',
    open: random => at =>
      random.below(4) === 0
        ? webSession(random, at, client6(random), WEB6)
        : webSession(random, at, client(random), WEB),
  },
  dns: {
    summary: 'DNS lookups and their answers, half over IPv6',
    label: 'benign',
    open: random => at => {
      const [from, server] = random.below(2) === 0 ? [client(random), NAMES] : [client6(random), NAMES6];
      return dnsLookup(random, { at, client: from, server, name: lookedUp(random) });
    },
  },
  ntp: {
    summary: 'NTP polls and their answers',
    label: 'benign',
    open: random => at => ntpPoll(random, { at, client: client(random), server: CLOCK }),
  },
  ping: {
    summary: 'pings and their answers, half over IPv6',
    label: 'benign',
    open: random => at => {
      const [from, server] = random.below(2) === 0 ? [client(random), WEB] : [client6(random), WEB6];
      return ping(random, { at, client: from, server, count: 1 });
    },
  },
  arp: {
    summary: 'ARP requests and their answers',
    label: 'benign',
    open: random => at => arpExchange(random, { at, client: neighbour(random), server: WEB }),
  },
  'syn-flood': {
    summary: 'SYNs from all over the attacking networks to one server, a fifth over IPv6',
    label: 'attack',
    open: random => at =>
      random.below(5) === 0
        ? synFlood(random, { at, networks: ATTACKERS6, server: WEB6, port: 443, count: 1, gapNanos: 67 })
        : synFlood(random, { at, networks: ATTACKERS, server: WEB, port: 80, count: 1, gapNanos: 67 }),
  },
  'udp-flood': {
    summary: 'UDP packets of 512 bytes to random ports of one server',
    label: 'attack',
    open: random => at => {
      const ports = { sourcePort: random.between(1024, 65_535), destinationPort: random.between(20_000, 60_000) };
      return one(at, packet(...between(random, attacker(random), WEB, false), udp(ports), new Uint8Array(512)));
    },
  },
  'dns-amplification': {
    summary: 'large DNS answers that nobody asked for, a quarter of them in fragments',
    label: 'attack',
    open: random => at =>
      amplification(random, at, 53, dnsTextAnswer(random, 'any.example', random.below(4) === 0 ? 14 : 5)),
  },
  'ntp-amplification': {
    summary: "answers to NTP's list of recent clients that nobody asked for",
    label: 'attack',
    open: random => at => amplification(random, at, 123, ntpMonitorList(random)),
  },
  'arp-storm': {
    summary: 'broadcast ARP requests of one host for one address after the other',
    label: 'attack',
    open: () => {
      let next = 0;
      return at => one(at, arpRequest(next++ % 254));
    },
  },
  fragments: {
    summary: 'datagrams in fragments, half over IPv6',
    label: 'benign',
    open: random => at => (random.below(2) === 0 ? bigDatagram(random, at) : ipv6Fragments(random, at)),
  },
  vlan: {
    summary: 'TCP sessions with one VLAN tag of eight',
    label: 'benign',
    open: random => at => {
      const tags = [{ id: 10 * random.between(1, 8), priority: random.below(8) }];
      return webSession(random, at, { ...client(random), tags }, WEB);
    },
  },
  qinq: {
    summary: 'TCP sessions with a service tag (0x88a8) around a VLAN tag',
    label: 'benign',
    open: random => at => {
      const tags = [{ id: random.between(200, 203), tagType: 0x88a8 }, { id: random.between(10, 13) }];
      return webSession(random, at, { ...client(random), tags }, WEB);
    },
  },
  gre: {
    summary: 'SYNs in GRE, some with key, sequence number and checksum',
    label: 'benign',
    open: random => at => {
      const header = random.below(2) === 0 ? gre() : gre({ key: random.below(100), sequence: 1, hasChecksum: true });
      return one(at, packet(...between(random, client(random), WEB, false), header, ...innerSyn(random)));
    },
  },
  vxlan: {
    summary: 'SYNs in VXLAN, of eight networks',
    label: 'benign',
    open: random => at => one(at, overlay(random, 4789, vxlan({ networkId: random.between(40, 47) }))),
  },
  geneve: {
    summary: 'SYNs in GENEVE, some with an option',
    label: 'benign',
    open: random => at => {
      // One option without data: class 0xfff6, one of those for experiments (RFC 8926 section 7), type 1.
      const options = random.below(2) === 0 ? {} : { options: Uint8Array.of(0xff, 0xf6, 1, 0) };
      return one(at, overlay(random, 6081, geneve({ networkId: random.between(40, 47), ...options })));
    },
  },
  'ipv6-extensions': {
    summary: 'IPv6 packets with hop-by-hop options, destination options, routing and fragment headers',
    label: 'benign',
    open: random => at => one(at, extended(random)),
  },
  jumbo: {
    summary: 'UDP packets of 2,000 to 9,000 bytes',
    label: 'benign',
    open: random => at => {
      const body = filler(random.between(1958, 8958));
      return one(at, packet(...between(random, client(random), WEB, false), udp(plainPorts(random)), body));
    },
  },
  malformed: {
    summary: 'frames that are cut, contradict themselves or nest without end',
    label: 'attack',
    open: random => {
      const frames = oddFrames(random);
      return at => [{ at, ...random.pick(frames) }];
    },
  },
} as const satisfies Readonly<Record<string, Profile>>;

/** Name of a profile. */
export type ProfileName = keyof typeof PROFILES;

function one(at: number, bytes: Uint8Array): TimedFrame[] {
  return [{ at, bytes }];
}

/** Ports that say nothing of what is inside. */
function plainPorts(random: Random): { sourcePort: number; destinationPort: number } {
  return { sourcePort: random.between(32_768, 60_999), destinationPort: random.between(61_000, 61_015) };
}

/** Bytes of an IPv4 and a UDP header. */
const HEADERS_BYTES = 28;

function imixPacket(random: Random): Uint8Array {
  const draw = random.below(12);
  const ipBytes = draw < 7 ? 40 : draw < 11 ? 576 : 1500;
  return packet(
    ...between(random, client(random), WEB, false),
    udp(plainPorts(random)),
    filler(ipBytes - HEADERS_BYTES),
  );
}

const FLOWS = 1000;
const EXPONENT = 1.2;

function zipfEvents(random: Random): Events {
  const weights = Array.from({ length: FLOWS }, (_, rank) => (rank + 1) ** -EXPONENT);
  let sum = 0;
  const upTo = weights.map(weight => {
    sum += weight;
    return sum;
  });
  const flows = weights.map(() => ({
    from: client(random),
    ports: plainPorts(random),
    bytes: random.between(18, 1400),
  }));
  return at => {
    const point = (random.next() / 0x1_0000_0000) * sum;
    const { from, ports, bytes } =
      flows[
        Math.max(
          0,
          upTo.findIndex(bound => point < bound),
        )
      ]!;
    return one(at, packet(...between(random, from, WEB, false), udp(ports), filler(bytes)));
  };
}

/** An answer from a reflector to a server that asked nothing, in fragments where it is too long. */
function amplification(random: Random, at: number, port: number, answer: Uint8Array): TimedFrame[] {
  const isLong = answer.byteLength > 1472;
  const layers = between(random, attacker(random), WEB, false, { dontFragment: !isLong });
  const whole = packet(...layers, udp({ sourcePort: port, destinationPort: random.between(1024, 65_535) }), answer);
  return isLong ? ipv4Fragments(whole, 1480).map((bytes, index) => ({ at: at + index * 1200, bytes })) : one(at, whole);
}

function arpRequest(host: number): Uint8Array {
  const sender = { senderMac: '02:00:5e:00:ba:01', senderAddress: '192.0.2.99' };
  return packet(
    ethernet({ source: sender.senderMac, destination: 'ff:ff:ff:ff:ff:ff', padToBytes: 60 }),
    arp({ operation: 'request', ...sender, targetAddress: `192.0.2.${host + 1}` }),
  );
}

function ipv6Fragments(random: Random, at: number): TimedFrame[] {
  const ends = { source: client6(random).address, destination: NAMES6.address };
  const identification = random.next();
  const datagram = packet(ipv6(ends), udp(plainPorts(random)), filler(random.between(700, 1100))).subarray(40);
  const frames: TimedFrame[] = [];
  for (let offset = 0; offset < datagram.byteLength; offset += 512) {
    const isLast = offset + 512 >= datagram.byteLength;
    const header = ipv6Fragment({ identification, offsetBytes: offset, moreFragments: !isLast, nextHeader: 17 });
    const bytes = packet(BACKBONE, ipv6(ends), header, datagram.subarray(offset, offset + 512));
    frames.push({ at: at + 3 * offset, bytes });
  }
  return frames;
}

/** An Ethernet frame with a SYN, for the inside of tunnels. */
function innerFrame(random: Random): Layer[] {
  const tags = random.below(3) === 0 ? [vlan({ id: random.between(10, 13) })] : [];
  return [ethernet({ source: '02:00:5e:00:02:01', destination: '02:00:5e:00:02:02' }), ...tags, ...innerSyn(random)];
}

function innerSyn(random: Random): Layer[] {
  const inside = (): Host => ({ address: `10.0.${random.below(4)}.${random.between(1, 254)}`, mac: ROUTER_MAC });
  const [from, to] = [inside(), inside()];
  const ip = ipv4({ source: from.address, destination: to.address });
  return [
    ip,
    tcp({ sourcePort: random.between(32_768, 60_999), destinationPort: 80, sequence: random.next(), flags: ['SYN'] }),
  ];
}

function overlay(random: Random, port: number, header: Layer): Uint8Array {
  const outer = between(
    random,
    { address: '192.0.2.21', mac: ROUTER_MAC },
    { address: '192.0.2.22', mac: SERVER_MAC },
    false,
  );
  const ports = udp({ sourcePort: random.between(49_152, 65_535), destinationPort: port });
  return packet(...outer, ports, header, ...innerFrame(random));
}

/** A router alert (RFC 2711), and a segment routing header at its end (RFC 8754) with one segment. */
const ROUTER_ALERT = Uint8Array.of(5, 2, 0, 0);

function extended(random: Random): Uint8Array {
  const ip = ipv6({ source: client6(random).address, destination: WEB6.address });
  const syn = tcp({
    sourcePort: random.between(32_768, 60_999),
    destinationPort: 80,
    sequence: random.next(),
    flags: ['SYN'],
  });
  const hopByHop = ipv6Extension({ kind: 'hopByHop', content: ROUTER_ALERT });
  const options = ipv6Extension({ kind: 'destinationOptions', content: Uint8Array.of(1, 4, 0, 0, 0, 0) });
  const segment = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80];
  const routing = ipv6Extension({ kind: 'routing', content: Uint8Array.of(4, 0, 0, 0, 0, 0, ...segment) });
  const fragment = ipv6Fragment({ identification: random.next(), offsetBytes: 0, moreFragments: false });
  const chains: readonly (readonly Layer[])[] = [
    [hopByHop, icmpv6({ type: 128, rest: random.next() })],
    [options, syn],
    [routing, syn],
    [hopByHop, options, routing, syn],
    [fragment, udp(plainPorts(random))],
    [hopByHop, fragment, options, syn],
  ];
  return packet(BACKBONE, ip, ...random.pick(chains));
}
