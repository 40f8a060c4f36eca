// Built objects, read here and by llvm-objdump: every slot must come out the same from LLVM's text as from the bytes.
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assembleToBytes } from '../../src/isa/assemble.js';
import { decodeSlots } from '../../src/isa/decode.js';
import { disassembleProgram } from '../../src/isa/disassemble.js';
import { fromHex, toHex } from '../../src/support/bytes.js';
import { systemObjects, testObjects } from '../support/system-objects.js';
import { findTool, runTool } from '../support/tools.js';

const objdump = findTool('llvm-objdump-19', 'llvm-objdump');
const objects = [...testObjects, ...systemObjects];
const reason =
  objdump === undefined ? ' (skipped: no llvm-objdump)' : objects.length === 0 ? ' (skipped: no objects)' : '';

interface Line {
  readonly hex: string;
  readonly text: string;
}

/** The instructions of an object as llvm-objdump prints them. */
function linesOf(path: string): readonly Line[] {
  const listing = runTool(objdump ?? '', '-d', '--mcpu=v4', path);
  return [...listing.matchAll(/^ *\d+:\t([0-9a-f ]+)\t(.*)$/gm)].map(([, bytes = '', text = '']) => ({
    hex: bytes.replaceAll(' ', ''),
    text: kernelForm(text),
  }));
}

/** LLVM's spelling of jumps with symbols and of atomics in the kernel's. */
function kernelForm(text: string): string {
  const type = (bits: string | undefined) => `u${bits}`;
  return text
    .replace(/ <[^ >]+>$/, '')
    .replace(/\b(atomic)(_fetch_\w+)\(\(u64/, '$164$2((u64')
    .replace(
      /= cmpxchg(?:32)?_(32|64)\((r\d+ [-+] \w+), /,
      (_, bits, place) => `= ${atomicName(bits)}_cmpxchg((${type(bits)} *)(${place}), `,
    )
    .replace(
      /= xchg(?:32)?_(32|64)\((r\d+ [-+] \w+), /,
      (_, bits, place) => `= ${atomicName(bits)}_xchg((${type(bits)} *)(${place}), `,
    );
}

function atomicName(bits: string): string {
  return bits === '64' ? 'atomic64' : 'atomic';
}

/** Relocated fields (calls, 64-bit immediates) hold addends, not references: compare opcode and registers. */
function comparable(hex: string): string {
  return /^(85|18)/.test(hex) ? hex.slice(0, 2) : hex;
}

describe.skipIf(reason !== '')(`llvm-objdump agrees${reason}`, () => {
  it.each(objects.map(path => [basename(path), path]))('on %s', (_, path) => {
    const lines = linesOf(path);
    const differing = lines.filter(({ hex, text }) => {
      const read = toHex(assembleToBytes(`(${hex.slice(0, 2)}) ${text}`));
      return comparable(read) !== comparable(hex);
    });
    expect(differing).toEqual([]);

    const code = fromHex(lines.map(({ hex }) => hex).join(''));
    const { instructions, findings } = decodeSlots(code);
    expect(findings).toEqual([]);
    expect(toHex(assembleToBytes(disassembleProgram(instructions).join('\n')))).toBe(toHex(code));
  });
});
