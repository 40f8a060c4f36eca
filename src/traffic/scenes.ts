// Whole captures of a fixed make: everyday traffic with a flood in it, and collections for particular ends.
import { ipv4Fragments, packet, udp, type VlanFields } from '../capture/packet.js';
import {
  arpExchange,
  between,
  dnsLookup,
  type Host,
  ntpPoll,
  ping,
  synFlood,
  type TimedFrame,
  tcpSession,
} from './flows.js';
import {
  ATTACKERS,
  ATTACKERS6,
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
import type { GroundTruth } from './labels.js';
import { oddFrames, oneOfAKind } from './oddities.js';
import type { Random } from './random.js';

const MILLI = 1_000_000;

/** A frame with its ground truth. */
export interface LabelledFrame extends TimedFrame, GroundTruth {}

/** Everyday traffic over IPv4 and IPv6, packets that are seen once, and a SYN flood of 1.5 ms. */
export function everyday(random: Random): LabelledFrame[] {
  const at = () => random.below(2000 * MILLI);
  return [
    ...benign('everyday', [
      ...repeat(62, () => webSession(random, at(), client(random), WEB)),
      ...repeat(24, () => webSession(random, at(), client6(random), WEB6)),
      ...repeat(75, () =>
        dnsLookup(random, { at: at(), client: client(random), server: NAMES, name: lookedUp(random) }),
      ),
      ...repeat(35, () =>
        dnsLookup(random, { at: at(), client: client6(random), server: NAMES6, name: lookedUp(random) }),
      ),
      ...repeat(30, () => ntpPoll(random, { at: at(), client: client(random), server: CLOCK })),
      ...repeat(12, () => ping(random, { at: at(), client: client(random), server: WEB, count: 3 })),
      ...repeat(6, () => ping(random, { at: at(), client: client6(random), server: WEB6, count: 3 })),
      ...repeat(15, () => arpExchange(random, { at: at(), client: neighbour(random), server: WEB })),
      ...repeat(6, () =>
        webSession(random, at(), { ...client(random), tags: [{ id: 100, priority: random.below(8) }] }, WEB),
      ),
      ...repeat(12, () => bigDatagram(random, at())),
    ]),
    ...attack('syn-flood', [
      ...synFlood(random, { at: 800 * MILLI, networks: ATTACKERS, server: WEB, port: 80, count: 560, gapNanos: 2000 }),
      ...synFlood(random, {
        at: 801 * MILLI,
        networks: ATTACKERS6,
        server: WEB6,
        port: 443,
        count: 120,
        gapNanos: 4000,
      }),
    ]),
    ...benign(
      'everyday',
      oneOfAKind(random).map(bytes => ({ at: at(), bytes })),
    ),
  ];
}

/** 400 SYNs around four TCP sessions. */
export function floodedSessions(random: Random): LabelledFrame[] {
  return [
    ...attack('syn-flood', [
      ...synFlood(random, { at: 0, networks: ATTACKERS, server: WEB, port: 80, count: 300, gapNanos: 1200 }),
      ...synFlood(random, { at: 0, networks: ATTACKERS6, server: WEB6, port: 80, count: 100, gapNanos: 3600 }),
    ]),
    ...benign(
      'tcp-sessions',
      repeat(4, () => webSession(random, random.below(300_000), client(random), WEB)),
    ),
  ];
}

/** Single tags, priority tags, QinQ, three and five tags, and untagged packets. */
export function tags(random: Random): LabelledFrame[] {
  const at = () => random.below(500 * MILLI);
  const tag = (id: number, priority = 0, tagType = 0x8100): VlanFields => ({ id, priority, tagType });
  const service = (id: number) => [tag(id, 3, 0x88a8), tag(random.pick([10, 20]), 1)];
  const stacks = [[tag(10)], [tag(20, 5)], [tag(30, 7)], [tag(0, 6)], [tag(4094)], service(200), service(201)];
  return benign('tags', [
    ...stacks.flatMap(stack => webSession(random, at(), { ...client(random), tags: stack }, WEB)),
    ...stacks.flatMap(stack =>
      dnsLookup(random, {
        at: at(),
        client: { ...client6(random), tags: stack },
        server: NAMES6,
        name: 'tagged.example',
      }),
    ),
    ...repeat(4, () =>
      dnsLookup(random, { at: at(), client: client(random), server: NAMES, name: 'untagged.example' }),
    ),
    { at: at(), bytes: taggedFrame(random, [tag(1), tag(2), tag(3)]) },
    { at: at(), bytes: taggedFrame(random, [tag(1), tag(2), tag(3), tag(4), tag(5)]) },
    { at: at(), bytes: taggedFrame(random, [{ ...tag(77), isDropEligible: true }]) },
  ]);
}

function taggedFrame(random: Random, stack: readonly VlanFields[]): Uint8Array {
  const layers = between(random, { ...client(random), tags: stack }, NAMES, false);
  return packet(...layers, udp({ sourcePort: 5353, destinationPort: 53 }), `${stack.length} tags`);
}

/** Frames that are malformed, cut, tiny or huge, one a millisecond. */
export function odd(random: Random): LabelledFrame[] {
  return attack(
    'malformed',
    oddFrames(random).map((frame, index) => ({ at: index * MILLI, ...frame })),
  );
}

/** A session of a request and one to three answers. */
export function webSession(random: Random, at: number, from: Host, server: Host): TimedFrame[] {
  const answers = Array.from({ length: random.between(1, 3) }, () => random.pick([48, 120, 310, 536]));
  const port = random.pick([80, 80, 443]);
  return tcpSession(random, { at, client: from, server, port, requestBytes: random.between(60, 220), answers });
}

/** A datagram too long for one packet, in fragments. */
export function bigDatagram(random: Random, at: number): TimedFrame[] {
  const from = client(random);
  const ip = { identification: random.below(65_536), dontFragment: false };
  const whole = packet(
    ...between(random, from, NAMES, false, ip),
    udp({ sourcePort: random.between(1024, 65_535), destinationPort: 5004 }),
    random.bytes(random.between(700, 1100)),
  );
  return ipv4Fragments(whole, 512).map((bytes, index) => ({ at: at + index * 1300, bytes }));
}

function repeat(count: number, makeFrames: () => TimedFrame[]): TimedFrame[] {
  return Array.from({ length: count }, makeFrames).flat();
}

function benign(profile: string, frames: readonly TimedFrame[]): LabelledFrame[] {
  return frames.map(frame => ({ ...frame, label: 'benign', profile }));
}

function attack(profile: string, frames: readonly TimedFrame[]): LabelledFrame[] {
  return frames.map(frame => ({ ...frame, label: 'attack', profile }));
}
