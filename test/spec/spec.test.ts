// Specs: what is read, what is said where one is wrong, what fails how, what --update writes, and the forms of results.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/support/errors.js';
import { specJson, specJunit, specTap, specText } from '../../src/testing/spec/output.js';
import { readSpec } from '../../src/testing/spec/read.js';
import { updateSpec } from '../../src/testing/spec/update.js';
import { complaints, runText } from './run.js';

const HEAD = 'object: cidr-firewall.o\ncases:\n';
const oneCase = (lines: string): string => `${HEAD}  - name: c\n${lines.replace(/^/gm, '    ')}\n`;
const PACKET = 'packet: ipv4 198.51.100.7 > 192.0.2.1 / tcp 1 > 80 SYN\n';

const wrong: readonly { readonly what: string; readonly text: string; readonly message: string }[] = [
  { what: 'YAML that is none', text: 'object: [1\ncases: 2', message: 'x:2: not YAML: ' },
  {
    what: 'a key given twice',
    text: 'object: a\nobject: b\ncases: []',
    message: 'x:2: not YAML: Map keys must be unique',
  },
  { what: 'a missing object', text: 'cases: []', message: 'x:1: the key object is missing' },
  {
    what: 'an unknown key',
    text: `${HEAD}  - name: c\n    pakcet: arp\n`,
    message: 'x:4: cases[0].pakcet: unknown key pakcet; here stand name',
  },
  {
    what: 'an unknown verdict',
    text: oneCase(`${PACKET}expect: DORP`),
    message: 'x:5: cases[0].expect: no verdict DORP; there are ABORTED, DROP',
  },
  {
    what: 'a packet that is no packet',
    text: oneCase('packet: ipv4 1.2.3 > 192.0.2.1'),
    message: 'x:4: cases[0].packet: ipv4: source: not an IPv4 address: 1.2.3',
  },
  {
    what: 'an unknown layer',
    text: oneCase('packet: ipv5 / udp'),
    message: 'x:4: cases[0].packet: no layer ipv5; there are ethernet, vlan',
  },
  {
    what: 'an unknown field',
    text: oneCase('packet:\n  - ipv4: { tll: 3 }'),
    message: 'x:5: cases[0].packet: ipv4: no field tll; there are source',
  },
  {
    what: 'an unknown name',
    text: oneCase('packet: syn'),
    message: 'x:4: cases[0].packet: no packet syn; there are none under packets',
  },
  {
    what: 'packets that are made of each other',
    text: `packets: { a: { of: b }, b: { of: a } }\n${HEAD}  []`,
    message: 'x:1: packets.',
  },
  {
    what: 'a packet too short to run',
    text: oneCase('packet: { hex: "0011" }'),
    message: 'x:4: cases[0].packet: a packet of 2 bytes; programs see 14',
  },
  {
    what: 'a column that is not there',
    text: oneCase(`table: [{ a: 1 }]\npacket: ipv4 / \${b}`),
    message: 'x:5: cases[0].packet: the table has no column b; it has a',
  },
  {
    what: 'an unknown counter',
    text: oneCase(`${PACKET}expect: { counters: { LOST: 1 } }`),
    message: 'x:5: cases[0].expect.counters.LOST: no counter LOST',
  },
  { what: 'a time that is none', text: oneCase(`${PACKET}at: soon`), message: 'x:5: cases[0].at: not a time such as' },
  {
    what: 'a case with packet and steps',
    text: oneCase(`${PACKET}steps: []`),
    message: 'x:4: cases[0].packet: a case with steps has',
  },
];

describe('a spec that is wrong', () => {
  for (const { what, text, message } of wrong) {
    it(`names line and key: ${what}`, () => {
      expect(() => readSpec(text, 'x')).toThrow(InputError);
      expect(() => readSpec(text, 'x')).toThrow(message);
    });
  }

  const atRun: readonly { readonly what: string; readonly text: string; readonly message: string }[] = [
    {
      what: 'an unknown map',
      text: oneCase(`${PACKET}maps: { rules: [] }`),
      message: 'x.spec.yaml:5: cases[0].maps.rules: cidr-firewall.o: no map rules; it has ipv4_rules',
    },
    {
      what: 'a value that does not fit',
      text: oneCase(`${PACKET}maps:\n  ipv4_rules: [{ key: { length: many }, value: {} }]`),
      message: 'x.spec.yaml:6: cases[0].maps.ipv4_rules[0]:',
    },
    {
      what: 'an unknown program',
      text: oneCase(`${PACKET}program: other`),
      message: 'x.spec.yaml:3: cases[0]: cidr-firewall.o: no XDP program other; it has cidr_firewall',
    },
    {
      what: 'a packet behind the end',
      text: oneCase('packet: { capture: ../../captures/odd.pcap, number: 50 }'),
      message: 'x.spec.yaml:4: cases[0].packet: ../../captures/odd.pcap has 49 packets, no packet 50',
    },
    {
      what: 'no such capture',
      text: oneCase('packet: { capture: none.pcap }'),
      message: 'x.spec.yaml:4: cases[0].packet: ',
    },
  ];
  for (const { what, text, message } of atRun) {
    it(`names line and key when it is run: ${what}`, async () => {
      await expect(runText(text)).rejects.toThrow(message);
    });
  }

  it('gives a spec or an InputError for any text', () => {
    const text = oneCase(`${PACKET}expect: { verdict: DROP, maps: { verdicts: [{ key: 3, value: 1 }] } }`);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 4 }), (at, cut, put) => {
        try {
          readSpec(text.slice(0, at) + put + text.slice(at + cut), 'x');
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
    );
  });
});

