// What helpers find in a host's network, beside what they find in a network namespace of Linux that is set up the same way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIpv4, parseIpv6 } from '../../src/capture/addresses.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { parseHost } from '../../src/machine/host-file.js';
import { fromHex, toHex } from '../../src/support/bytes.js';
import { assembledObject } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { runJobs } from '../support/kernel-machine.js';
import { type NetworkNamespace, namespaceUnavailableReason, openNamespace } from '../support/network-namespace.js';

const HOST = {
  interfaces: [
    {
      index: 10,
      name: 'left',
      mac: '02:00:00:00:00:01',
      mtu: 1500,
      addresses: ['192.0.2.1/24', '2001:db8:1::1/64'],
      forwarding: { ipv4: true, ipv6: true },
    },
    {
      index: 11,
      name: 'right',
      mac: '02:00:00:00:00:02',
      mtu: 1400,
      addresses: ['198.51.100.1/24', '2001:db8:2::1/64'],
    },
  ],
  routes: [
    { destination: '10.0.0.0/8', interface: 'right', gateway: '198.51.100.9' },
    { destination: '10.1.0.0/16', interface: 'left', gateway: '192.0.2.9', metric: 7, source: '192.0.2.1' },
    { destination: '10.1.1.0/24', interface: 'right', metric: 50 },
    { destination: '10.1.1.0/24', interface: 'left', metric: 20 },
    { destination: '10.2.0.0/16', type: 'blackhole' },
    { destination: '10.3.0.0/16', type: 'unreachable' },
    { destination: '10.4.0.0/16', type: 'prohibit' },
    { destination: '10.5.0.0/16', interface: 'right', table: 77 },
    { destination: '10.6.0.0/16', interface: 'right', mtu: 1000 },
    { destination: '2001:db8:a::/48', interface: 'right', gateway: '2001:db8:2::9', metric: 1024 },
    { destination: '2001:db8:b::/48', type: 'blackhole' },
    { destination: '2001:db8:c::/48', type: 'prohibit' },
  ],
  neighbours: [
    { address: '198.51.100.9', interface: 'right', mac: '02:00:00:00:99:01' },
    { address: '192.0.2.9', interface: 'left', mac: '02:00:00:00:99:02' },
    { address: '10.1.1.5', interface: 'left', mac: '02:00:00:00:99:03' },
    { address: '2001:db8:2::9', interface: 'right', mac: '02:00:00:00:99:04' },
  ],
  sockets: [
    { protocol: 'tcp', local: '192.0.2.1:80' },
    { protocol: 'tcp', local: '0.0.0.0:81' },
    { protocol: 'tcp', local: '[::]:443' },
    { protocol: 'udp', local: '0.0.0.0:53' },
    { protocol: 'udp', local: '192.0.2.1:54', remote: '192.0.2.9:5400' },
    { protocol: 'udp', local: '[2001:db8:1::1]:55' },
  ],
} as const;

const LINUX = [
  'link add left index 10 address 02:00:00:00:00:01 type veth peer name right index 11 address 02:00:00:00:00:02',
  'link set left mtu 1500 up',
  'link set right mtu 1400 up',
  'link set lo up',
  'addr add 192.0.2.1/24 dev left',
  'addr add 198.51.100.1/24 dev right',
  '-6 addr add 2001:db8:1::1/64 dev left nodad',
  '-6 addr add 2001:db8:2::1/64 dev right nodad',
  'net.ipv4.conf.left.forwarding=1',
  'net.ipv6.conf.left.forwarding=1',
  'route add 10.0.0.0/8 via 198.51.100.9 dev right',
  'route add 10.1.0.0/16 via 192.0.2.9 dev left metric 7 src 192.0.2.1',
  'route add 10.1.1.0/24 dev right metric 50',
  'route add 10.1.1.0/24 dev left metric 20',
  'route add blackhole 10.2.0.0/16',
  'route add unreachable 10.3.0.0/16',
  'route add prohibit 10.4.0.0/16',
  'route add 10.5.0.0/16 dev right table 77',
  'route add 10.6.0.0/16 dev right mtu lock 1000',
  '-6 route add 2001:db8:a::/48 via 2001:db8:2::9 dev right metric 1024',
  '-6 route add blackhole 2001:db8:b::/48',
  '-6 route add prohibit 2001:db8:c::/48',
  'neigh add 198.51.100.9 dev right lladdr 02:00:00:00:99:01 nud permanent',
  'neigh add 192.0.2.9 dev left lladdr 02:00:00:00:99:02 nud permanent',
  'neigh add 10.1.1.5 dev left lladdr 02:00:00:00:99:03 nud permanent',
  '-6 neigh add 2001:db8:2::9 dev right lladdr 02:00:00:00:99:04 nud permanent',
];

