// What a campaign finds, that it finds the same again, and what it leaves behind.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { describePacket } from '../../src/capture/describe.js';
import { packetFromText } from '../../src/capture/packet-text.js';
import { run } from '../../src/cli/run.js';
import { InputError } from '../../src/support/errors.js';
import { Campaign, type CampaignOptions } from '../../src/testing/fuzz/campaign.js';
import { type FuzzInput, lastPacket, packetOperation, runFresh } from '../../src/testing/fuzz/input.js';
import { appliesTo, parseInvariant } from '../../src/testing/fuzz/invariant.js';
import { mend } from '../../src/testing/fuzz/mend.js';
import { fewerOperations, plainerPacket } from '../../src/testing/fuzz/shrink.js';
import { parseState, stateJson } from '../../src/testing/fuzz/state.js';
import { generateTraffic } from '../../src/traffic/generate.js';
import { PROFILES, type ProfileName } from '../../src/traffic/profiles.js';
import { runCli } from '../generate/cli.js';
import { fromOneSyn, PROGRAMS, targetOf } from './targets.js';

const scratch = mkdtempSync(join(tmpdir(), 'xdpsim-fuzz-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function campaignOf(options: CampaignOptions, steps: number): Campaign {
  const campaign = new Campaign(options);
  for (let step = 0; step < steps; step++) campaign.step();
  campaign.close();
  return campaign;
}

/** The firewall with half of its first built-in prefix forgotten. */
const narrowed = () =>
  targetOf('cidr-firewall', undefined, {
    denied_ipv4: [
      { address: 0xc6336400, mask: 0xffffff80 },
      { address: 0xcb007100, mask: 0xffffff00 },
    ],
  });

describe('a campaign', () => {
  it('finds a planted difference between two versions of the firewall', () => {
    const target = narrowed();
    const { findings } = campaignOf({ ...fromOneSyn(target), against: targetOf('cidr-firewall') }, 3000);
    expect(findings.map(({ title }) => title)).toEqual(['the verdict was DROP and is PASS']);
    const { bytes } = lastPacket(findings[0]!.input);
    expect([...bytes.subarray(26, 29)]).toEqual([198, 51, 100]);
    expect(bytes[29]).toBeGreaterThan(127);
  });

  it('finds no difference between a version and itself', () => {
    const target = targetOf('load-balancer');
    expect(campaignOf({ ...fromOneSyn(target), against: target }, 1500).findings).toEqual([]);
  });

  it('finds a packet that is changed otherwise, and names the fields', () => {
    const against = targetOf('vlan', 'vlan_push');
    const target = targetOf('vlan', 'vlan_push', { vlan_id: 101 });
    const { findings } = campaignOf({ ...fromOneSyn(target), against }, 20);
    expect(findings[0]).toMatchObject({
      title: 'the packet afterwards is another',
      detail: ['vlan.id: expected 100, got 101'],
    });
  });

  it('finds what breaks an invariant', () => {
    const invariants = ['tcp.destinationPort == 22: never DROP', 'udp: always PASS'].map(parseInvariant);
    const { findings } = campaignOf({ ...fromOneSyn(targetOf('events')), invariants }, 3000);
    expect(findings.map(({ title }) => title)).toEqual(['tcp.destinationPort == 22: never DROP: but it was DROP']);
    expect(describePacket(lastPacket(findings[0]!.input).bytes)).toMatchObject({
      protocol: 'TCP',
      destinationPort: 22,
    });
  });

  it('finds traps', () => {
    const target = targetOf('cidr-firewall');
    const engineOptions = { ...target.engineOptions, instructionBudget: 60 };
    const { findings } = campaignOf({ ...fromOneSyn({ ...target, engineOptions }), fillsMaps: false }, 500);
    expect(findings[0]).toMatchObject({
      kind: 'trap',
      title: expect.stringContaining('more instructions than one packet may execute'),
    });
  });

  it('shows each finding again from fresh maps on', () => {
    const options = { ...fromOneSyn(targetOf('syn-limiter')), invariants: [parseInvariant('any: never DROP')] };
    const { findings } = campaignOf(options, 2000);
    expect(findings).toHaveLength(1);
    expect(runFresh(options.target, findings[0]!.input).result?.returnValue).toBe(1);
    expect(findings[0]!.input.length).toBe(11);
  });

  it('gives the same corpus and findings for the same seed, others for another', () => {
    const corpusOf = (seed: number) =>
      stateJson(campaignOf({ ...fromOneSyn(targetOf('drop-udp-port')), seed }, 400).state);
    expect(corpusOf(1)).toEqual(corpusOf(1));
    expect(corpusOf(2)).not.toEqual(corpusOf(1));
  });

  it('goes on from its state without losing what it had reached', () => {
    const options = fromOneSyn(targetOf('icmp-echo'));
    const first = campaignOf(options, 800);
    const state = parseState(JSON.stringify(stateJson(first.state)), 'state.json');
    const second = new Campaign(options, state);
    second.close();
    expect(second.executions).toBe(first.executions);
    expect(second.coverage.size).toBe(first.coverage.size);
  });
});

describe('the state of a campaign', () => {
  it('is a state or an InputError whatever the text', () => {
    const text = JSON.stringify(stateJson(campaignOf(fromOneSyn(targetOf('vlan')), 50).state));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(8), fc.string({ maxLength: 3 }), (at, cut, put) => {
        try {
          parseState(text.slice(0, at) + put + text.slice(at + cut), 'x');
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
    );
  });
});

describe('parseInvariant()', () => {
  const packet = packetFromText('ipv4 198.51.100.7 > 192.0.2.1 ttl=3 / tcp 1000 > 22 SYN');
  const rows: readonly (readonly [text: string, applies: boolean])[] = [
    ['any: never DROP', true],
    ['tcp: never DROP', true],
    ['udp: never DROP', false],
    ['tcp.destinationPort == 22: never DROP', true],
    ['tcp.destinationPort == 23: never DROP', false],
    ['ipv4.source != 198.51.100.7: never DROP', false],
    ['ipv4.ttl < 4 and tcp.flags == SYN: always PASS|TX', true],
    ['ipv4.ttl > 3: always PASS', false],
    ['ethernet.etherType == 0x0800: always PASS', true],
  ];
  for (const [text, applies] of rows) {
    it(`${text} ${applies ? 'speaks' : 'does not speak'} of a TCP packet to port 22`, () => {
      expect(appliesTo(parseInvariant(text), packet)).toBe(applies);
    });
  }

  it('knows which verdicts are fine', () => {
    expect(parseInvariant('any: never DROP|ABORTED').allowed).toEqual(['PASS', 'TX', 'REDIRECT', 'invalid']);
    expect(parseInvariant('any: always XDP_PASS').allowed).toEqual(['PASS']);
  });

  for (const text of [
    'never DROP',
    'tcp never DROP',
    'tcp: sometimes DROP',
    'tcp: never DORP',
    'tcp.port = 3: never DROP',
  ]) {
    it(`says what is wrong with ${text}`, () => expect(() => parseInvariant(text)).toThrow(InputError));
  }
});

describe('mend()', () => {
  for (const profile of ['imix', 'tcp-sessions', 'dns', 'ping', 'vlan', 'qinq', 'jumbo'] satisfies ProfileName[]) {
    it(`gives back lengths and checksums of ${profile}: ${PROFILES[profile].summary}`, () => {
      for (const { bytes } of generateTraffic({
        mix: [{ profile, weight: 1 }],
        seed: 3,
        packets: 20,
        packetsPerSecond: 1e6,
      })) {
        const described = describePacket(bytes);
        if (bytes.byteLength === 60) continue;
        const broken = bytes.slice();
        for (const { layer, offsetBytes } of described.layers)
          if (layer.kind === 'ipv4') broken[offsetBytes + 10] = ~broken[offsetBytes + 10]!;
        mend(broken);
        expect(broken).toEqual(bytes);
      }
    });
  }

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), bytes => mend(bytes)));
  });
});

