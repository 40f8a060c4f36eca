// The interpreter beyond single instructions: faults, budget, calls, callbacks, tail calls, binding.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions, type Result, type Session } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { OPERATIONS } from '../../src/engine/interpreter/operations.js';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { u32 } from '../machine/maps/host.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';

const ARRAY = { type: 2, value: 8, max: 4 };
const PROG_ARRAY = { type: 3, max: 4 };

function open(object: ObjectSpec, options: Partial<EngineOptions> = {}): Session {
  return createInterpreter().open(object, { ...DEFAULT_ENGINE_OPTIONS, ...options });
}

function run(object: ObjectSpec, options: Partial<EngineOptions> = {}): Result {
  return open(object, options).run(object.programs[0]!.name, [packetOf(new Uint8Array(64))])[0]!;
}

function runText(text: string, maps: readonly TestMap[] = [], options: Partial<EngineOptions> = {}): Result {
  return run(assembledObject({ main: text }, maps), options);
}

/** A chain of functions, each calling the next one: `count` frames with the main program's. */
function chain(count: number): string {
  const functions = Array.from({ length: count - 1 }, (_, at) => {
    const isLast = at === count - 2;
    return `f${at}: ${isLast ? 'r0 = 7' : `call f${at + 1}`}; exit`;
  });
  return ['call f0; exit', ...functions].join('\n');
}

describe('a fault', () => {
  it('carries address, size, slot and registers', () => {
    const { fault, returnValue, instructions } = runText('r1 = 0x123456789 ll; r2 = -2; r0 = *(u16 *)(r1 +4); exit');
    expect(returnValue).toBe(0);
    expect(instructions).toBe(3);
    expect(fault).toMatchObject({ kind: 'access', program: 'main', slot: 3, address: 0x12345678d, sizeBytes: 2 });
    expect(fault?.registers.slice(0, 3)).toEqual([0n, 0x123456789n, 0xfffffffffffffffen]);
  });

  it('names the C source line where the object has one', () => {
    const line = { slot: 0, file: 'filter.bpf.c', line: 12, column: 3, text: 'return *p;' };
    const object = assembledObject({ main: 'r1 = 0; r0 = *(u8 *)(r1 +0); exit' }, [], { lines: [line] });
    expect(run(object).fault?.source).toEqual(line);
  });

  it('happens in the callback, not in the helper that called it', () => {
    const { fault } = runText(
      'r1 = 3; r2 = subprog[body]; r3 = 0; r4 = 0; call loop; exit; body: r0 = *(u8 *)(r2 +0); exit',
    );
    expect(fault).toMatchObject({ kind: 'access', slot: 7 });
  });

  it('leaves the next packet alone', () => {
    const text =
      'r2 = *(u32 *)(r1 +0); r0 = *(u8 *)(r2 +0)\nif r0 == 0 goto bad\nexit\nbad: call deeper; exit\ndeeper: r0 = *(u8 *)(r0 +0); exit';
    const session = open(assembledObject({ main: text }));
    const results = session.run('main', [packetOf(new Uint8Array(64)), packetOf(new Uint8Array(64).fill(2))]);
    expect(results.map(result => result.fault?.kind ?? result.returnValue)).toEqual(['access', 2]);
  });
});

describe('the budget', () => {
  it('stops a program that never ends', () => {
    const { fault, instructions } = runText('again: goto again', [], { instructionBudget: 1000 });
    expect(fault).toMatchObject({ kind: 'budget', slot: 0 });
    expect(instructions).toBe(1000);
  });

  it('covers callbacks', () => {
    const text = 'r1 = 1000000; r2 = subprog[body]; r3 = 0; r4 = 0; call loop; exit; body: r0 = 0; exit';
    expect(runText(text, [], { instructionBudget: 1000 }).fault?.kind).toBe('budget');
  });

  it('is as large as it says', () => {
    const text = 'r0 = 1; r0 = 2; exit';
    expect(runText(text, [], { instructionBudget: 3 }).returnValue).toBe(2);
    expect(runText(text, [], { instructionBudget: 2 }).fault?.kind).toBe('budget');
  });
});

