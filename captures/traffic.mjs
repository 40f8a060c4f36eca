// The captures of this folder, as functions of the packet builder and writers alone: the same bytes everywhere, every time.
import {
  arpExchange,
  between,
  dnsLookup,
  hostOf,
  ntpPoll,
  ping,
  ROUTER_MAC,
  SERVER_MAC,
  synFlood,
  tcpSession,
} from './flows.mjs';
import { oddFrames, oneOfAKind } from './oddities.mjs';
import { Random } from './random.mjs';

/** Start of every capture: 2024-01-15 10:00:00 UTC. */
const START_NANOS = 1_705_312_800_000_000_000n;
const MILLI = 1_000_000;

const WEB = { address: '192.0.2.10', mac: SERVER_MAC };
const NAMES = { address: '192.0.2.53', mac: '02:00:5e:00:00:53' };
const WEB6 = { address: '2001:db8::80', mac: SERVER_MAC };
const NAMES6 = { address: '2001:db8::53', mac: '02:00:5e:00:00:53' };

/** Sources of the floods. Nothing else is sent from them. */
const ATTACKERS = [{ prefix: '198.51.100.' }, { prefix: '203.0.113.' }];
const ATTACKERS6 = [{ prefix: '2001:db8:bad:' }];

/** File name, seed and contents of every capture. */
export const CAPTURES = [
  { name: 'mixed.pcap', seed: 1, build: mixed },
  { name: 'syn-flood.pcapng', seed: 2, build: flood },
  { name: 'vlan.pcap', seed: 3, build: vlans },
  { name: 'odd.pcap', seed: 4, build: odd },
];

/** The bytes of one of CAPTURES. `library` has the exports of packet.ts and write.ts. */
export function buildCapture({ seed, build }, library) {
  const pieces = [];
  build({ ...library, random: new Random(seed) }, piece => pieces.push(piece));
  const file = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  pieces.reduce((offset, piece) => {
    file.set(piece, offset);
    return offset + piece.byteLength;
  }, 0);
  return file;
}

function mixed(make, sink) {
  const { random } = make;
  const at = () => random.below(2000 * MILLI);
  const frames = [
    ...repeat(62, () => webSession(make, at(), client(random), WEB)),
    ...repeat(24, () => webSession(make, at(), client6(random), WEB6)),
    ...repeat(75, () => dnsLookup(make, { at: at(), client: client(random), server: NAMES, name: lookedUp(random) })),
    ...repeat(35, () => dnsLookup(make, { at: at(), client: client6(random), server: NAMES6, name: lookedUp(random) })),
    ...repeat(30, () =>
      ntpPoll(make, { at: at(), client: client(random), server: { ...WEB, address: '192.0.2.123' } }),
    ),
    ...repeat(12, () => ping(make, { at: at(), client: client(random), server: WEB, count: 3 })),
    ...repeat(6, () => ping(make, { at: at(), client: client6(random), server: WEB6, count: 3 })),
    ...repeat(15, () => arpExchange(make, { at: at(), client: neighbour(random), server: WEB })),
    ...repeat(6, () =>
      webSession(make, at(), { ...client(random), tags: [{ id: 100, priority: random.below(8) }] }, WEB),
    ),
    ...repeat(12, () => bigDatagram(make, at())),
    ...synFlood(make, { at: 800 * MILLI, networks: ATTACKERS, server: WEB, port: 80, count: 560, gapNanos: 2000 }),
    ...synFlood(make, { at: 801 * MILLI, networks: ATTACKERS6, server: WEB6, port: 443, count: 120, gapNanos: 4000 }),
    ...oneOfAKind(make).map(bytes => ({ at: at(), bytes })),
  ];
  writePcap(make, sink, frames, { resolution: 'ns' });
}

