// Conversations that captures are made of. Each function gives a list of { at, bytes }: nanoseconds since the capture's start, and the
// Ethernet frame. `make` is the packet builder and a seeded Random; addresses are documentation addresses only (RFC 5737, RFC 3849).

export const ROUTER_MAC = '02:00:5e:00:00:01';
export const SERVER_MAC = '02:00:5e:00:00:10';

const MICRO = 1000;
const MILLI = 1_000_000;

/** Ethernet and IP layers between two hosts; `isReply` turns them round. Hosts are `{ address, mac }`. */
export function between(make, client, server, isReply, ipFields = {}) {
  const [from, to] = isReply ? [server, client] : [client, server];
  const isIpv6 = client.address.includes(':');
  const link = make.ethernet({ source: from.mac, destination: to.mac, padToBytes: 60 });
  const ends = { source: from.address, destination: to.address };
  const ip = isIpv6
    ? make.ipv6({ ...ends, hopLimit: isReply ? 64 : 57, ...ipFields })
    : make.ipv4({
        ...ends,
        ttl: isReply ? 64 : 57,
        dontFragment: true,
        identification: make.random.below(65_536),
        ...ipFields,
      });
  return tagged(make, link, client.tags, ip);
}

function tagged(make, link, tags = [], ip) {
  return [link, ...tags.map(tag => make.vlan(tag)), ip];
}

const SYN_OPTIONS = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7];

/** A TCP session from handshake to close: one request, answers in segments, every one acknowledged. */
export function tcpSession(make, { at, client, server, port, requestBytes, answers }) {
  const { random } = make;
  const frames = [];
  const clientPort = random.between(32_768, 60_999);
  const sequences = { client: random.next(), server: random.next() };
  const halfTrip = random.between(150 * MICRO, 9 * MILLI);
  let time = at;
  const send = (isReply, flags, payload, options) => {
    const [own, other] = isReply ? ['server', 'client'] : ['client', 'server'];
    const header = make.tcp({
      sourcePort: isReply ? port : clientPort,
      destinationPort: isReply ? clientPort : port,
      sequence: sequences[own],
      acknowledgement: flags.includes('ACK') ? sequences[other] : 0,
      flags,
      window: isReply ? 65_160 : 64_240,
      ...(options && { options }),
    });
    frames.push({ at: time, bytes: make.packet(...between(make, client, server, isReply), header, payload) });
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
function text(random, lengthBytes) {
  return Uint8Array.from({ length: lengthBytes }, () => random.between(0x20, 0x7e));
}

/** A question over UDP and its answer. */
export function udpExchange(make, { at, client, server, port, question, answer }) {
  const { random } = make;
  const clientPort = random.between(32_768, 60_999);
  const forth = make.udp({ sourcePort: clientPort, destinationPort: port });
  const back = make.udp({ sourcePort: port, destinationPort: clientPort });
  return [
    { at, bytes: make.packet(...between(make, client, server, false), forth, question) },
    {
      at: at + random.between(20 * MICRO, 4 * MILLI),
      bytes: make.packet(...between(make, client, server, true), back, answer),
    },
  ];
}

/** A DNS lookup of `name` (RFC 1035): an A record, or AAAA when the client speaks IPv6. */
export function dnsLookup(make, { at, client, server, name }) {
  const isIpv6 = client.address.includes(':');
  const id = make.random.below(65_536);
  const labels = name.split('.').flatMap(label => [label.length, ...new TextEncoder().encode(label)]);
  const asked = [...labels, 0, 0, isIpv6 ? 28 : 1, 0, 1];
  const header = (flags, answers) => [id >> 8, id & 255, flags, flags === 1 ? 0 : 0x80, 0, 1, 0, answers, 0, 0, 0, 0];
  const address = isIpv6
    ? [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]
    : [192, 0, 2, make.random.between(10, 60)];
  const record = [0xc0, 12, 0, isIpv6 ? 28 : 1, 0, 1, 0, 0, 1, 44, 0, address.length, ...address];
  const question = Uint8Array.from([...header(1, 0), ...asked]);
  const answer = Uint8Array.from([...header(0x81, 1), ...asked, ...record]);
  return udpExchange(make, { at, client, server, port: 53, question, answer });
}

/** An NTP poll (RFC 5905): 48 bytes either way. */
export function ntpPoll(make, { at, client, server }) {
  const body = first => Uint8Array.from([first, 2, 6, 0xec, ...make.random.bytes(44)]);
  return udpExchange(make, { at, client, server, port: 123, question: body(0x23), answer: body(0x24) });
}

/** `count` pings and their answers. */
export function ping(make, { at, client, server, count }) {
  const { random } = make;
  const isIpv6 = client.address.includes(':');
  const [layer, request, reply] = isIpv6 ? [make.icmpv6, 128, 129] : [make.icmp, 8, 0];
  const id = random.below(65_536);
  const body = Uint8Array.from({ length: 48 }, (_, index) => 0x10 + index);
  return Array.from({ length: count }, (_, index) => {
    const rest = make.echo(id, index + 1);
    const sent = at + index * 200 * MILLI;
    return [
      { at: sent, bytes: make.packet(...between(make, client, server, false), layer({ type: request, rest }), body) },
      {
        at: sent + random.between(30 * MICRO, 400 * MICRO),
        bytes: make.packet(...between(make, client, server, true), layer({ type: reply, rest }), body),
      },
    ];
  }).flat();
}

/** Who has an address, and the answer. */
export function arpExchange(make, { at, client, server }) {
  const ask = make.packet(
    make.ethernet({ source: client.mac, destination: 'ff:ff:ff:ff:ff:ff', padToBytes: 60 }),
    make.arp({
      operation: 'request',
      senderMac: client.mac,
      senderAddress: client.address,
      targetAddress: server.address,
    }),
  );
  const tell = make.packet(
    make.ethernet({ source: server.mac, destination: client.mac, padToBytes: 60 }),
    make.arp({
      operation: 'reply',
      senderMac: server.mac,
      senderAddress: server.address,
      targetMac: client.mac,
      targetAddress: client.address,
    }),
  );
  return [
    { at, bytes: ask },
    { at: at + make.random.between(2 * MICRO, 60 * MICRO), bytes: tell },
  ];
}

/** SYNs from random hosts of networks, as `{ prefix: '198.51.100.' }` or `{ prefix: '2001:db8:bad:' }`, at an average gap; 67 ns is 10 Gb/s. */
export function synFlood(make, { at, networks, server, port, count, gapNanos }) {
  const { random } = make;
  let time = at;
  return Array.from({ length: count }, () => {
    time += random.between(67, 2 * gapNanos);
    const attacker = { address: hostOf(random, random.pick(networks)), mac: ROUTER_MAC };
    const header = make.tcp({
      sourcePort: random.between(1024, 65_535),
      destinationPort: port,
      sequence: random.next(),
      flags: ['SYN'],
      window: random.pick([512, 1024, 8192, 64_240]),
    });
    return { at: time, bytes: make.packet(...between(make, attacker, server, false, hops(random, attacker)), header) };
  });
}

function hops(random, { address }) {
  const left = random.between(38, 250);
  return address.includes(':') ? { hopLimit: left } : { ttl: left, dontFragment: false };
}

/** A random host of a network. */
export function hostOf(random, { prefix }) {
  if (!prefix.includes(':')) return `${prefix}${random.between(1, 254)}`;
  const word = () => random.below(65_536).toString(16);
  return `${prefix}${word()}::${word()}`;
}
