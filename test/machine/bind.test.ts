// What binding refuses, and what maps allow programs by their flags. Rules of Linux: kernel/bpf/core.c (__bpf_prog_map_compatible),
// kernel/bpf/verifier.c (check_map_access_type).
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { assembledObject } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';

const ARRAY = { type: 3, max: 4, name: 'stages' };
const CALL = 'r2 = map[fd:0]; r3 = 0; call tail_call; r0 = 2; exit';
const packets = [packetOf(new Uint8Array(64))];

describe.each(ENGINES)('binding for the $name', engine => {
  it('refuses a caller of a program array that differs from the first in fragments', () => {
    const object = assembledObject({ first: CALL, second: CALL }, [ARRAY]);
    const programs = object.programs.map(program => ({ ...program, hasFragments: program.name === 'second' }));
    const session = engine.open({ ...object, programs }, DEFAULT_ENGINE_OPTIONS);
    expect(session.run('first', packets)[0]!.returnValue).toBe(2);
    expect(() => session.run('second', packets)).toThrow(
      'program second: Linux refuses it (EINVAL): programs of the program array stages differ in attach point or fragments',
    );
  });

  it('refuses a member of a program array that differs from its callers', () => {
    const stages = { ...ARRAY, slots: [{ index: 0, kind: 'program', name: 'member' } as const] };
    const object = assembledObject({ caller: CALL, member: 'r0 = 1; exit' }, [stages]);
    const programs = object.programs.map(program => ({ ...program, hasFragments: program.name === 'member' }));
    expect(() => engine.open({ ...object, programs }, DEFAULT_ENGINE_OPTIONS)).toThrow(
      'map stages: slot [0] = member: EINVAL',
    );
  });

  it('stops programs that read what BPF_F_WRONLY_PROG lets them only write, and the other way round', () => {
    const access = (flags: number, statement: string) => {
      const text = `*(u32 *)(r10 -4) = 0; r1 = map[fd:0]; r2 = r10; r2 += -4; call map_lookup_elem; if r0 == 0 goto end; ${statement}; end: r0 = 2; exit`;
      const object = assembledObject({ main: text }, [{ type: 2, value: 8, max: 1, flags, name: 'cells' }]);
      return engine.open(object, DEFAULT_ENGINE_OPTIONS).run('main', packets)[0]!.fault?.message;
    };
    const [read, write] = ['r1 = *(u32 *)(r0 +4)', 'r1 = 1; *(u32 *)(r0 +4) = r1'];
    expect(access(0x100, write)).toBeUndefined();
    expect(access(0x100, read)).toMatch(/^invalid read of 4 bytes .*map cells \+ 4, write-only/);
    expect(access(0x80, read)).toBeUndefined();
    expect(access(0x80, write)).toMatch(/^invalid write of 4 bytes .*map cells \+ 4, read-only/);
  });
});
