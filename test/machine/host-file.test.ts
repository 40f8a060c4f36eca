// Host files: what is taken from them, and what is refused with which words.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHost } from '../../src/machine/host-file.js';
import { InputError } from '../../src/support/errors.js';

const parse = (value: unknown) => parseHost(JSON.stringify(value), 'host.json');
const eth0 = { index: 2, name: 'eth0' };

describe('a host file', () => {
  it('has a loopback interface unless it brings its own', () => {
    expect(parse({}).interfaces.map(({ name }) => name)).toEqual(['lo']);
    expect(parse({ interfaces: [eth0] }).interfaces.map(({ name }) => name)).toEqual(['lo', 'eth0']);
    expect(parse({ interfaces: [{ index: 1, name: 'lo', up: true }] }).interfaces).toMatchObject([
      { name: 'lo', isUp: true, transmits: false, mtuBytes: 65536 },
    ]);
  });

  it('makes the routes that Linux makes for an address', () => {
    const { routes } = parse({ interfaces: [{ ...eth0, addresses: ['192.0.2.77/24', '2001:db8::1/64'] }] });
    const shown = routes.map(({ destination, type, table, metric }) => [
      destination.address.join('.'),
      destination.prefixBits,
      type,
      table,
      metric,
    ]);
    expect(shown.slice(0, 2)).toEqual([
      ['192.0.2.77', 32, 'local', 255, 0],
      ['192.0.2.0', 24, 'unicast', 254, 0],
    ]);
    expect(shown[3]!.slice(1)).toEqual([64, 'unicast', 254, 256]);
  });

  it('says what sockets are when it does not say more', () => {
    const { sockets } = parse({
      sockets: [
        { protocol: 'tcp', local: '192.0.2.1:80' },
        { protocol: 'tcp', local: '192.0.2.1:80', remote: '192.0.2.9:1000' },
        { protocol: 'udp', local: '[::]:53' },
      ],
    });
    expect(sockets.map(({ state }) => state)).toEqual(['listen', 'established', 'close']);
  });

  it('gives the kernel’s settings and CPUs', () => {
    expect(parse({ cpus: 4, kernel: { ticksPerSecond: 1000 } })).toMatchObject({
      cpuCount: 4,
      kernel: { ticksPerSecond: 1000, tcpSynCookies: 1 },
    });
  });

  it.each<[unknown, string]>([
    [[], 'host.json: [] is no object'],
    [
      { interface: [] },
      'host.json: unknown property "interface"; known are $schema, interfaces, routes, neighbours, sockets, cpus, kernel',
    ],
    [{ interfaces: [{ index: 2 }] }, 'host.json: interfaces[0]: name is missing'],
    [{ interfaces: [{ ...eth0, mtu: '1500' }] }, 'host.json: interfaces[0].mtu: "1500" is no integer'],
    [{ interfaces: [{ ...eth0, mtu: 10 }] }, 'host.json: interfaces[0].mtu: 10 is not from 68 to 65536'],
    [{ interfaces: [eth0, { index: 2, name: 'b' }] }, 'host.json: interfaces: b (index 2) and eth0 (index 2) collide'],
    [{ interfaces: [{ ...eth0, mac: 'x' }] }, /mac: "x" does not match/ as unknown as string],
    [
      { interfaces: [{ ...eth0, addresses: ['192.0.2.1/33'] }] },
      'host.json: interfaces[0].addresses[0]: "192.0.2.1/33" is no prefix',
    ],
    [{ routes: [{ destination: '10.0.0.0/8' }] }, 'host.json: routes[0]: interface is missing'],
    [
      { routes: [{ destination: '10.0.0.0/8', interface: 'eth9' }] },
      'host.json: routes[0]: no interface eth9; the file has lo',
    ],
    [{ routes: [{ destination: '10.0.0/8', type: 'blackhole' }] }, 'host.json: routes[0]: not an IPv4 address: 10.0.0'],
    [
      { sockets: [{ protocol: 'sctp', local: '1.2.3.4:5' }] },
      'host.json: sockets[0].protocol: "sctp" is none of tcp, udp',
    ],
    [
      { sockets: [{ protocol: 'tcp', local: '1.2.3.4' }] },
      'host.json: sockets[0]: "1.2.3.4" is no address with a port',
    ],
    [{ cpus: 0 }, 'host.json: cpus: 0 is not from 1 to 256'],
  ])('is refused: %j', (value, message) => expect(() => parse(value)).toThrow(message));

  it('is refused where it is not JSON', () =>
    expect(() => parseHost('{', 'host.json')).toThrow(/^host\.json: not JSON/));

  it('gives a host or an InputError, whatever stands in it', () => {
    const names = [
      'interfaces',
      'routes',
      'neighbours',
      'sockets',
      'cpus',
      'kernel',
      'name',
      'index',
      'destination',
      'local',
    ];
    const value = fc.letrec(tie => ({
      any: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), tie('record'), fc.array(tie('record'), { maxLength: 3 })),
      record: fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 4 }),
    })).record;
    fc.assert(
      fc.property(value, item => {
        try {
          parse(item);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