/** The packet is struct bpf_fib_lookup and the flags; afterwards it is what the helper left of the struct. */
const ROUTE = [
  'r6 = r1; r2 = 0; r3 = r10; r3 += -72; r4 = 68; call xdp_load_bytes',
  'r1 = r6; r2 = r10; r2 += -72; r3 = 64; r4 = *(u32 *)(r10 -8); call fib_lookup; r7 = r0',
  'r1 = r6; r2 = 0; r3 = r10; r3 += -72; r4 = 64; call xdp_store_bytes; r0 = r7; exit',
].join('; ');

interface RouteQuery {
  readonly to: string;
  readonly from?: string;
  readonly ifindex?: number;
  readonly length?: number;
  readonly flags?: number;
  readonly table?: number;
  readonly family?: number;
}

function routePacket({ to, from, ifindex = 10, length = 0, flags = 0, table = 0, family }: RouteQuery): Uint8Array {
  const bytes = new Uint8Array(68);
  const view = new DataView(bytes.buffer);
  const isIpv6 = to.includes(':');
  bytes[0] = family ?? (isIpv6 ? 10 : 2);
  bytes[1] = 6;
  view.setUint16(6, length, true);
  view.setUint32(8, ifindex, true);
  if (from !== undefined) bytes.set(isIpv6 ? parseIpv6(from) : parseIpv4(from), 16);
  bytes.set(isIpv6 ? parseIpv6(to) : parseIpv4(to), 32);
  if (table !== 0) view.setUint32(48, table, true);
  view.setUint32(64, flags, true);
  return bytes;
}

const ROUTES: readonly RouteQuery[] = [
  { to: '192.0.2.9' },
  { to: '192.0.2.1' },
  { to: '192.0.2.77' },
  { to: '10.9.9.9' },
  { to: '10.9.9.9', length: 1400 },
  { to: '10.9.9.9', length: 1401 },
  { to: '10.9.9.9', ifindex: 11 },
  { to: '10.9.9.9', ifindex: 12 },
  { to: '10.1.2.3' },
  { to: '10.1.2.3', flags: 1 << 4 },
  { to: '10.1.1.5' },
  { to: '10.1.1.6' },
  { to: '10.1.1.6', flags: 1 << 2 },
  { to: '10.1.1.6', flags: 1 << 1 },
  { to: '10.2.0.1' },
  { to: '10.3.0.1' },
  { to: '10.4.0.1' },
  { to: '10.5.0.1' },
  { to: '10.5.0.1', flags: 1 },
  { to: '10.5.0.1', flags: 1 | (1 << 3), table: 77 },
  { to: '10.5.0.1', flags: 1 | (1 << 3) | (1 << 2), table: 77 },
  { to: '10.9.9.9', flags: 1 | (1 << 3), table: 78 },
  { to: '10.6.0.1', length: 1001 },
  { to: '10.6.0.1', length: 1000, flags: 1 << 2 },
  { to: '203.0.113.1' },
  { to: '10.9.9.9', flags: 1 << 6 },
  { to: '10.9.9.9', family: 3 },
  { to: '2001:db8:a::1', from: '2001:db8:1::5' },
  { to: '2001:db8:a::1', from: '2001:db8:1::5', length: 1401 },
  { to: '2001:db8:b::1', from: '2001:db8:1::5' },
  { to: '2001:db8:c::1', from: '2001:db8:1::5' },
  { to: '2001:db8:2::8', from: '2001:db8:1::5' },
  { to: '2001:db8:2::8', from: '2001:db8:1::5', flags: 1 << 2 },
  { to: '2001:db8:1::1', from: '2001:db8:1::5' },
  { to: '2001:db8:ffff::1', from: '2001:db8:1::5' },
];

/** The packet is the tuple (36 bytes), its size, the namespace and the flags; afterwards some fields of the socket. */
function socketText(helper: string): string {
  // What kind of socket it is can only be read of whole ones.
  const fields = helper === 'skc_lookup_tcp' ? [0, 4, 24, 44, 72] : [0, 4, 8, 12, 24, 44, 72];
  const stores = fields.map((offset, at) => `r1 = *(u32 *)(r0 +${offset}); *(u32 *)(r10 -${64 - 4 * at}) = r1`);
  return [
    'r6 = r1; r2 = 0; r3 = r10; r3 += -64; r4 = 48; call xdp_load_bytes',
    'r3 = *(u32 *)(r10 -28); if r3 != 12 goto six; r3 = 12; goto find; six: r3 = 36; find: r1 = r6; r2 = r10; r2 += -64',
    `r4 = *(u32 *)(r10 -24); r5 = *(u32 *)(r10 -20); call ${helper}`,
    'if r0 != 0 goto found; r0 = 0; exit',
    `found: ${stores.join('; ')}`,
    'r1 = r0; call sk_release; r1 = r6; r2 = 0; r3 = r10; r3 += -64; r4 = 48; call xdp_store_bytes; r0 = 1; exit',
  ].join('; ');
}