describe('calls', () => {
  it('nest to 8 frames', () => expect(runText(chain(8)).returnValue).toBe(7));

  it('do not nest to 9 frames', () => {
    expect(runText(chain(9)).fault).toMatchObject({
      kind: 'control',
      message: 'the call stack of 9 frames is too deep',
    });
  });

  it('cannot reach the stack of a function that has returned', () => {
    const { fault } = runText('call other; r0 = *(u8 *)(r0 +0); exit; other: r0 = r10; r0 += -8; exit');
    expect(fault?.kind).toBe('access');
  });

  it('find zeros on the stack of every packet', () => {
    const session = open(
      assembledObject({ main: 'call f; exit; f: r0 = *(u64 *)(r10 -8); *(u64 *)(r10 -8) = 9; exit' }),
    );
    const packets = [packetOf(new Uint8Array(64)), packetOf(new Uint8Array(64))];
    expect(session.run('main', packets).map(result => result.returnValue)).toEqual([0, 0]);
  });
});

describe('bpf_loop', () => {
  const body = 'body: r3 = *(u64 *)(r2 +0); r3 += r1; *(u64 *)(r2 +0) = r3; r0 = 0';
  const loop = (count: string, end: string): string =>
    `*(u64 *)(r10 -8) = 0; r6 = 5; r1 = ${count}; r2 = subprog[body]; r3 = r10; r3 += -8; r4 = 0; call loop\n${end}`;

  it('calls with the index and the context, and keeps the caller’s registers', () => {
    const { returnValue } = runText(`${loop('10', 'r0 = *(u64 *)(r10 -8); r0 += r6; exit')}\n${body}; r6 = 99; exit`);
    expect(returnValue).toBe(50);
  });

  it('gives the number of rounds', () => expect(runText(`${loop('10', 'exit')}\n${body}; exit`).returnValue).toBe(10));

  it('ends when the callback returns 1', () => {
    const { returnValue } = runText(`${loop('10', 'exit')}\n${body}\nif r1 != 3 goto +1\nr0 = 1\nexit`);
    expect(returnValue).toBe(4);
  });

  it('refuses more than 8388608 rounds', () => {
    expect(runText(`${loop('8388609', 'exit')}\n${body}; exit`).returnValue | 0).toBe(-7);
  });

  it('nests, frame by frame', () => {
    const text = `r1 = 3; r2 = subprog[outer]; r3 = r10; r3 += -8; *(u64 *)(r10 -8) = 0; r4 = 0; call loop
      r0 = *(u64 *)(r10 -8); exit
      outer: r6 = r2; r1 = 4; r2 = subprog[inner]; r3 = r6; r4 = 0; call loop; r0 = 0; exit
      inner: r3 = *(u64 *)(r2 +0); r3 += 1; *(u64 *)(r2 +0) = r3; r0 = 0; exit`;
    expect(runText(text).returnValue).toBe(12);
  });
});

