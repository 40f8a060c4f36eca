// What a rejected program is told: the kernel's words, the place, the register in words, the way there, and advice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleToBytes } from '../../src/isa/assemble.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import type { Verification } from '../../src/verifier/finding.js';
import { verify } from '../../src/verifier/verify.js';
import { programOf, RANDOM_OBJECT } from '../support/verifier-programs.js';

function verifyText(text: string, options: Parameters<typeof verify>[2] = {}): Verification {
  return verify(RANDOM_OBJECT, programOf(assembleToBytes(text)), options);
}

/** Texts and errnos as Linux 6.18 gives them. */
const REJECTED = [
  { text: 'exit', errno: 'EACCES', message: 'R0 !read_ok' },
  { text: 'r0 = 1', errno: 'EINVAL', message: 'last insn is not an exit or jmp' },
  { text: 'r0 = 1; exit; r0 = 2; exit', errno: 'EINVAL', message: 'unreachable insn 2' },
  { text: 'goto pc+5; exit', errno: 'EINVAL', message: 'jump out of range from insn 0 to 6' },
  { text: 'r10 = 1; exit', errno: 'EACCES', message: 'frame pointer is read only' },
  { text: 'r0 = 1; r0 /= 0; exit', errno: 'EINVAL', message: 'div by zero' },
  { text: 'r0 = *(u64 *)(r1 +0); exit', errno: 'EACCES', message: 'invalid bpf_context access off=0 size=8' },
  { text: 'r0 = *(u32 *)(r1 +20); exit', errno: 'EACCES', message: 'invalid bpf_context access off=20 size=4' },
  {
    text: 'r1 += 4; r0 = *(u32 *)(r1 +0); exit',
    errno: 'EACCES',
    message: 'dereference of modified ctx ptr R1 off=4 disallowed',
  },
  {
    text: 'r2 = *(u32 *)(r1 +4); r0 = *(u8 *)(r2 +0); exit',
    errno: 'EACCES',
    message: "R2 invalid mem access 'pkt_end'",
  },
  { text: 'r0 = *(u64 *)(r10 -516); exit', errno: 'EACCES', message: 'misaligned stack access off 0+0+-516 size 8' },
  { text: 'r0 = *(u64 *)(r10 -520); exit', errno: 'EACCES', message: 'invalid read from stack R10 off=-520 size=8' },
  { text: 'call x#4; exit', errno: 'EINVAL', message: 'program of this type cannot use helper bpf_probe_read#4' },
  { text: 'call x#9999; exit', errno: 'EINVAL', message: 'invalid func unknown#9999' },
  {
    text: 'r6 = 1; l: r6 += 0; if r6 == 1 goto l; r0 = 0; exit',
    errno: 'EINVAL',
    message: 'infinite loop detected at insn 1',
  },
] as const;

describe('rejections', () => {
  it.each(REJECTED)('says "$message" of $text', ({ text, errno, message }) => {
    const result = verifyText(text);
    expect(result).toMatchObject({ accepted: false, errno, message });
  });

  it('explains an unchecked packet access', () => {
    const result = verifyText(
      'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +12); if r3 > 5 goto l; r3 = 0; l: r0 = *(u8 *)(r2 +12); exit',
    );
    if (result.accepted) throw new Error('expected a rejection');
    const [finding] = result.findings;
    expect(finding!.message.split('\n')).toEqual([
      'invalid access to packet, off=12 size=1, R2(id=0,off=12,r=0)',
      'R2 offset is outside of the packet',
    ]);
    expect(finding).toMatchObject({ slot: 4, instruction: '(71) r0 = *(u8 *)(r2 +12)' });
    expect(finding!.path).toMatchObject([{ slot: 2, decision: 'not taken' }]);
    expect(finding!.register).toContain('r2 is a packet pointer');
    expect(finding!.suggestion).toContain('data_end');
  });

  it('keeps GPL-only helpers from programs under other licences', () => {
    const object: ObjectSpec = { ...RANDOM_OBJECT, license: 'Proprietary' };
    const result = verify(object, programOf(assembleToBytes('call x#35; exit')));
    expect(result).toMatchObject({ message: 'cannot call GPL-restricted function from non-GPL compatible program' });
  });

  it('gives up after the budget', () => {
    const text = 'r1 = 0; l: r1 += 1; if r1 < 5000 goto l; r0 = 0; exit';
    expect(verifyText(text)).toMatchObject({ accepted: true });
    expect(verifyText(text, { instructionBudget: 1000 })).toMatchObject({
      errno: 'E2BIG',
      message: 'BPF program is too large. Processed 1001 insn',
    });
  });
});