describe('shrinking', () => {
  const packets = (...values: number[]): FuzzInput =>
    values.map(value => packetOperation(new Uint8Array(64).fill(value)));
  const values = (input: FuzzInput) => input.map(operation => (operation.kind === 'packet' ? operation.bytes[0] : -1));

  it('leaves the operations that are needed, and the last', () => {
    const shows = (input: FuzzInput) => values(input).includes(3) && values(input).includes(7);
    expect(values(fewerOperations(packets(1, 2, 3, 4, 5, 6, 7, 8), shows))).toEqual([3, 7, 8]);
  });

  it('leaves the bytes that are needed', () => {
    const shows = (input: FuzzInput) => lastPacket(input).bytes[20] === 9;
    const { bytes } = lastPacket(plainerPacket(packets(9), shows));
    expect(bytes).toHaveLength(21);
    expect([...bytes].filter(byte => byte !== 0)).toEqual([9]);
  });
});

describe('xdpsim fuzz', () => {
  it('leaves a corpus that holds, and a finding whose case holds only when it is mended', async () => {
    const folder = join(scratch, 'events');
    const invariant = 'tcp.destinationPort == 22: never DROP';
    const object = join(PROGRAMS, 'events.o');
    const { code, out } = await runCli('fuzz', object, '--invariant', invariant, '--executions', '1500', '-d', folder);
    expect(code).toBe(1);
    expect(out).toContain('1501 inputs tried');
    expect(out).toContain(`invariant: ${invariant}: but it was DROP`);
    expect(readdirSync(folder).toSorted()).toEqual([
      'corpus.pcapng',
      'corpus.spec.yaml',
      'finding-01-invariant.pcapng',
      'finding-01-invariant.spec.yaml',
      'state.json',
    ]);
    expect(await runCli('test', join(folder, 'corpus.spec.yaml'))).toMatchObject({ code: 0 });
    const finding = join(folder, 'finding-01-invariant.spec.yaml');
    expect(await runCli('test', finding)).toMatchObject({ code: 1 });
    writeFileSync(finding, readFileSync(finding, 'utf8').replace('program:', 'globals: { ssh_port: 2222 }\nprogram:'));
    expect(await runCli('test', finding)).toMatchObject({ code: 0 });
  });

  it('goes on where it was', async () => {
    const folder = join(scratch, 'vlan');
    const object = join(PROGRAMS, 'vlan.o');
    await runCli('fuzz', object, '--executions', '100', '-d', folder);
    const { out } = await runCli('fuzz', object, '--executions', '100', '-d', folder);
    expect(out).toContain('201 inputs tried');
  });

  it('goes on only with the program that it was about, and keeps a state that it cannot read', async () => {
    const folder = join(scratch, 'vlan');
    const other = await runCli('fuzz', join(PROGRAMS, 'events.o'), '--executions', '1', '-d', folder);
    expect(other).toMatchObject({
      code: 2,
      err: expect.stringContaining('is of the program vlan_pop, not of drop_and_tell'),
    });
    writeFileSync(join(folder, 'state.json'), '{"version":1');
    const broken = await runCli('fuzz', join(PROGRAMS, 'vlan.o'), '--executions', '1', '-d', folder);
    expect(broken).toMatchObject({ code: 2, err: expect.stringContaining('not the state of a campaign') });
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toBe('{"version":1');
  });

  it('says at once where nothing can be written', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'below')]) {
      const { code, err } = await runCli('fuzz', join(PROGRAMS, 'vlan.o'), '--executions', '1000000', '-d', folder);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`${folder}: cannot write: E`) });
    }
  });

  it('ends at Ctrl-C with what it has', async () => {
    let out = '';
    const running = run(['fuzz', join(PROGRAMS, 'vlan.o'), '--executions', '1000000000'], {
      out: text => {
        out += text;
      },
      err: () => undefined,
      isInteractive: false,
      columns: 100,
      now: () => 0,
      onInterrupt: callback => {
        setImmediate(callback);
        return () => undefined;
      },
    });
    expect(await running).toBe(0);
    expect(out).toMatch(/^\d+ inputs tried/);
  });

  it('begins with the packets of a capture', async () => {
    const capture = join(PROGRAMS, '../../captures/vlan.pcap');
    const { out } = await runCli('fuzz', join(PROGRAMS, 'vlan.o'), '-r', capture, '--executions', '0', '-j');
    expect(JSON.parse(out)).toMatchObject({ executions: 102, findings: [], lines: { missed: [] } });
  });

  it('says what is wrong', async () => {
    const wrong = await runCli('fuzz', join(PROGRAMS, 'vlan.o'), '--invariant', 'always');
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('always: not of the form') });
  });
});
