// Programs with objects of their own, against what Linux says of them: own-objects/*.bpf.c state that above each. Where root, python3 and libbpf are at
// hand the kernel is asked again, also about mutants. More of them: VERIFIER_MUTANTS=20 VERIFIER_SEED=7 npx vitest run test/verifier/own-objects.test.ts
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseElf } from '../../src/elf/parse.js';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { fromHex, toHex } from '../../src/support/bytes.js';
import { verify } from '../../src/verifier/verify.js';
import { kernelRelease } from '../support/kernel-probe.js';
import { askLibbpf, firstWord, hasLibbpf, type ObjectQuestion } from '../support/libbpf-oracle.js';
import { findTool, runTool } from '../support/tools.js';
import { Dice } from '../support/verifier-programs.js';

const FOLDER = join(import.meta.dirname, 'own-objects');
const SOURCES = ['objects', 'locks', 'paths'] as const;
const MUTANTS = Number(process.env.VERIFIER_MUTANTS ?? 0.25);
const SEED = Number(process.env.VERIFIER_SEED ?? 1);
const clang = findTool('clang-19');
const canAsk = clang !== undefined && kernelRelease() === '6.18' && hasLibbpf();
const folder = mkdtempSync(join(tmpdir(), 'own-objects-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Fact {
  readonly name: string;
  readonly answer: string;
  /** Linux takes it. */
  readonly isStricter: boolean;
}

function factsOf(source: string): Fact[] {
  const text = readFileSync(join(FOLDER, `${source}.bpf.c`), 'utf8');
  return [...text.matchAll(/^\/\/ (expect|stricter) (\w+): (.*)$/gm)].map(([, kind, name, answer]) => ({
    name: name!,
    answer: answer!,
    isStricter: kind === 'stricter',
  }));
}

function compile(source: string, built: string): string {
  const headers = ['-I/usr/include/x86_64-linux-gnu', '-I/usr/include/aarch64-linux-gnu', `-I${FOLDER}`];
  const flags = ['-O2', '-g', '-w', '-target', 'bpf', '-mcpu=v3', ...headers];
  runTool(clang!, ...flags, '-c', source, '-o', built);
  return built;
}

const paths = new Map<string, string>();

function pathOf(source: string): string {
  const known = paths.get(source) ?? compile(join(FOLDER, `${source}.bpf.c`), join(folder, `${source}.o`));
  paths.set(source, known);
  return known;
}

const load = (bytes: Uint8Array) => loadObject(bytes, { fileName: 'test.o' });

/** What the verifier says of one program of an object. */
function answerOf(object: ObjectSpec, name: string): string {
  const program = object.programs.find(item => item.name === name);
  const result = verify(object, program!, { cpuCount: 2 });
  return result.accepted ? 'accepted' : result.message;
}

describe.skipIf(clang === undefined)('programs with objects of their own (skipped where clang-19 is missing)', () => {
  describe.each(SOURCES)('%s', source => {
    let object: ObjectSpec | undefined;
    it.each(factsOf(source))('says of $name: $answer', ({ name, answer }) => {
      object ??= load(readFileSync(pathOf(source)));
      expect(answerOf(object, name)).toBe(answer);
    });
  });
});

describe.skipIf(!canAsk)(
  'Linux and the verifier (skipped unless root on 6.18 with clang-19, python3 and libbpf)',
  () => {
    it.each(SOURCES)('say the same of %s', source => {
      const facts = factsOf(source);
      const object = pathOf(source);
      const answers = askLibbpf(facts.map(({ name }) => ({ object, program: name })));
      const said = facts.map(({ name }, at) => `${name}: ${firstWord(answers[at]!)}`);
      expect(said).toEqual(facts.map(({ name, answer, isStricter }) => `${name}: ${isStricter ? 'accepted' : answer}`));
    });

    it.each(SOURCES)(`say the same of mutants of %s, ${MUTANTS} a program, seed ${SEED}`, source => {
      const path = pathOf(source);
      const bytes = new Uint8Array(readFileSync(path));
      const programs = factsOf(source).filter(({ isStricter }) => !isStricter);
      const dice = new Dice(SEED);
      const questions = programs.flatMap(({ name }) =>
        Array.from({ length: MUTANTS < 1 ? Number(dice.once(1 / MUTANTS)) : MUTANTS }, () =>
          mutantOf(path, bytes, name, dice),
        ).flatMap(question => question ?? []),
      );
      const different = askLibbpf(questions).flatMap((answer, at) => {
        const question = questions[at]!;
        const ours = answerAfter(bytes, question);
        const kernel = firstWord(answer);
        return ours === kernel || isLibbpfs(kernel, ours)
          ? []
          : [`${JSON.stringify(question)}: ${ours} against ${kernel}`];
      });
      expect(different).toEqual([]);
    });
  },
);

/** What libbpf refuses already, the loader refuses too. */
function isLibbpfs(kernel: string, ours: string): boolean {
  return kernel.startsWith('libbpf: ') && ours.startsWith('test.o: ');
}

function answerAfter(bytes: Uint8Array, { program, patches = [] }: ObjectQuestion): string {
  const changed = bytes.slice();
  for (const [offset, hex] of patches) changed.set(fromHex(hex), offset);
  try {
    return answerOf(load(changed), program);
  } catch (error) {
    return (error as Error).message;
  }
}

const NOP = '0500000000000000';
const LOAD_IMMEDIATE64 = 0x18;
const CALL = 0x85;

/** One instruction of the program changed: constant, offset, a register, left out, or a jump over the one behind it in its place. */
function mutantOf(object: string, bytes: Uint8Array, name: string, dice: Dice): ObjectQuestion | undefined {
  const elf = parseElf(bytes, 'test.o');
  const symbol = elf.symbols.find(item => item.name === name && item.type === 'func')!;
  const slot = dice.below(symbol.sizeBytes / 8);
  const place = symbol.value + 8 * slot;
  const at = elf.sections[symbol.sectionIndex]!.fileOffset + place;
  const relocations = elf.relocations.filter(({ target }) => target === symbol.sectionIndex);
  const isRelocated = relocations.some(({ relocations: list }) =>
    list.some(({ offsetBytes }) => offsetBytes === place),
  );
  const raw = bytes.slice(at, at + 8);
  // The second half of a 64-bit load, what libbpf fills in, and calls by number.
  if (raw[0] === 0 || raw[0] === CALL || raw[0] === LOAD_IMMEDIATE64 || isRelocated) return undefined;
  const view = new DataView(raw.buffer);
  const step = [1, -1, 8, -8, 4][dice.below(5)]!;
  const hex = [
    () => view.setInt32(4, view.getInt32(4, true) + step, true),
    () => view.setInt16(2, view.getInt16(2, true) + step, true),
    () => view.setUint8(1, (raw[1]! & 0xf0) | dice.below(11)),
    () => view.setUint8(1, (raw[1]! & 0x0f) | (dice.below(11) << 4)),
    () => raw.set(fromHex(NOP)),
    () => raw.set(fromHex(bytes[at + 8] === LOAD_IMMEDIATE64 ? '0500020000000000' : '0500010000000000')),
  ];
  hex[dice.below(hex.length)]!();
  return { object, program: name, patches: [[at, toHex(raw)]] };
}

/** Structs that Linux takes or not when it loads an object's types; for one that it does not take it refuses all bpf_obj_new. */
const TYPES: readonly (readonly [what: string, isTaken: boolean, text: string])[] = [
  ['two locks', false, 'struct X { struct bpf_spin_lock a; struct bpf_spin_lock b; };'],
  ['locks of both kinds', false, 'struct X { struct bpf_spin_lock a; struct bpf_res_spin_lock b; };'],
  [
    'a list without a lock',
    false,
    'struct Y { struct bpf_list_node n; }; struct X { struct bpf_list_head h __contains(Y, n); };',
  ],
  [
    'a tree without a lock',
    false,
    'struct Y { struct bpf_rb_node n; }; struct X { struct bpf_rb_root h __contains(Y, n); };',
  ],
  [
    'a list with a resilient lock',
    true,
    'struct Y { struct bpf_list_node n; }; struct X { struct bpf_res_spin_lock l; struct bpf_list_head h __contains(Y, n); };',
  ],
  ['nodes of both kinds without a count', false, 'struct X { struct bpf_list_node n; struct bpf_rb_node r; };'],
  [
    'nodes of both kinds and a count',
    true,
    'struct X { struct bpf_list_node n; struct bpf_rb_node r; struct bpf_refcount c; };',
  ],
  ['two tree nodes', true, 'struct X { struct bpf_rb_node n; struct bpf_rb_node r; };'],
  ['an array of nodes beside a count', false, 'struct X { struct bpf_refcount n; struct bpf_list_node c[2]; };'],
  ['11 fields', true, 'struct X { struct bpf_list_node n; struct plain __kptr *p[10]; };'],
  ['12 fields', false, 'struct X { struct bpf_list_node n; struct plain __kptr *p[11]; };'],
  [
    'a list of itself',
    false,
    'struct X { struct bpf_spin_lock l; struct bpf_list_node n; struct bpf_list_head h __contains(X, n); };',
  ],
  [
    'a list of lists',
    true,
    'struct Z { struct bpf_list_node n; }; struct Y { struct bpf_spin_lock l; struct bpf_list_node n; struct bpf_list_head h __contains(Z, n); }; struct X { struct bpf_spin_lock l; struct bpf_list_head h __contains(Y, n); };',
  ],
  [
    'an element of lists of lists',
    false,
    'struct Z { struct bpf_list_node n; }; struct Y { struct bpf_spin_lock l; struct bpf_list_node n; struct bpf_list_head h __contains(Z, n); }; struct X { struct bpf_spin_lock l; struct bpf_list_node n; struct bpf_list_head h __contains(Y, n); };',
  ],
  ['a list of nobody knows what', false, 'struct X { struct bpf_spin_lock l; struct bpf_list_head h; };'],
  [
    'a list of an unknown struct',
    false,
    'struct X { struct bpf_spin_lock l; struct bpf_list_head h __contains(nope, n); };',
  ],
  [
    'a list by a member that is not there',
    false,
    'struct Y { struct bpf_list_node n; }; struct X { struct bpf_spin_lock l; struct bpf_list_head h __contains(Y, m); };',
  ],
  [
    'a list by a tree node',
    false,
    'struct Y { struct bpf_rb_node n; }; struct X { struct bpf_spin_lock l; struct bpf_list_head h __contains(Y, n); };',
  ],
  ['a node at an odd place', false, 'struct X { char a; struct bpf_list_node n; } __attribute__((packed));'],
  ['a pointer to itself', true, 'struct X { struct X __kptr *n; };'],
  ['a pointer to a number', false, 'struct X { int __kptr *n; struct bpf_refcount c; };'],
  ['a pointer to a struct that is only named', true, 'struct nope; struct X { struct nope __kptr *n; };'],
  [
    'two tags for one list',
    false,
    'struct Y { struct bpf_list_node n; struct bpf_list_node m; }; struct X { struct bpf_spin_lock l; struct bpf_list_head h __contains(Y, n) __contains(Y, m); };',
  ],
  [
    'a list in a struct of its own',
    false,
    'struct Y { struct bpf_list_node n; }; struct I { struct bpf_list_head h __contains(Y, n); }; struct X { struct bpf_spin_lock l; struct I i; };',
  ],
  [
    'a lock in a struct of its own',
    true,
    'struct Y { struct bpf_list_node n; }; struct I { struct bpf_spin_lock l; }; struct X { struct I l; struct bpf_list_head h __contains(Y, n); };',
  ],
];

describe.skipIf(clang === undefined)('types of an object (skipped where clang-19 is missing)', () => {
  const built = TYPES.map(([, , text], at) => {
    const path = join(folder, `types-${at}.o`);
    return { path, text, build: () => compile(typesSource(path.replace('.o', '.bpf.c'), text), path) };
  });
  const expected = TYPES.map(([, isTaken]) =>
    isTaken ? 'accepted' : 'bpf_obj_new/bpf_percpu_obj_new requires prog BTF',
  );

  it.each(TYPES.map(([what], at) => ({ what, at, answer: expected[at]! })))('with $what: $answer', ({ at, answer }) => {
    expect(answerOf(load(readFileSync(built[at]!.build())), 'go')).toBe(answer);
  });

  it.skipIf(!canAsk)('are the same to Linux', () => {
    const answers = askLibbpf(built.map(({ path }) => ({ object: path, program: 'go' })));
    expect(answers.map(firstWord)).toEqual(expected);
  });
});

/** A program that allocates something else, in an object with these types. */
function typesSource(path: string, text: string): string {
  const used = [...text.matchAll(/struct ([A-Z]) \{/g)].map(([, name]) => `struct ${name} *used_${name};`);
  const go = 'XDP go(struct xdp_md *c) { NEW(plain, p) obj_drop(p); return 1; }';
  const lines = ['#include "common.h"', 'struct plain { int a; };', 'struct plain *used;', text, ...used, go, ''];
  writeFileSync(path, lines.join('\n'));
  return path;
}
