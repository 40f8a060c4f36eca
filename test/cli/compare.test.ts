// `xdpsim compare` and `xdpsim conformance`, and how a difference between engines is named.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Packet, Result, Session } from '../../src/engine/engine.js';
import type { MapAccess } from '../../src/machine/map.js';
import { ComparingSession, engineDifferenceText } from '../../src/report/engine-comparison.js';
import { ROOT, xdpsim } from '../support/terminal.js';
import { canUseBpf } from '../support/tools.js';

const OBJECT = 'test/programs/protocol-counters.o';
const CAPTURE = 'captures/mixed.pcap';
const directory = process.cwd();
beforeAll(() => process.chdir(ROOT));
afterAll(() => process.chdir(directory));

describe('compare', () => {
  it('says that engines agree', async () => {
    const { out, code } = await xdpsim(['compare', OBJECT, '-r', CAPTURE]);
    expect(out).toBe('interpreter and compiler agree on 2,153 packets and the maps after them\n');
    expect(code).toBe(0);
  });

  it('prints JSON', async () => {
    const { out } = await xdpsim(['compare', OBJECT, '-r', CAPTURE, '-j', '-c', '10']);
    const expected = { captures: [CAPTURE], engines: ['interpreter', 'compiler'], packets: 10, difference: null };
    expect(JSON.parse(out)).toMatchObject(expected);
  });

  it.skipIf(!canUseBpf())('holds an engine to Linux (skipped where bpftool or root is missing)', async () => {
    const { out } = await xdpsim(['compare', OBJECT, '-r', CAPTURE, '-c', '50', '--engines', 'interpreter,kernel']);
    expect(out).toBe('interpreter and kernel agree on 50 packets and the maps after them\n');
  });

  it.each([
    ['interpreter', 'needs two engines or more'],
    ['interpreter,v8', 'v8: not one of interpreter, compiler, kernel'],
  ])('refuses --engines %s', async (engines, message) => {
    const { err, code } = await xdpsim(['compare', OBJECT, '-r', CAPTURE, '--engines', engines]);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});

const PASS: Result = {
  returnValue: 2,
  bytes: Uint8Array.of(1, 2, 3, 4),
  metadata: new Uint8Array(0),
  redirect: undefined,
  events: [],
  instructions: 1,
  fault: undefined,
};
const packet: Packet = { bytes: Uint8Array.of(9, 9), timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };

function sessionOf(results: readonly Result[], maps: Session['maps'] = new Map()): Session {
  return { maps, run: (_, packets) => results.slice(0, packets.length), close: () => undefined };
}

function mapWith(key: number, value: number): Session['maps'] {
  const entries = () => [{ key: Uint8Array.of(key), values: [Uint8Array.of(value)] }];
  return new Map([['m', { spec: { type: 1 }, entries } as unknown as MapAccess]]);
}

function compared(left: Session, right: Session, packets: number): ComparingSession {
  const both = new ComparingSession({ engine: 'interpreter', session: left, program: 'a' }, [
    { engine: 'compiler', session: right, program: 'a' },
  ]);
  both.run(
    'a',
    Array.from({ length: packets }, () => packet),
  );
  return both;
}

describe('the first difference', () => {
  it.each([
    ['an action', { returnValue: 1 }, 'action', ['XDP_PASS (2)', 'XDP_DROP (1)']],
    ['a byte', { bytes: Uint8Array.of(1, 2, 7, 4) }, 'bytes at 2', ['0304', '0704']],
    ['the length', { bytes: Uint8Array.of(1, 2) }, 'length of bytes', ['4', '2']],
    ['metadata', { metadata: Uint8Array.of(5) }, 'length of metadata', ['0', '1']],
  ])('is %s, in the packet where it happens', (_, change, what, values) => {
    const { difference } = compared(sessionOf([PASS, PASS]), sessionOf([PASS, { ...PASS, ...change }]), 2);
    expect(difference).toEqual({ engines: ['interpreter', 'compiler'], packet: 2, what, values, frame: '0909' });
  });

  it('is a map entry where packets do not differ', () => {
    const both = compared(sessionOf([PASS], mapWith(1, 2)), sessionOf([PASS], mapWith(1, 3)), 1);
    expect(both.difference).toBeUndefined();
    expect(both.mapDifference()).toMatchObject({ packet: null, what: 'map m[01]', values: ['02', '03'] });
    expect(engineDifferenceText(both.mapDifference()!)).toBe(
      'after the last packet: map m[01] differs\n  interpreter  02\n  compiler     03\n',
    );
  });

  it('is an entry that one of them has not', () => {
    const both = compared(sessionOf([PASS], mapWith(1, 2)), sessionOf([PASS], mapWith(2, 2)), 1);
    expect(both.mapDifference()).toMatchObject({ what: 'map m[01]', values: ['02', 'absent'] });
  });

  it('is none where all is the same', () => {
    const both = compared(sessionOf([PASS], mapWith(1, 2)), sessionOf([PASS], mapWith(1, 2)), 1);
    expect([both.difference, both.mapDifference()]).toEqual([undefined, undefined]);
  });
});

describe('conformance', () => {
  it('prints groups, rows and what the words mean', async () => {
    const { out, code } = await xdpsim(['conformance']);
    expect(out).toMatch(/^divmul64 +10 +10 passed +10 passed$/m);
    expect(out).toMatch(/^0xdb +any +any +0xf1 +atomic64 +r0 = cmpxchg_64.* passed +passed$/m);
    expect(code).toBe(0);
  });

  it('prints Markdown that names the vectors', async () => {
    const { out } = await xdpsim(['conformance', '--format', 'markdown', '--engine', 'interpreter']);
    expect(out).toContain('| base64 | base32 | 58 |');
    expect(out).toContain('rows-divmul64: mul64 imm multiplies');
  });

  it('prints JSON with every vector on every engine', async () => {
    const report = JSON.parse((await xdpsim(['conformance', '--format', 'json', '--engine', 'compiler'])).out);
    expect(report).toMatchObject({ specification: 'RFC 9669', engines: ['compiler'] });
    expect(report.vectors.every((vector: { results: object }) => 'compiler' in vector.results)).toBe(true);
    expect(report.rows.length).toBeGreaterThan(180);
  });

  it('prints what a NIC model declares, row by row', async () => {
    const { out, code } = await xdpsim(['conformance', '--nic', 'nfp-agilio-open']);
    expect(out).toMatch(/^divmul64 +10 +4 declared, 4 lacking, 2 misread$/m);
    expect(out).toMatch(/^0xbf +base64 +dst = \(s64\)\(s8\)src +misread$/m);
    expect(out).toMatch(/^0xdb +Linux +store_release\(.*\) +lacking$/m);
    expect(code).toBe(0);
  });

  it.each(['markdown', 'json'])('prints what a NIC model declares as %s', async format => {
    const { out } = await xdpsim(['conformance', '--nic', 'hbpf', '--format', format]);
    expect(out).toContain('hbpf');
    expect(out).toContain('divmul64');
  });
});