describe('the log', () => {
  it('prints each instruction with the registers that it touched, as Linux does', () => {
    const { log } = verifyText('r0 = *(u32 *)(r1 +12); r0 &= 7; exit', { log: 'verbose' });
    expect(log?.split('\n').slice(0, 9)).toEqual([
      'func#0 @0',
      'Live regs before insn:',
      '      0: .1........ (61) r0 = *(u32 *)(r1 +12)',
      '      1: 0......... (57) r0 &= 7',
      '      2: 0......... (95) exit',
      '0: R1=ctx() R10=fp0',
      '0: (61) r0 = *(u32 *)(r1 +12)         ; R0=scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff)) R1=ctx()',
      '1: (57) r0 &= 7                       ; R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=7,var_off=(0x0; 0x7))',
      '2: (95) exit',
    ]);
  });

  it('tells how a number that mattered is followed back, and shows the state on a line of its own then, as Linux does', () => {
    const { log } = verifyText('r0 = 8; r1 = r10; r1 += r0; *(u8 *)(r1 -16) = 1; r0 = 0; exit', { log: 'verbose' });
    expect(log?.split('\n').slice(8, -1)).toEqual([
      '0: R1=ctx() R10=fp0',
      '0: (b7) r0 = 8                        ; R0=8',
      '1: (bf) r1 = r10                      ; R1=fp0 R10=fp0',
      '2: (0f) r1 += r0',
      'mark_precise: frame0: last_idx 2 first_idx 0 subseq_idx -1 ',
      'mark_precise: frame0: regs=r0 stack= before 1: (bf) r1 = r10',
      'mark_precise: frame0: regs=r0 stack= before 0: (b7) r0 = 8',
      '3: R0=8 R1=fp8',
      '3: (72) *(u8 *)(r1 -16) = 1           ; R1=fp8 fp-8=???????1',
      '4: (b7) r0 = 0                        ; R0=0',
      '5: (95) exit',
      'processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
    ]);
  });

  it('shows both functions of a call and of a return, as Linux does', () => {
    const { log } = verifyText('call pc+2; r0 = 0; exit; r0 = 1; exit', { log: 'verbose' });
    expect(log?.split('\n').slice(8, -1)).toEqual([
      '0: R1=ctx() R10=fp0',
      '0: (85) call pc+2',
      'caller:',
      ' R10=fp0',
      'callee:',
      ' frame1: R1=ctx() R10=fp0',
      '3: frame1: R1=ctx() R10=fp0',
      '3: (b7) r0 = 1                        ; frame1: R0=1',
      '4: (95) exit',
      'returning from callee:',
      ' frame1: R0=1 R1=ctx() R10=fp0',
      'to caller at 1:',
      ' R0=1 R10=fp0',
      '',
      'from 4 to 1: R0=1 R10=fp0',
      '1: (b7) r0 = 0                        ; R0=0',
      '2: (95) exit',
      'processed 5 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
    ]);
  });
});

describe('what Linux counts', () => {
  it.each([
    // The only number that both the bits and the range of r6 leave is known, so that the loop ends.
    ['call get_prandom_u32#7; r6 = r0; r6 &= 16; r7 = 0; a: if r7 == r6 goto b; r7 += 1; goto a; b: exit', 55],
    // The instruction behind a call is one where states are saved.
    [
      'r6 = r1; r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r8 = r2; r4 = r2; r4 += 8; if r4 > r3 goto a; call get_prandom_u32#7; r0 = 1; r0 = 2; r0 = 3; r0 = 4; a: r0 = 0; exit',
      16,
    ],
  ])('is counted here: %s', (text, processedInstructions) => {
    expect(verifyText(text)).toMatchObject({ accepted: true, statistics: { processedInstructions } });
  });
});

describe('hostile programs', () => {
  it('get a verdict whatever their bytes are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        fc.array(fc.constantFrom(0x05, 0x85, 0x18, 0x07, 0xbf, 0x61, 0x7b, 0x95, 0x1d, 0xdb, 0xe5), {
          minLength: 1,
          maxLength: 12,
        }),
        (bytes, opcodes) => {
          const code = new Uint8Array(8 * opcodes.length);
          opcodes.forEach((opcode, at) => {
            code.set(
              [
                opcode,
                bytes[at % bytes.length]! & 0x77,
                bytes[(at + 1) % bytes.length]! & 3,
                0,
                bytes[(at + 2) % bytes.length]!,
              ],
              8 * at,
            );
          });
          const result = verify(RANDOM_OBJECT, programOf(code), { instructionBudget: 20_000 });
          expect(typeof result.accepted).toBe('boolean');
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('calls of kernel functions', () => {
  it('need a GPL-compatible licence, reached or not', () => {
    const code = assembleToBytes('r0 = 0; exit; call x#0; exit');
    code[17] = 0x20;
    code[20] = 1;
    const object: ObjectSpec = { ...RANDOM_OBJECT, license: 'Proprietary' };
    expect(verify(object, programOf(code))).toMatchObject({
      errno: 'EINVAL',
      message: 'cannot call kernel function from non-GPL compatible program',
    });
  });
});
