// What loading makes of objects of clang: programs, subprograms, references, maps, externs, CO-RE.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRaw } from '../../src/isa/raw.js';
import { type LoadOptions, loadObject } from '../../src/object/load.js';
import { functionAt, type ObjectSpec, type ProgramSpec, sourceLineAt } from '../../src/object/spec.js';

function load(name: string, options: Partial<LoadOptions> = {}): ObjectSpec {
  const bytes = new Uint8Array(readFileSync(resolve(import.meta.dirname, 'objects', name)));
  return loadObject(bytes, { fileName: name, ...options });
}

function program(spec: ObjectSpec, name: string): ProgramSpec {
  const found = spec.programs.find(item => item.name === name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}

function map(spec: ObjectSpec, name: string) {
  return spec.maps.find(item => item.name === name);
}

describe('programs', () => {
  const spec = load('mixed.o');

  it('are all functions of XDP sections, by section and offset, with what the section name says', () => {
    const facts = spec.programs.map(({ name, section, attachPoint, hasFragments, autoload }) => [
      name,
      section,
      attachPoint,
      hasFragments,
      autoload,
    ]);
    expect(facts).toEqual([
      ['first', 'xdp', 'xdp', false, true],
      ['second', 'xdp', 'xdp', false, true],
      ['for_devmap', 'xdp.frags/devmap', 'xdp/devmap', true, true],
      ['for_cpumap', 'xdp/cpumap', 'xdp/cpumap', false, true],
      ['on_demand', '?xdp', 'xdp', false, false],
      ['odd_name', 'xdp_other', 'xdp', false, true],
    ]);
  });

  it('of other types are listed and left alone', () => {
    expect(spec.otherPrograms.map(({ name, type }) => [name, type])).toEqual([
      ['for_tc', 'sched_cls'],
      ['other_argument', 'unknown'],
    ]);
  });

  it('in sections of odd names are taken as XDP, with a warning that quotes libbpf', () => {
    expect(spec.warnings).toEqual([
      `program odd_name: taken as XDP; libbpf says "prog 'odd_name': missing BPF prog type, check ELF section name 'xdp_other'"`,
    ]);
  });

  it('get their subprograms behind them, each when its first call is met', () => {
    const names = (name: string) => program(spec, name).functions.map(fn => fn.name);
    expect(names('first')).toEqual(['first', 'weak_one', 'each', 'leaf', 'global_first', 'middle', 'hidden_one']);
    expect(names('second')).toEqual(['second', 'hidden_one', 'leaf', 'middle']);
  });

  it('know the linkage of functions: hidden ones count as static', () => {
    const linkage = new Map(program(spec, 'first').functions.map(fn => [fn.name, fn.linkage]));
    expect(Object.fromEntries(linkage)).toMatchObject({
      first: 'global',
      leaf: 'static',
      hidden_one: 'static',
      weak_one: 'global',
    });
  });

  it('have calls that lead to the start of a function', () => {
    for (const { code, functions } of spec.programs) {
      for (let slot = 0; slot < code.byteLength / 8; slot++) {
        const { opcode, src, imm } = readRaw(code, slot);
        if (opcode !== 0x85 || src !== 1) continue;
        expect(functions.map(fn => fn.slot)).toContain(slot + 1 + imm);
      }
    }
  });

  it('know the address of a callback by its slot', () => {
    const first = program(spec, 'first');
    const each = first.functions.find(fn => fn.name === 'each');
    expect([...first.references.values()]).toContainEqual({ kind: 'function', slot: each?.slot });
  });

  it('know the source line of each instruction of each function', () => {
    const first = program(spec, 'first');
    const leaf = first.functions.find(fn => fn.name === 'leaf')!;
    expect(functionAt(first, leaf.slot)?.name).toBe('leaf');
    expect(sourceLineAt(first, leaf.slot)?.text).toContain('calls += 1;');
    expect(sourceLineAt(first, leaf.slot)?.file).toBe('./test/object/objects/mixed.bpf.c');
  });

  it('load the address of a variable as an offset in the map of its section', () => {
    expect([...program(spec, 'for_cpumap').references.values()]).toContainEqual({
      kind: 'mapValue',
      map: 'mixed.bss',
      offset: 0,
    });
  });

  it('get the function that runs when they throw behind all others', () => {
    expect(load('throws.o').programs[0]?.functions.map(fn => fn.name)).toEqual(['prog', 'next', 'on_throw']);
  });

  it('tell libxdp their priority and chain-call actions, where the object does', () => {
    const { programs } = load('run-config.o');
    expect(programs.map(({ name, runConfig }) => [name, runConfig])).toEqual([
      ['early', { priority: 10, chainCallActions: [1, 2] }],
      ['late', { priority: 90, chainCallActions: [3] }],
      ['silent', undefined],
    ]);
  });
});

describe('what libbpf refuses', () => {
  it('is refused in its words, with the step, the place and what to do', () => {
    expect(() => load('static.o')).toThrow(
      "static.o: cut functions: sec 'xdp': program 'helper' is static and not supported; remove 'static'",
    );
    expect(() => load('undefined.o')).toThrow(
      "undefined.o: read relocations: failed to find BTF for extern 'ntohs' [9] section: -2; there is no C library in BPF: include <bpf/bpf_endian.h> and write bpf_ntohs",
    );
  });

  it('is accepted when lenient, where its meaning is clear', () => {
    const { programs } = load('static.o', { lenient: true });
    expect(programs.map(({ name, functions }) => [name, functions.map(fn => fn.name)])).toEqual([
      ['prog', ['prog', 'helper']],
      ['independent', ['independent']],
    ]);
  });

  it('stays refused when lenient, if no program is left', () => {
    expect(() => load('undefined.o', { lenient: true })).toThrow("failed to find BTF for extern 'ntohs'");
  });
});

describe('maps', () => {
  const spec = load('maps.o');

  it('are as declared', () => {
    expect(map(spec, 'sessions')).toMatchObject({
      type: 1,
      keySizeBytes: 8,
      valueSizeBytes: 8,
      maxEntries: 100,
      flags: 5,
      numaNode: 0,
      pinning: 'by-name',
      definition: 'btf',
      section: '.maps',
    });
    expect(map(spec, 'seen')).toMatchObject({ type: 30, valueSizeBytes: 8, extra: 3n });
    expect(map(spec, 'events')).toMatchObject({ type: 4, maxEntries: 0 });
  });

  it('round ring buffers up to a power of two of pages', () => {
    expect(map(spec, 'samples')?.maxEntries).toBe(8192);
  });

  it('hold templates of inner maps, and the maps and programs of initial slots', () => {
    expect(map(spec, 'tables')).toMatchObject({
      inner: { name: 'tables.inner', type: 2, maxEntries: 4 },
      slots: [
        { index: 1, kind: 'map', name: 'first' },
        { index: 6, kind: 'map', name: 'second' },
      ],
    });
    expect(map(spec, 'by_number')).toMatchObject({ valueSizeBytes: 4, inner: { valueSizeBytes: 16 }, slots: [] });
    expect(map(spec, 'stages')?.slots).toEqual([
      { index: 0, kind: 'program', name: 'tail_pass' },
      { index: 3, kind: 'program', name: 'tail_drop' },
    ]);
  });

  it('list the relocations that made their slots', () => {
    expect(spec.relocations).toContainEqual({
      section: '.maps',
      offsetBytes: expect.any(Number),
      type: 'R_BPF_64_ABS64',
      symbol: 'second',
      result: 'tables[6] = map second',
    });
  });

  it('take another size by name', () => {
    expect(map(load('maps.o', { maxEntries: { sessions: 7 } }), 'sessions')?.maxEntries).toBe(7);
    expect(() => load('maps.o', { maxEntries: { session: 7 } })).toThrow(
      "maps.o: map 'session': no such map; there are: first, second, tables, stages, sessions, seen, samples, events, by_number",
    );
  });
});

describe('externs', () => {
  it('get the configuration of the reference kernel where none is given', () => {
    const spec = load('externs.o');
    const values = map(spec, 'externs.kconfig');
    expect(values).toMatchObject({ definition: 'kconfig', isFrozen: true, type: 2, maxEntries: 1 });
    const numbers = new DataView(values!.contents!.slice().buffer);
    // By alignment, then size, then name: OF_NO_KERNEL (8), HZ (4), IPV6 (4), VERSION (4), ALSO_OF_NONE (2), the bools, the text.
    expect(numbers.getBigUint64(0, true)).toBe(0n);
    expect(numbers.getUint32(8, true)).toBe(250);
    expect(numbers.getUint32(12, true)).toBe(1);
    expect(numbers.getUint32(16, true)).toBe(0x061200);
    expect([...values!.contents!.subarray(22, 24)]).toEqual([1, 1]);
  });

  it('take a configuration file', () => {
    const kconfig = '# a comment\nCONFIG_HZ=1000\nCONFIG_IPV6=m\nCONFIG_CC_VERSION_TEXT="gcc 12"\n';
    const contents = map(load('externs.o', { kconfig }), 'externs.kconfig')!.contents!;
    expect(new DataView(contents.buffer).getUint32(8, true)).toBe(1000);
    expect(contents[12]).toBe(2);
    expect(new TextDecoder().decode(contents.subarray(24, 30))).toBe('gcc 12');
  });

  it('say what is wrong with a value', () => {
    expect(() => load('externs.o', { kconfig: 'CONFIG_HZ=y\n' })).toThrow(
      "extern (kcfg) 'CONFIG_HZ': value 'y' implies bool, tristate, or char type",
    );
  });

  it('of the kernel are named, with whether they may be missing', () => {
    const references = [...program(load('externs.o'), 'read_externs').references.values()];
    expect(references).toContainEqual({ kind: 'kfunc', name: 'bpf_of_no_kernel', isWeak: true });
    expect(references).toContainEqual({ kind: 'ksym', name: 'bpf_prog_active', isWeak: false, isTyped: true });
    expect(references).toContainEqual({ kind: 'ksym', name: 'init_task', isWeak: true, isTyped: false });
  });
});

describe('CO-RE against the object itself', () => {
  const spec = load('core.o');
  const core = spec.relocations.filter(row => row.symbol.includes(' '));

  it('leaves every field where it was compiled', () => {
    const moved = core
      .filter(row => row.type !== 'type_id_target' && row.type !== 'type_id_local')
      .filter(row => {
        const [from, to] = row.result.split(' -> ');
        return from !== to;
      });
    // A flavour stands for the type without it, which has no such member, and the kernel's enum is in this object too.
    expect(moved.map(row => `${row.type} ${row.symbol}: ${row.result}`)).toMatchInlineSnapshot(`
      [
        "field_exists struct net_device___older.member_that_never_was: 1 -> 0",
        "field_exists struct net_device___older.member_that_never_was: 1 -> 0",
        "field_byte_offset struct net_device___older.member_that_never_was: poison: no target",
      ]
    `);
  });

  it('knows all 13 kinds', () => {
    expect(new Set(core.map(row => row.type)).size).toBe(13);
  });

  it('poisons what only a flavour has, and names it', () => {
    const poison = [...program(spec, 'ask_kernel').references.values()].filter(({ kind }) => kind === 'poison');
    expect(poison).toContainEqual({
      kind: 'poison',
      text: expect.stringContaining(
        'failed to resolve CO-RE relocation <byte_off> [12] struct net_device___older.member_that_never_was (0:1 @ offset 4)',
      ),
    });
  });
});