function flood(make, sink) {
  const { random } = make;
  const frames = sorted([
    ...synFlood(make, { at: 0, networks: ATTACKERS, server: WEB, port: 80, count: 300, gapNanos: 1200 }),
    ...synFlood(make, { at: 0, networks: ATTACKERS6, server: WEB6, port: 80, count: 100, gapNanos: 3600 }),
    ...repeat(4, () => webSession(make, random.below(300_000), client(random), WEB)),
  ]);
  const writer = new make.PcapngWriter(sink, {
    application: 'xdpsim captures',
    comments: ['a SYN flood, and four sessions in it'],
  });
  const inside = writer.addInterface({ name: 'flood0', description: 'the attacked port' });
  frames.forEach(({ at, bytes }, index) => {
    const queue = bytes[bytes[12] === 0x86 ? 55 : 35] % 4;
    const comments = index === 0 ? ['the flood begins'] : [];
    const options = { comments, flags: 1, packetId: BigInt(index + 1), queue };
    writer.write({ timestampNanos: START_NANOS + BigInt(at), bytes }, options, inside);
  });
  const counters = { received: BigInt(frames.length), dropped: 0n };
  writer.writeStatistics(inside, START_NANOS + 2_000_000_000n, counters);
  writer.end();
}

function vlans(make, sink) {
  const { random } = make;
  const at = () => random.below(500 * MILLI);
  const tag = (id, priority = 0, tagType = 0x8100) => ({ id, priority, tagType });
  const service = id => [tag(id, 3, 0x88a8), tag(random.pick([10, 20]), 1)];
  const stacks = [[tag(10)], [tag(20, 5)], [tag(30, 7)], [tag(0, 6)], [tag(4094)], service(200), service(201)];
  const frames = [
    ...stacks.flatMap(tags => webSession(make, at(), { ...client(random), tags }, WEB)),
    ...stacks.flatMap(tags =>
      dnsLookup(make, { at: at(), client: { ...client6(random), tags }, server: NAMES6, name: 'tagged.example' }),
    ),
    ...repeat(4, () => dnsLookup(make, { at: at(), client: client(random), server: NAMES, name: 'untagged.example' })),
    { at: at(), bytes: taggedFrame(make, [tag(1), tag(2), tag(3)]) },
    { at: at(), bytes: taggedFrame(make, [tag(1), tag(2), tag(3), tag(4), tag(5)]) },
    { at: at(), bytes: taggedFrame(make, [{ ...tag(77), isDropEligible: true }]) },
  ];
  writePcap(make, sink, frames);
}

function taggedFrame(make, tags) {
  const layers = between(make, { ...client(make.random), tags }, NAMES, false);
  return make.packet(...layers, make.udp({ sourcePort: 5353, destinationPort: 53 }), `${tags.length} tags`);
}

function odd(make, sink) {
  const frames = oddFrames(make).map((frame, index) => ({ at: index * MILLI, ...frame }));
  writePcap(make, sink, frames);
}

function webSession(make, at, from, server) {
  const { random } = make;
  const answers = Array.from({ length: random.between(1, 3) }, () => random.pick([48, 120, 310, 536]));
  const port = random.pick([80, 80, 443]);
  return tcpSession(make, { at, client: from, server, port, requestBytes: random.between(60, 220), answers });
}

/** A datagram too long for one packet, in fragments. */
function bigDatagram(make, at) {
  const { random } = make;
  const from = client(random);
  const ip = { identification: random.below(65_536), dontFragment: false };
  const whole = make.packet(
    ...between(make, from, NAMES, false, ip),
    make.udp({ sourcePort: random.between(1024, 65_535), destinationPort: 5004 }),
    random.bytes(random.between(700, 1100)),
  );
  return make.ipv4Fragments(whole, 512).map((bytes, index) => ({ at: at + index * 1300, bytes }));
}

function client(random) {
  return { address: `192.0.2.${random.between(128, 250)}`, mac: ROUTER_MAC };
}

function client6(random) {
  return { address: hostOf(random, { prefix: '2001:db8:c:' }), mac: ROUTER_MAC };
}

function neighbour(random) {
  const last = random.between(100, 127);
  return { address: `192.0.2.${last}`, mac: `02:00:5e:00:01:${last.toString(16)}` };
}

function lookedUp(random) {
  return `${random.pick(['www', 'mail', 'cdn', 'api', 'ns1'])}.${random.pick(['alpha', 'beta', 'gamma'])}.example`;
}

function repeat(count, makeFrames) {
  return Array.from({ length: count }, makeFrames).flat();
}

function sorted(frames) {
  return frames.toSorted((a, b) => a.at - b.at);
}

function writePcap(make, sink, frames, options) {
  const writer = new make.PcapWriter(sink, options);
  for (const { at, ...frame } of sorted(frames)) writer.write({ timestampNanos: START_NANOS + BigInt(at), ...frame });
  writer.end();
}
