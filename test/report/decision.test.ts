// Which line decided on a packet: small programs written out, and test programs whose own counters know.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Session } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { assembleToBytes } from '../../src/isa/assemble.js';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { actionName } from '../../src/platform/actions.js';
import { Decisions } from '../../src/report/decision.js';
import { OWN_CAPTURES, packetsOf } from '../support/captures.js';

const PROGRAMS = resolve(import.meta.dirname, '../programs');

function open(object: ObjectSpec): Session {
  return createInterpreter().open(object, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true, counts: true } });
}

/** Packets by `ACTION file:line`. */
async function decided(name: string, capture: string): Promise<Record<string, number>> {
  const object = loadObject(new Uint8Array(readFileSync(`${PROGRAMS}/${name}`)), { fileName: name });
  const decisions = new Decisions(object);
  const counts: Record<string, number> = {};
  for (const result of open(object).run(object.programs[0]!.name, await packetsOf(`${OWN_CAPTURES}/${capture}`))) {
    const source = decisions.of(result.way!)?.source;
    const key = `${actionName(result.returnValue)} ${source?.file.split('/').at(-1)}: ${source?.text.trim()}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe('the decision', () => {
  it('is the condition that chose, where returns were merged and counters stand behind it', async () => {
    const counts = await decided('cidr-firewall.o', 'mixed.pcap');
    const byList = Object.entries(counts).filter(([key]) => /^XDP_DROP.*(denied_ipv4|denied_ipv6)/.test(key));
    expect(byList.reduce((sum, [, packets]) => sum + packets, 0)).toBe(680);
    expect(Object.keys(counts).filter(key => key.includes('if (packets)'))).toEqual([]);
  });

  it('is the return statement where the compiler kept it', async () => {
    expect(await decided('pass-all.o', 'vlan.pcap')).toEqual({ 'XDP_PASS pass-all.bpf.c: return XDP_PASS;': 102 });
  });

  it('is the same object for packets that went the same way', async () => {
    const object = loadObject(new Uint8Array(readFileSync(`${PROGRAMS}/pass-all.o`)), { fileName: 'pass-all.o' });
    const results = open(object).run('pass_all', await packetsOf(`${OWN_CAPTURES}/vlan.pcap`));
    expect(new Set(results.map(result => result.way)).size).toBe(1);
  });
});

/** A program of its own, whose line numbers are its slots. */
function programOf(source: string): ObjectSpec {
  const code = assembleToBytes(source);
  const slots = code.byteLength / 8;
  const program: ProgramSpec = {
    name: 'program',
    section: 'xdp',
    attachPoint: 'xdp',
    hasFragments: false,
    autoload: true,
    code,
    references: new Map(),
    functions: [{ name: 'program', slot: 0, slots, linkage: 'global', typeId: undefined }],
    lines: Array.from({ length: slots }, (_, slot) => ({ slot, file: 'a.c', line: slot, column: 0, text: '' })),
  };
  return {
    fileName: 'a.o',
    byteOrder: 'little',
    license: 'GPL',
    programs: [program],
    otherPrograms: [],
    maps: [],
    relocations: [],
    btf: undefined,
    warnings: [],
  };
}

const cases: readonly { readonly name: string; readonly source: string; readonly slot: number }[] = [
  { name: 'the instruction that makes the value, where nothing else could be', source: 'r0 = 2; exit', slot: 0 },
  {
    name: 'the branch that a constant made early survives',
    source: 'r0 = 1; r2 = 0; if r2 == 0 goto +1; r0 = 2; exit',
    slot: 2,
  },
  {
    name: 'the last branch before the value that only that branch reaches',
    source: 'r2 = 0; if r2 == 0 goto +2; r0 = 2; exit; r0 = 1; exit',
    slot: 1,
  },
  {
    name: 'not a branch that both values pass',
    source: 'r6 = 1; r2 = 0; if r2 == 0 goto +1; r6 = 2; if r2 == 0 goto +1; r3 = 1; r0 = r6; exit',
    slot: 2,
  },
  {
    name: 'found through arithmetic on the value',
    source: 'r0 = 1; r2 = 0; if r2 == 0 goto +1; r0 = 0; r0 <<= 1; exit',
    slot: 2,
  },
  {
    name: 'found through the stack',
    source:
      'r1 = 1; r2 = 0; if r2 == 0 goto +1; r1 = 2; *(u64 *)(r10 -8) = r1; if r2 == 0 goto +1; r3 = 1; r0 = *(u64 *)(r10 -8); exit',
    slot: 2,
  },
];

describe('of a small program, the decision', () => {
  it.each(cases)('is $name', ({ source, slot }) => {
    const object = programOf(source);
    const bytes = new Uint8Array(60);
    const [result] = open(object).run('program', [{ bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 }]);
    expect(result?.fault).toBeUndefined();
    expect(new Decisions(object).of(result!.way!)).toMatchObject({ slot, program: 'program' });
  });
});
