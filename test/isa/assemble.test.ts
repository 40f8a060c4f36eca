import { describe, expect, it } from 'vitest';
import { assemble, assembleToBytes } from '../../src/isa/assemble.js';
import { disassembleProgram } from '../../src/isa/disassemble.js';
import { toHex } from '../../src/support/bytes.js';
import { InputError } from '../../src/support/errors.js';

function listing(text: string): readonly string[] {
  return disassembleProgram(assemble(text));
}

describe('assembly text', () => {
  it('is separated by semicolons and line ends, and commented', () => {
    expect(listing('r0 = 1; r1 = r0 // both\n\n  ; a line of C\n// nothing\n exit;')).toEqual([
      '   0: (b7) r0 = 1',
      '   1: (bf) r1 = r0',
      '   2: (95) exit',
    ]);
  });

  it('may be a listing of bpftool, with slots, opcodes and source lines', () => {
    const text =
      '; int xdp(struct xdp_md *context)\n   0: (18) r7 = map[id:4]\n   2: (85) call pc+1#bpf_prog_x_cb\n   3: (95) exit';
    expect(toHex(assembleToBytes(text))).toBe(
      '18170000040000000000000000000000' + '8510000001000000' + '9500000000000000',
    );
  });

  it('takes labels, forward, backward and past the two slots of a 64-bit load', () => {
    const text = `
      start: r1 = 0x100000000
      if r1 == 0 goto out
      call helper_of_mine
      r2 = subprog[helper_of_mine]
      gotol start
      out: exit
      helper_of_mine:
      may_goto start; exit`;
    expect(listing(text)).toEqual([
      '   0: (18) r1 = 0x100000000',
      '   2: (15) if r1 == 0x0 goto pc+4',
      '   3: (85) call pc+4',
      '   4: (18) r2 = subprog[+3]',
      '   6: (06) gotol pc-7',
      '   7: (95) exit',
      '   8: (e5) may_goto pc-9',
      '   9: (95) exit',
    ]);
  });

  it('lets a label stand at the end', () => {
    expect(listing('goto end; exit; end:')).toEqual(['   0: (05) goto pc+1', '   1: (95) exit']);
  });

  it.each([
    ['r1 = 5', '(b7) r1 = 5'],
    ['r1 = 0x5', '(18) r1 = 0x5'],
    ['r1 = 5 ll', '(18) r1 = 0x5'],
    ['(b7) r1 = 0x5', '(b7) r1 = 5'],
    ['(18) r1 = 5', '(18) r1 = 0x5'],
    ['w1 = 0xffffffff', '(b4) w1 = -1'],
    ['r1 = 2147483648', '(18) r1 = 0x80000000'],
    ['r1 = -1', '(b7) r1 = -1'],
    ['r1 = -1 ll', '(18) r1 = 0xffffffffffffffff'],
    ['r1 &= 0xff', '(57) r1 &= 255'],
    ['w1 &= 0xfffffffe', '(54) w1 &= -2'],
    ['if r1 s< -1 goto +2', '(c5) if r1 s< 0xffffffff goto pc+2'],
    ['if w1 != 17 goto pc+5', '(56) if w1 != 0x11 goto pc+5'],
    ['r1 = *(u32 *)(r1 + 0x4)', '(61) r1 = *(u32 *)(r1 +4)'],
    ['*(u8*)(r10-1) = 0xff', undefined],
    ['*(u8 *)(r10-1) = 0xff', '(72) *(u8 *)(r10 -1) = 255'],
    ['*(u32 *)(r1 +0) = w2', '(63) *(u32 *)(r1 +0) = r2'],
    ['call 0x1', '(85) call unknown#1'],
    ['call #1', '(85) call unknown#1'],
    ['call bpf_map_lookup_elem#1', '(85) call unknown#1'],
    ['call -3', '(85) call pc-3'],
  ])('reads %s as %s', (text, expected) => {
    if (expected === undefined) expect(() => listing(text)).toThrow(InputError);
    else expect(listing(text)).toEqual([`   0: ${expected}`]);
  });

  it.each([
    ['exit\nnonsense here', 'line 2: cannot read "nonsense here"'],
    ['r11 = 1', 'line 1: dst 11 is not between 0 and 10'],
    ['\n\ngoto nowhere', 'line 3: no label nowhere'],
    ['a: exit\na: exit', 'line 2: label a stands here a second time'],
    ['goto +40000', 'line 1: offset 40000 is not between -32768 and 32767'],
    ['r1 += 0xffffffff', 'line 1: 0xffffffff does not fit a sign-extended 32-bit immediate'],
    ['w1 += 4294967296', 'line 1: 4294967296 does not fit a 32-bit immediate'],
    ['r1 = 0x10000000000000000', 'line 1: 0x10000000000000000 is beyond 64 bits'],
    ['(07) r0 -= 1', 'line 1: r0 -= 1: opcode is 17, not 7'],
    ['r1 += w2', 'line 1: w2 is not 64 bits wide'],
    ['r1 = be16 r2', 'line 1: the result goes to r2, not r1'],
    ['r1 = *(s64 *)(r2 +0)', 'line 1: there is no s64 load'],
    ['lock *(u8 *)(r1 +0) += r2', 'line 1: there is no atomic operation on u8'],
    ['r2 = atomic_xchg((u64 *)(r1 +0), r2)', 'line 1: atomic of u64'],
    ['r2 = atomic64_xchg((u64 *)(r1 +0), r3)', 'line 1: the old value goes to r3, not r2'],
    ['w1 = (s32)w2', 'line 1: there is no (s32) move of a w register'],
  ])('refuses %j: %s', (text, message) => {
    expect(() => assemble(text)).toThrow(expect.objectContaining({ code: 'assemble', message }));
  });

  it('writes big endian as well', () => {
    expect(toHex(assembleToBytes('r1 = r10', {}, 'big'))).toBe('bf1a000000000000');
  });
});
