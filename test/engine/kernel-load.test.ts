// Loading into a real Linux what bpftool does not take as it is: programs that are loaded only when asked for.
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Packet } from '../../src/engine/engine.js';
import { createKernelEngine, kernelUnavailableReason } from '../../src/engine/kernel/kernel.js';
import { assemble } from '../../src/isa/assemble.js';
import { encodeProgram } from '../../src/isa/encode.js';
import { loadObject } from '../../src/object/load.js';
import { writeElf } from '../support/elf-writer.js';

const reason = kernelUnavailableReason();
const EXECUTABLE_AND_ALLOCATED = 6;

/** An object whose programs, each in its section, have this code. */
function objectOf(programs: readonly { readonly name: string; readonly section: string; readonly code: string }[]) {
  const bytes = writeElf({
    sections: [
      ...programs.map(({ section, code }) => {
        return { name: section, flags: EXECUTABLE_AND_ALLOCATED, alignmentBytes: 8, data: assembled(code) };
      }),
      { name: 'license', flags: 3, data: new TextEncoder().encode('GPL\0') },
    ],
    symbols: programs.map(({ name, section, code }) => {
      return { name, section, sizeBytes: assembled(code).byteLength, type: 'func', binding: 'global' };
    }),
  });
  const object = loadObject(bytes, { fileName: 'optional.o' });
  return createKernelEngine().open(object, { ...DEFAULT_ENGINE_OPTIONS, objectBytes: bytes });
}

function assembled(text: string): Uint8Array {
  return encodeProgram(assemble(text));
}

const frame: Packet = { bytes: new Uint8Array(60), timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };

const always = { name: 'always', section: 'xdp', code: 'r0 = 2\nexit' };
const optional = { name: 'optional', section: '?xdp', code: 'r0 = 1\nexit' };
const wrong = { name: 'wrong', section: '?xdp.frags', code: 'r0 = r3\nexit' };

describe.skipIf(reason !== undefined)(`optional programs in Linux${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it('run beside the others', () => {
    const session = objectOf([always, optional]);
    const values = ['always', 'optional'].map(name => session.run(name, [frame])[0]!.returnValue);
    session.close();
    expect(values).toEqual([2, 1]);
  });

  it('run where there are no others', () => {
    const session = objectOf([optional]);
    expect(session.run('optional', [frame])[0]!.returnValue).toBe(1);
    session.close();
  });

  it('do not keep the others from running where Linux refuses one', () => {
    const session = objectOf([always, wrong]);
    expect(session.run('always', [frame])[0]!.returnValue).toBe(2);
    expect(() => session.run('wrong', [frame])).toThrow('R3 !read_ok');
    session.close();
  });

  it('and XDP programs in sections of any name run beside programs of other types, which are left alone', () => {
    const free = { ...always, section: 'my_filter' };
    const session = objectOf([free, { name: 'shape', section: 'tc', code: 'r0 = *(u32 *)(r1 + 100)\nexit' }]);
    expect(session.run('always', [frame])[0]!.returnValue).toBe(2);
    session.close();
  });

  it('are refused with the words of Linux where there are no others', () => {
    expect(() => objectOf([wrong])).toThrow('R3 !read_ok');
  });
});
