// The tables agree with themselves: numbers and names are unique, counts are those of Linux 6.18, lookups find what is there.
import { describe, expect, it } from 'vitest';
import { actionName, XDP_ACTION } from '../../src/platform/actions.js';
import { contextFieldAt, XDP_MD, XDP_MD_BYTES } from '../../src/platform/context.js';
import { ERRNO, errnoName } from '../../src/platform/errno.js';
import { flagNames, MAP_CREATE_FLAG } from '../../src/platform/flags.js';
import { HELPER_NAMES, helperName } from '../../src/platform/helper-names.js';
import { HELPER_SIGNATURES } from '../../src/platform/helper-signatures.js';
import type { HelperFacts } from '../../src/platform/helper-types.js';
import { XDP_HELPERS, xdpHelper } from '../../src/platform/helpers.js';
import { METADATA_KFUNCS, SLEEPABLE_KFUNCS, XDP_KFUNCS, xdpKfunc } from '../../src/platform/kfuncs.js';
import { isGplCompatible } from '../../src/platform/license.js';
import { FRAME, TEST_RUN } from '../../src/platform/limits.js';
import { isPerCpuMapType, MAP_TYPES, mapFlagNames, mapType, mapTypeName } from '../../src/platform/map-types.js';
import { OTHER_SECTIONS, PROGRAM_TYPE_NAMES, sectionKind, XDP_SECTIONS } from '../../src/platform/sections.js';

const helpers: readonly (readonly [string, HelperFacts])[] = Object.entries(XDP_HELPERS);