describe('tail calls', () => {
  const count = 'r1 = map[fd:1][0]+0; r2 = *(u64 *)(r1 +0); r2 += 1; *(u64 *)(r1 +0) = r2';
  const jump = 'r1 = r6; r2 = map[fd:0]; r3 = 0; call tail_call';

  function chainOf(programs: Readonly<Record<string, string>>, target: string): { result: Result; runs: number } {
    const slots = [{ index: 0, kind: 'program' as const, name: target }];
    const object = assembledObject(programs, [{ ...PROG_ARRAY, slots }, ARRAY]);
    const session = open(object);
    const result = session.run(object.programs[0]!.name, [packetOf(new Uint8Array(64))])[0]!;
    const [value] = session.maps.get('map1')!.lookup(u32(0))!;
    return { result, runs: new DataView(value!.buffer, value!.byteOffset).getUint32(0, true) };
  }

  it('replace the program', () => {
    const { result } = chainOf({ main: `r6 = r1; ${jump}; r0 = 1; exit`, other: 'r0 = 2; exit' }, 'other');
    expect(result.returnValue).toBe(2);
  });

  it('fall through an empty slot and an index past the end', () => {
    const text = `r6 = r1; r2 = map[fd:0]; r3 = 1; call tail_call; r1 = r6; r2 = map[fd:0]; r3 = 99; call tail_call; r0 = 5; exit`;
    expect(chainOf({ main: text, other: 'r0 = 2; exit' }, 'other').result.returnValue).toBe(5);
  });

  it('look at 32 bits of the index', () => {
    const text = 'r2 = map[fd:0]; r3 = 0x100000000 ll; call tail_call; r0 = 5; exit';
    expect(chainOf({ main: text, other: 'r0 = 2; exit' }, 'other').result.returnValue).toBe(2);
  });

  it('succeed 33 times: 34 programs run', () => {
    const { result, runs } = chainOf({ main: `r6 = r1; ${count}; ${jump}; r0 = 3; exit` }, 'main');
    expect([result.returnValue, runs]).toEqual([3, 34]);
  });

  // Observed on Linux 6.18: what a subprogram tail-calls returns to the subprogram's caller, and all share one count.
  it('in a function return to the function’s caller', () => {
    const text = `r6 = r1; r7 = 100; call sub; r0 += r7; exit; sub: r6 = r1; ${jump}; r0 = 5; exit`;
    expect(chainOf({ main: text, other: 'r7 = 0; r0 = 3; exit' }, 'other').result.returnValue).toBe(103);
  });

  it('in functions share one count with the whole chain', () => {
    const text = `r6 = r1; ${count}; r1 = r6; call sub; r7 = r0; r1 = r6; call sub; r0 += r7; exit; sub: r6 = r1; ${jump}; r0 = 5; exit`;
    const { result, runs } = chainOf({ main: text }, 'main');
    expect([result.returnValue, runs]).toEqual([175, 34]);
  });
});

const UNSUPPORTED = new Map([[0, { kind: 'kfunc', name: 'bpf_crypto_encrypt', isWeak: false } as const]]);

describe('what the interpreter does not have', () => {
  it('refuses to run a program that calls it, naming helper and place', () => {
    const lines = [{ slot: 0, file: 'foo.bpf.c', line: 12, column: 1, text: '' }];
    const object = assembledObject({ main: 'call kfunc#0; exit' }, [], { lines, references: UNSUPPORTED });
    expect(() => run(object)).toThrow(
      'program main: kernel function bpf_crypto_encrypt at foo.bpf.c:12 is not supported: there are no key rings here',
    );
  });

  it('runs a program whose call of it cannot be reached', () => {
    const references = new Map([...UNSUPPORTED].map(([slot, reference]) => [slot + 3, reference]));
    const object = assembledObject({ main: 'r0 = 2; exit; r0 = 1; call kfunc#0; exit' }, [], { references });
    expect(run(object).returnValue).toBe(2);
  });

  it('runs the other programs of the object', () => {
    const bad = assembledObject({ bad: 'call kfunc#0; exit' }, [], { references: UNSUPPORTED });
    const good = assembledObject({ good: 'r0 = 2; exit' });
    const object = { ...good, programs: [...bad.programs, ...good.programs] };
    expect(open(object).run('good', [packetOf(new Uint8Array(64))])[0]!.returnValue).toBe(2);
  });

  it('stops at a CO-RE relocation without target, with libbpf’s description', () => {
    const text = '<byte_off> [7] struct iphdr.gone (0:9 @ offset 8)';
    const object = assembledObject({ main: 'r0 = 1; r1 = 5; exit' }, [], {
      references: new Map([[1, { kind: 'poison', text } as const]]),
    });
    expect(run(object).fault).toMatchObject({ kind: 'instruction', slot: 1, message: text });
  });
});