function socketPacket(
  remote: string,
  remotePort: number,
  local: string,
  localPort: number,
  changes: { readonly flags?: number; readonly namespace?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  const isIpv6 = local.includes(':');
  const addresses = [remote, local].map(text => (isIpv6 ? parseIpv6(text) : parseIpv4(text)));
  bytes.set(addresses[0]!, 0);
  bytes.set(addresses[1]!, addresses[0]!.byteLength);
  const ports = isIpv6 ? 32 : 8;
  view.setUint16(ports, remotePort);
  view.setUint16(ports + 2, localPort);
  view.setUint32(36, isIpv6 ? 36 : 12, true);
  view.setInt32(40, changes.namespace ?? -1, true);
  view.setUint32(44, changes.flags ?? 0, true);
  return bytes;
}

const SOCKETS = [
  socketPacket('192.0.2.9', 1234, '192.0.2.1', 80),
  socketPacket('192.0.2.9', 1234, '198.51.100.1', 80),
  socketPacket('192.0.2.9', 1234, '198.51.100.1', 81),
  socketPacket('192.0.2.9', 1234, '198.51.100.1', 443),
  socketPacket('192.0.2.9', 1234, '192.0.2.1', 53),
  socketPacket('192.0.2.9', 5400, '192.0.2.1', 54),
  socketPacket('192.0.2.9', 5401, '192.0.2.1', 54),
  socketPacket('192.0.2.9', 1234, '192.0.2.1', 80, { flags: 1 }),
  socketPacket('192.0.2.9', 1234, '192.0.2.1', 80, { namespace: 9 }),
  socketPacket('2001:db8:1::9', 1234, '2001:db8:1::1', 443),
  socketPacket('2001:db8:1::9', 1234, '2001:db8:1::1', 55),
  socketPacket('2001:db8:1::9', 1234, '2001:db8:2::1', 55),
  socketPacket('2001:db8:1::9', 1234, '2001:db8:1::1', 80),
];

const host = parseHost(JSON.stringify(HOST), 'host.json');

/** r0 as a signed number and the packet afterwards, of each packet. */
function ours(text: string, packets: readonly Uint8Array[]): string[] {
  const session = createInterpreter().open(assembledObject({ main: text }), { ...DEFAULT_ENGINE_OPTIONS, host });
  return session.run('main', packets.map(packetOf)).map(({ returnValue, bytes, fault }) => {
    if (fault !== undefined) throw new Error(fault.message);
    return `${returnValue | 0} ${toHex(bytes)}`;
  });
}

describe('a host file', () => {
  it('answers bpf_fib_lookup with route, next hop and addresses', () => {
    const [line] = ours(ROUTE, [routePacket({ to: '10.9.9.9' })]);
    const [result, bytes] = line!.split(' ');
    expect(result).toBe('0');
    expect(new DataView(fromHex(bytes!).buffer).getUint32(8, true)).toBe(11);
    expect(bytes!.slice(2 * 52, 2 * 64)).toBe('020000000002020000009901');
  });

  it('has sockets for bpf_sk_lookup_tcp and bpf_sk_lookup_udp', () => {
    const found = (helper: string) => ours(socketText(helper), SOCKETS).map(line => Number(line.split(' ')[0]));
    expect(found('sk_lookup_tcp')).toEqual([1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(found('sk_lookup_udp')).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]);
  });
});

const reason = namespaceUnavailableReason();

describe.skipIf(reason !== undefined)(
  `a network namespace agrees${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let namespace: NetworkNamespace;
    beforeAll(() => {
      namespace = openNamespace(`xdpsim-${process.pid}`, LINUX);
    });
    afterAll(() => namespace.close());

    function kernel(text: string, packets: readonly Uint8Array[]): string[] {
      const object = assembledObject({ main: text });
      const sockets = HOST.sockets.map(entry => {
        const remote = 'remote' in entry ? [endOf(entry.remote)] : [];
        return [entry.protocol, endOf(entry.local), ...remote] as const;
      });
      const [answer] = runJobs([{ object, maps: [], program: 'main', packets, sockets }], namespace.name);
      if (answer!.errno !== 0) throw new Error(`${answer!.errno}: ${answer!.log}`);
      return answer!.results.map(({ returnValue, bytes }) => `${returnValue | 0} ${bytes}`);
    }

    it('on every route that bpf_fib_lookup is asked for', () => {
      const packets = ROUTES.map(routePacket);
      const [here, there] = [ours(ROUTE, packets), kernel(ROUTE, packets)];
      const named = (lines: readonly string[]) => lines.map((line, at) => `${JSON.stringify(ROUTES[at])}: ${line}`);
      expect(named(here)).toEqual(named(there));
    });

    it.each(['sk_lookup_tcp', 'sk_lookup_udp', 'skc_lookup_tcp'])('on the sockets that bpf_%s finds', helper => {
      expect(ours(socketText(helper), SOCKETS)).toEqual(kernel(socketText(helper), SOCKETS));
    });
  },
);

/** `192.0.2.1:80` or `[::]:443`. */
function endOf(text: string): readonly [string, number] {
  const at = text.lastIndexOf(':');
  return [text.slice(0, at).replace(/[[\]]/g, ''), Number(text.slice(at + 1))];
}