const FAILING = oneCase(
  `${PACKET}expect: { verdict: PASS, bytes: ipv4 198.51.100.7 > 192.0.2.1 ttl=63 / tcp 1 > 80 SYN }`,
);

describe('a case that does not hold', () => {
  it('says what was expected and what came', async () => {
    expect(complaints(await runText(FAILING))).toEqual([
      'c: verdict: expected XDP_PASS, got XDP_DROP',
      'c: bytes: expected 54 bytes, got 54 bytes',
    ]);
  });

  it('shows packets field by field', async () => {
    const { cases } = await runText(FAILING);
    expect(cases[0]!.failures[1]!.detail).toEqual([
      'expected: TCP 198.51.100.7:1 > 192.0.2.1:80 [SYN]',
      '     got: TCP 198.51.100.7:1 > 192.0.2.1:80 [SYN]',
      'ipv4.ttl: expected 63, got 64',
      'ipv4.checksum: expected 0x8f94 (right), got 0x8e94 (right)',
    ]);
  });

  it('tells which of several packets was the first', async () => {
    const text = oneCase('packet: { capture: ../../captures/mixed.pcap }\nexpect: PASS');
    expect(complaints(await runText(text))[0]).toMatch(/^c: packet \d+: verdict: expected XDP_PASS, got XDP_DROP$/);
  });

  it('fails without an expectation', async () => {
    expect(complaints(await runText(oneCase(PACKET)))).toEqual(['c: expect: expected an expectation, got DROP']);
  });
});

describe('--update', () => {
  const updated = async (text: string) => updateSpec(text, await runText(text));

  it('writes what came, and leaves the rest of the file as it is', async () => {
    const text = `# a comment\n${FAILING}  # the end\n`;
    const result = await updated(text);
    expect(result).toMatchObject({ updated: 2, left: 0 });
    expect(result.text).toBe(
      text
        .replace('verdict: PASS', 'verdict: DROP')
        .replace('ipv4 198.51.100.7 > 192.0.2.1 ttl=63 / tcp 1 > 80 SYN }', 'unchanged }'),
    );
  });

  it('writes down an expectation that is missing', async () => {
    const { text } = await updated(oneCase(PACKET.trim()));
    expect(text).toBe(oneCase(`${PACKET}expect: DROP`));
  });

  it('writes one into a mapping with brackets', async () => {
    const { text } = await updated(`${HEAD}  - { name: c, packet: arp }\n`);
    expect(text).toBe(`${HEAD}  - { name: c, packet: arp, expect: PASS }\n`);
  });

  it('writes map values, only the members that were written', async () => {
    const rule = (packets: number) =>
      oneCase(
        `${PACKET}maps:\n  ipv4_rules: [{ key: { length: 8, address: 198.0.0.0 }, value: { action: 1 } }]\n` +
          `expect:\n  verdict: DROP\n  maps:\n    ipv4_rules:\n      - key: { length: 8, address: 198.0.0.0 }\n        value: { packets: ${packets} }`,
      );
    expect((await updated(rule(9))).text).toBe(rule(1));
  });

  it('updates the cells of a table', async () => {
    const table = (verdict: string) =>
      oneCase(
        `table:\n  - { from: 198.51.100.1, verdict: ${verdict} }\n  - { from: 192.0.2.1, verdict: PASS }\npacket: ipv4 \${from} > 192.0.2.9 / udp\nexpect: \${verdict}`,
      );
    expect((await updated(table('TX'))).text).toBe(table('DROP'));
  });

  it('leaves what two rows of a table want differently', async () => {
    const text = oneCase(
      `table: [{ from: 198.51.100.1 }, { from: 192.0.2.1 }]\npacket: ipv4 \${from} > 192.0.2.9 / udp\nexpect: TX`,
    );
    expect(await updated(text)).toEqual({ text, updated: 0, left: 2 });
  });
});

describe('results', () => {
  const results = async () => [await runText(`${FAILING}  - name: fine <&>\n    packet: arp\n    expect: PASS\n`)];

  it('as text name the line', async () => {
    const text = specText(await results(), true);
    expect(text).toContain('FAIL  x.spec.yaml: 1 passed, 1 failed\n  FAIL  c  (line 3)\n');
    expect(text).toContain('verdict: expected XDP_PASS, got XDP_DROP  (line 5)');
    expect(text).toContain('  ok    fine <&>\n');
  });

  it('as TAP have a plan and a line for each case', async () => {
    const lines = specTap(await results()).split('\n');
    expect(lines.slice(0, 3)).toEqual(['TAP version 14', '1..2', 'not ok 1 - x.spec.yaml: c']);
    expect(lines).toContain('ok 2 - x.spec.yaml: fine <&>');
  });

  it('as JUnit count and escape', async () => {
    const xml = specJunit(await results());
    expect(xml).toContain('<testsuite name="x.spec.yaml" tests="2" failures="1">');
    expect(xml).toContain('<testcase name="fine &lt;&amp;&gt;" classname="x.spec.yaml"');
    expect(xml).toContain('<failure message="verdict: expected XDP_PASS, got XDP_DROP; bytes');
  });

  it('as JSON', async () => {
    expect(specJson(await results())).toMatchObject({
      passed: 1,
      failed: 1,
      specs: [{ file: 'x.spec.yaml', cases: [{ name: 'c', line: 3, packets: 1, passed: false }, { passed: true }] }],
    });
  });
});