describe('maps of an object', () => {
  it('hold the contents of data sections, and programs cannot write to frozen ones', () => {
    const rodata = { type: 2, value: 8, max: 1, flags: 0x80, name: '.rodata', contents: u32(7, 9), isFrozen: true };
    expect(runText('r1 = map[fd:0][0]+4; r0 = *(u32 *)(r1 +0); exit', [rodata]).returnValue).toBe(9);
    const { fault } = runText('r1 = map[fd:0][0]+4; *(u32 *)(r1 +0) = 1; exit', [rodata]);
    expect(fault?.message).toMatch(/^invalid write of 4 bytes at 0x[0-9a-f]+ \(map \.rodata/);
  });

  it('keep what programs wrote from packet to packet', () => {
    const text = 'r1 = map[fd:0][0]+0; r0 = *(u64 *)(r1 +0); r0 += 1; *(u64 *)(r1 +0) = r0; exit';
    const session = open(assembledObject({ main: text }, [ARRAY]));
    const packets = [1, 2, 3].map(() => packetOf(new Uint8Array(64)));
    expect(session.run('main', packets).map(result => result.returnValue)).toEqual([1, 2, 3]);
  });

  it('let no access cross from one value into the next', () => {
    const text = 'r1 = map[fd:0][0]+0; r0 = *(u64 *)(r1 +4); exit';
    expect(runText(text, [ARRAY]).fault?.kind).toBe('access');
  });

  it('are refused in the kernel’s way', () => {
    expect(() => runText('r0 = 0; exit', [{ type: 2, key: 8 }])).toThrow(/^map map0: .*EINVAL/);
  });
});

describe('a session', () => {
  it('knows its programs by name', () => {
    const session = open(assembledObject({ one: 'r0 = 0; exit', two: 'r0 = 0; exit' }));
    expect(() => session.run('three', [])).toThrow('test.o: no XDP program three; it has one, two');
  });

  it('gives the same random numbers for the same seed, and others for another', () => {
    const text = 'call get_prandom_u32; exit';
    const values = (seed: number): number[] => {
      const session = open(assembledObject({ main: text }), { seed });
      return [1, 2, 3].map(() => session.run('main', [packetOf(new Uint8Array(64))])[0]!.returnValue);
    };
    expect(values(5)).toEqual(values(5));
    expect(values(5)).not.toEqual(values(6));
    expect(new Set(values(5)).size).toBe(3);
  });

  it('runs real programs over packets that are too short for them', () => {
    const path = join(import.meta.dirname, '../programs/drop-udp-port.o');
    const object = loadObject(new Uint8Array(readFileSync(path)), { fileName: 'drop-udp-port.o' });
    const udp = Uint8Array.from(
      { length: 60 },
      (_, at) => ({ 12: 8, 14: 0x45, 23: 17, 36: 7777 >> 8, 37: 7777 & 255 })[at] ?? 0,
    );
    const packets = Array.from({ length: 47 }, (_, at) => packetOf(udp.subarray(0, 14 + at)));
    const results = open(object).run('drop_udp_port', packets);
    expect(results.filter(result => result.fault !== undefined)).toEqual([]);
    expect(results.map(result => result.returnValue)).toEqual(
      packets.map(({ bytes }) => (bytes.byteLength < 42 ? 2 : 1)),
    );
  });
});

describe('a program of a device map', () => {
  const text = 'r0 = *(u32 *)(r1 +20); exit';

  it('sees the interface that the packet leaves by', () => {
    const session = open(assembledObject({ main: text }, [], { attachPoint: 'xdp/devmap' }));
    const packets = [{ ...packetOf(new Uint8Array(64)), egressIfindex: 9 }, packetOf(new Uint8Array(64))];
    expect(session.run('main', packets).map(result => result.returnValue)).toEqual([9, 0]);
  });

  it('is the only one that may ask', () => expect(runText(text).fault?.kind).toBe('access'));
});

describe('run.ts', () => {
  it('has the operations of operations.ts under their numbers', () => {
    const source = readFileSync(join(import.meta.dirname, '../../src/engine/interpreter/run.ts'), 'utf8');
    const cases = [...source.matchAll(/case (\d+):.*\/\/ (\w+)$/gm)].map(([, number, name]) => [Number(number), name]);
    // The last one, `trap`, is the default.
    expect(cases).toEqual(OPERATIONS.slice(0, -1).map((name, number) => [number, name]));
  });
});