describe('helpers', () => {
  it('names 211 helpers, each once', () => {
    expect(HELPER_NAMES).toHaveLength(212);
    expect(new Set(HELPER_NAMES).size).toBe(212);
    expect([helperName(0), helperName(1), helperName(211), helperName(212)]).toEqual([
      undefined,
      'map_lookup_elem',
      'cgrp_storage_delete',
      undefined,
    ]);
  });

  it('gives XDP 104 of them, 89 on Linux 6.12 and 83 on 6.1', () => {
    const until = (kernels: readonly string[]) =>
      helpers.filter(([, { xdpSince }]) => kernels.includes(xdpSince)).length;
    expect([until(['6.1']), until(['6.1', '6.12']), helpers.length]).toEqual([83, 89, 104]);
  });

  it('lists them by ascending id under the name of that id', () => {
    const ids = helpers.map(([, { id }]) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(helpers.map(([name]) => name)).toEqual(ids.map(helperName));
  });

  it('declares each with the name and the parameters it has', () => {
    for (const [name, declaration] of Object.entries(HELPER_SIGNATURES)) {
      const [, declared, parameters] = /bpf_(\w+)\((.*)\)$/.exec(declaration) ?? [];
      expect(declared).toBe(name);
      const count = parameters === 'void' ? 0 : parameters!.split(',').length;
      const { arguments: checked } = (XDP_HELPERS as Readonly<Record<string, HelperFacts>>)[name]!;
      // bpf_trace_printk is variadic, and Linux checks two of the three parameters of bpf_get_branch_snapshot.
      const extra = { trace_printk: 1, get_branch_snapshot: 1, get_cgroup_classid: 1 }[name] ?? 0;
      expect(`${name}: ${count}`).toBe(`${name}: ${checked.length + extra}`);
    }
  });

  it('puts a size behind every memory argument and nowhere else', () => {
    for (const [name, { arguments: args }] of helpers) {
      const memories = args.flatMap(({ kind }, at) => (kind === 'memory' ? [at + 1] : []));
      const sizes = args.flatMap(({ kind }, at) => (kind === 'size' ? [at] : []));
      expect({ name, sizes }).toEqual({ name, sizes: memories });
    }
  });

  it('releases only arguments that carry a reference', () => {
    const released = helpers.flatMap(([, { arguments: args, releases }]) =>
      releases === undefined ? [] : [args[releases]!.kind],
    );
    expect(new Set(released)).toEqual(new Set(['socketObject', 'ringbufMemory', 'kernelObject', 'dynptr']));
  });

  it('finds a helper by id, and none that XDP may not call', () => {
    expect(xdpHelper(44)).toMatchObject({ name: 'xdp_adjust_head', changesPacketData: true, gplOnly: false });
    expect([xdpHelper(4), xdpHelper(0), xdpHelper(212)]).toEqual([undefined, undefined, undefined]);
  });
});

describe('kfuncs', () => {
  it('keeps those that XDP may call apart from the sleepable ones', () => {
    expect(Object.keys(XDP_KFUNCS)).toHaveLength(116);
    expect(SLEEPABLE_KFUNCS).toHaveLength(16);
    expect(SLEEPABLE_KFUNCS.filter(name => name in XDP_KFUNCS)).toEqual([]);
    expect(METADATA_KFUNCS.every(name => name in XDP_KFUNCS)).toBe(true);
  });

  it('finds a kfunc under its name and under a flavour of it', () => {
    expect(xdpKfunc('bpf_xdp_ct_lookup')?.flags).toEqual(['acquire', 'retNull']);
    expect(xdpKfunc('bpf_xdp_ct_lookup___v2')).toBe(xdpKfunc('bpf_xdp_ct_lookup'));
    expect([xdpKfunc('bpf_dynptr_from_skb'), xdpKfunc('toString')]).toEqual([undefined, undefined]);
  });
});

describe('map types', () => {
  const types = Object.entries(MAP_TYPES);

  it('are numbered 1 to 33 without a gap, each with its own names', () => {
    expect(types.map(([, { id }]) => id)).toEqual(Array.from({ length: 33 }, (_, at) => at + 1));
    expect(new Set(types.map(([, { enumName }]) => enumName)).size).toBe(33);
    expect(types.every(([name, { enumName }]) => enumName === `BPF_MAP_TYPE_${name.toUpperCase()}`)).toBe(true);
  });

  it('are per CPU where their name says so', () => {
    expect(types.filter(([, { perCpu }]) => perCpu).map(([name]) => name)).toEqual(
      types.map(([name]) => name).filter(name => name.includes('percpu')),
    );
    expect([isPerCpuMapType(5), isPerCpuMapType(1), isPerCpuMapType(99)]).toEqual([true, false, false]);
  });

  it('are given only to helpers that take a map', () => {
    const taking = helpers.filter(([, { arguments: args }]) => args.some(({ kind }) => kind === 'map'));
    const accepting = new Set(types.flatMap(([, { helpers: names }]) => names as readonly string[]));
    expect([...accepting].sort()).toEqual(taking.map(([name]) => name).sort());
  });

  it('have a name to print, known or not', () => {
    expect([mapTypeName(1), mapTypeName(25), mapTypeName(34), mapTypeName(99)]).toEqual([
      'hash',
      'devmap_hash',
      'insn_array',
      'type 99',
    ]);
    expect([mapType(33)?.name, mapType(34)]).toEqual(['arena', undefined]);
  });
});

describe('flags', () => {
  it('are named from the lowest bit, unknown bits in hexadecimal', () => {
    expect(flagNames(0x8000_0401, MAP_CREATE_FLAG)).toEqual(['BPF_F_NO_PREALLOC', 'BPF_F_MMAPABLE', '0x80000000']);
    expect(mapFlagNames(0)).toEqual([]);
  });
});

describe('errno', () => {
  it('is named with either sign', () => {
    expect([errnoName(-22), errnoName(22), errnoName(-524), errnoName(-95)]).toEqual([
      'EINVAL',
      'EINVAL',
      'ENOTSUPP',
      'EOPNOTSUPP',
    ]);
    expect([errnoName(0), errnoName(9999)]).toEqual([undefined, undefined]);
  });

  it('has one name for one number', () => {
    const numbers = Object.values(ERRNO);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('actions', () => {
  it('are numbered 0 to 4, and all else is invalid', () => {
    for (const [name, number] of Object.entries(XDP_ACTION)) expect(actionName(number)).toBe(name);
    expect([-1, 5, 2 ** 32 - 1, 1.5].map(actionName)).toEqual(['invalid', 'invalid', 'invalid', 'invalid']);
  });
});

describe('context', () => {
  it('has six fields of four bytes, one after the other', () => {
    expect(XDP_MD.map(({ offsetBytes }) => offsetBytes)).toEqual([0, 4, 8, 12, 16, 20]);
    expect(XDP_MD_BYTES).toBe(24);
  });

  it('lets only devmap programs read egress_ifindex', () => {
    const load = { offsetBytes: 20, sizeBytes: 4, isSigned: false };
    expect(contextFieldAt({ ...load, attachPoint: 'xdp/devmap' })?.name).toBe('egress_ifindex');
    expect(contextFieldAt({ ...load, attachPoint: 'xdp' })).toBeUndefined();
  });
});

describe('frame geometry', () => {
  it('fills a slot with headroom, linear part and tailroom', () => {
    expect(FRAME.HEADROOM_BYTES + FRAME.MAX_LINEAR_BYTES + FRAME.TAILROOM_BYTES).toBe(FRAME.SLOT_BYTES);
  });

  it('bounds a test run by the linear part and the fragments', () => {
    expect(FRAME.MAX_LINEAR_BYTES + FRAME.MAX_FRAGMENTS * FRAME.MAX_FRAGMENT_BYTES).toBe(TEST_RUN.MAX_INPUT_BYTES);
    expect(FRAME.HEADROOM_BYTES - FRAME.RESERVED_BYTES).toBe(TEST_RUN.MAX_METADATA_BYTES);
  });
});

describe('licences', () => {
  it.each([
    ['GPL', true],
    ['Dual BSD/GPL', true],
    ['gpl', false],
    ['GPL ', false],
    ['MIT', false],
    ['', false],
  ])('%j is GPL-compatible: %s', (license, isCompatible) => expect(isGplCompatible(license)).toBe(isCompatible));
});

describe('sections', () => {
  it('takes exactly the six XDP names', () => {
    for (const section of XDP_SECTIONS) {
      expect(sectionKind(section.name)).toEqual({ kind: 'xdp', section, isAutoloaded: true });
    }
    expect(XDP_SECTIONS).toHaveLength(6);
  });

  it.each([
    ['?xdp.frags', { kind: 'xdp', isAutoloaded: false, section: { hasFragments: true } }],
    ['xdp_sock', { kind: 'oddXdp', section: { attachPoint: 'xdp', hasFragments: false } }],
    ['xdp/pass', { kind: 'oddXdp', section: { attachPoint: 'xdp' } }],
    ['prog', { kind: 'oddXdp' }],
    ['xdp.frags_lb', { kind: 'oddXdp', section: { hasFragments: true } }],
    ['tc', { kind: 'other', type: 'sched_cls' }],
    ['tc/egress', { kind: 'other', type: 'sched_cls' }],
    ['tc/other', { kind: 'unknown' }],
    ['kprobe/tcp_v4_connect', { kind: 'other', type: 'kprobe' }],
    ['kprobe', { kind: 'other', type: 'kprobe' }],
    ['fentry.s/x', { kind: 'other', type: 'tracing' }],
    ['cgroup/connect4', { kind: 'other', type: 'cgroup_sock_addr' }],
    ['?struct_ops/init', { kind: 'other', type: 'struct_ops', isAutoloaded: false }],
    ['from-netdev', { kind: 'unknown', isAutoloaded: true }],
    ['', { kind: 'unknown' }],
  ])('makes of %j the kind %j', (name, kind) => expect(sectionKind(name)).toMatchObject(kind));

  it('gives each name one type', () => {
    const all = Object.values(OTHER_SECTIONS).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(PROGRAM_TYPE_NAMES[6]).toBe('xdp');
  });
});
