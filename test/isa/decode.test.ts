// What the decoder accepts, and the words in which it refuses: all of them seen on Linux 6.18.
import { describe, expect, it } from 'vitest';
import { decodeInstruction, decodeProgram, decodeSlots } from '../../src/isa/decode.js';
import { encodeInstruction, encodeProgram } from '../../src/isa/encode.js';
import type { Instruction } from '../../src/isa/instruction.js';
import { readRaw, swapToLittleEndian, writeRaw } from '../../src/isa/raw.js';
import { fromHex, toHex } from '../../src/support/bytes.js';

describe('a slot that is no instruction', () => {
  it.each([
    ['0000000000000000', 'scan', 'unknown opcode 00'],
    ['8f01000000000000', 'scan', 'unknown opcode 8f'],
    ['0d01000000000000', 'scan', 'unknown opcode 0d'],
    ['8d01000000000000', 'scan', 'unknown opcode 8d'],
    ['9600000000000000', 'scan', 'unknown opcode 96'],
    ['df01000010000000', 'scan', 'unknown opcode df'],
    ['9910000000000000', 'scan', 'unknown opcode 99'],
    ['3800000000000000', 'scan', 'unknown opcode 38'],
    ['0110000000000000', 'scan', 'BPF_LDX uses reserved fields'],
    ['6110000001000000', 'scan', 'BPF_LDX uses reserved fields'],
    ['1800000000000000', 'scan', 'invalid bpf_ld_imm64 insn'],
    ['18000000000000000500000000000000', 'scan', 'invalid bpf_ld_imm64 insn'],
    ['18000000000000000001000000000000', 'scan', 'invalid bpf_ld_imm64 insn'],
    ['18000000000000000010000000000000', 'scan', 'invalid bpf_ld_imm64 insn'],
    ['18000000000000000000010000000000', 'scan', 'invalid bpf_ld_imm64 insn'],
    ['18700000000000000000000000000000', 'scan', 'unrecognized bpf_ld_imm64 insn'],
    ['18100000050000000000000001000000', 'scan', 'unrecognized bpf_ld_imm64 insn'],
    ['18500000050000000000000001000000', 'scan', 'unrecognized bpf_ld_imm64 insn'],
    ['18000100000000000000000000000000', 'visit', 'BPF_LD_IMM64 uses reserved fields'],
    ['180c0000000000000000000000000000', 'visit', 'R12 is invalid'],
    ['b700010000000000', 'visit', 'BPF_MOV uses reserved fields'],
    ['b710000000000000', 'visit', 'BPF_MOV uses reserved fields'],
    ['bf10000001000000', 'visit', 'BPF_MOV uses reserved fields'],
    ['bf10ffff00000000', 'visit', 'BPF_MOV uses reserved fields'],
    ['bc10010000000000', 'visit', 'BPF_MOV uses reserved fields'],
    ['bc10200000000000', 'visit', 'BPF_MOV uses reserved fields'],
    ['bf10010000000000', 'visit', 'addr_space_cast insn can only convert between address space 1 and 0'],
    ['0700010000000000', 'visit', 'BPF_ALU uses reserved fields'],
    ['0710000000000000', 'visit', 'BPF_ALU uses reserved fields'],
    ['0f10000001000000', 'visit', 'BPF_ALU uses reserved fields'],
    ['3f10020000000000', 'visit', 'BPF_ALU uses reserved fields'],
    ['8700010000000000', 'visit', 'BPF_NEG uses reserved fields'],
    ['8410000000000000', 'visit', 'BPF_NEG uses reserved fields'],
    ['d400000000000000', 'visit', 'BPF_END uses reserved fields'],
    ['dc00000008000000', 'visit', 'BPF_END uses reserved fields'],
    ['d700010010000000', 'visit', 'BPF_END uses reserved fields'],
    ['d710000010000000', 'visit', 'BPF_END uses reserved fields'],
    ['0500000001000000', 'visit', 'BPF_JA uses reserved fields'],
    ['0600010000000000', 'visit', 'BPF_JA uses reserved fields'],
    ['0501000000000000', 'visit', 'BPF_JA uses reserved fields'],
    ['1510000000000000', 'visit', 'BPF_JMP/JMP32 uses reserved fields'],
    ['1e10000001000000', 'visit', 'BPF_JMP/JMP32 uses reserved fields'],
    ['8501000001000000', 'visit', 'BPF_CALL uses reserved fields'],
    ['8530000001000000', 'visit', 'BPF_CALL uses reserved fields'],
    ['8500010001000000', 'visit', 'BPF_CALL uses reserved fields'],
    ['9501000000000000', 'visit', 'BPF_EXIT uses reserved fields'],
    ['9510000000000000', 'visit', 'BPF_EXIT uses reserved fields'],
    ['9500000001000000', 'visit', 'BPF_EXIT uses reserved fields'],
    ['e500010005000000', 'visit', 'invalid may_goto imm 5'],
    ['e510010000000000', 'visit', 'invalid may_goto imm 0'],
    ['6210000000000000', 'visit', 'BPF_ST uses reserved fields'],
    ['6310000001000000', 'visit', 'BPF_STX uses reserved fields'],
    ['db10000002000000', 'visit', 'BPF_ATOMIC uses invalid atomic opcode 02'],
    ['db100000e0000000', 'visit', 'BPF_ATOMIC uses invalid atomic opcode e0'],
    ['db100000ffffffff', 'visit', 'BPF_ATOMIC uses invalid atomic opcode ffffffff'],
    ['c310000020010000', 'visit', 'BPF_ATOMIC uses invalid atomic opcode 120'],
    ['d310000000000000', 'visit', 'invalid atomic operand size'],
    ['cb100000e1000000', 'visit', 'invalid atomic operand size'],
    ['2001000000000000', 'visit', 'BPF_LD_[ABS|IND] uses reserved fields'],
    ['2010000000000000', 'visit', 'BPF_LD_[ABS|IND] uses reserved fields'],
    ['4010010000000000', 'visit', 'BPF_LD_[ABS|IND] uses reserved fields'],
    ['070b000000000000', 'visit', 'R11 is invalid'],
    ['0fc0000000000000', 'visit', 'R12 is invalid'],
    ['0fcb000000000000', 'visit', 'R12 is invalid'],
    ['1dcb000000000000', 'visit', 'R11 is invalid'],
    ['1dcb000001000000', 'visit', 'R11 is invalid'],
    ['61db000000000000', 'visit', 'R13 is invalid'],
    ['7bde000000000000', 'visit', 'R13 is invalid'],
    ['40f0000000000000', 'visit', 'R15 is invalid'],
  ] as const)('%s: at the %s: %s', (hex, phase, message) => {
    expect(decodeInstruction(fromHex(hex))).toEqual({ kind: 'rejected', phase, message });
  });

  it('may be an indirect jump or call where the caller asks for them', () => {
    const options = { withIndirect: true };
    expect(decodeInstruction(fromHex('0d03000000000000'), 0, options)).toEqual({ kind: 'jumpRegister', register: 3 });
    expect(decodeInstruction(fromHex('8d04000000000000'), 0, options)).toEqual({ kind: 'callRegister', register: 4 });
    expect(decodeInstruction(fromHex('8d04000001000000'), 0, options)).toMatchObject({
      message: 'BPF_CALL uses reserved fields',
    });
  });

  it('is not an exit with an offset, which Linux does not look at', () => {
    expect(decodeInstruction(fromHex('9500010000000000'))).toEqual({ kind: 'exit' });
  });
});

describe('the shapes of instructions', () => {
  const cases: readonly (readonly [string, Instruction])[] = [
    ['37010100fbffffff', { kind: 'alu', op: 'sdiv', width: 64, dst: 1, source: { kind: 'immediate', value: -5 } }],
    ['9c21000000000000', { kind: 'alu', op: 'mod', width: 32, dst: 1, source: { kind: 'register', register: 2 } }],
    ['bf21200000000000', { kind: 'movsx', width: 64, bits: 32, dst: 1, src: 2 }],
    ['dc05000020000000', { kind: 'byteswap', op: 'be', bits: 32, dst: 5 }],
    ['9121fcff00000000', { kind: 'load', size: 1, isSigned: true, dst: 1, base: 2, offset: -4 }],
    ['7a0af8ffffffffff', { kind: 'store', size: 8, base: 10, offset: -8, source: { kind: 'immediate', value: -1 } }],
    ['c3210400f1000000', { kind: 'atomic', op: 'cmpxchg', fetch: true, size: 4, base: 1, offset: 4, src: 2 }],
    ['d321010000010000', { kind: 'loadAcquire', size: 1, dst: 1, base: 2, offset: 1 }],
    ['db21080010010000', { kind: 'storeRelease', size: 8, base: 1, offset: 8, src: 2 }],
    [
      'c606fbfffeffffff',
      { kind: 'branch', op: 'jslt', width: 32, dst: 6, source: { kind: 'immediate', value: -2 }, offset: -5 },
    ],
    ['06000000ffff0000', { kind: 'jump', offset: 65535, isLong: true }],
    ['85100000fdffffff', { kind: 'call', target: { kind: 'function', offset: -3 } }],
    ['8520020007000000', { kind: 'call', target: { kind: 'kfunc', btfId: 7, offset: 2 } }],
    ['18260000030000000000000010000000', { kind: 'loadImmediate64', dst: 6, source: 2, low: 3, high: 16 }],
    ['4870000003000000', { kind: 'packetLoad', mode: 'indirect', size: 2, src: 7, offset: 3 }],
    ['bf21010000000100', { kind: 'addressSpaceCast', dst: 1, src: 2, toUser: true }],
  ];

  it.each(cases)('%s in both byte orders', (hex, instruction) => {
    const bytes = fromHex(hex);
    expect(decodeInstruction(bytes)).toEqual(instruction);
    expect(toHex(encodeInstruction(instruction))).toBe(hex);
    const big = encodeInstruction(instruction, 'big');
    expect(decodeInstruction(big, 0, { order: 'big' })).toEqual(instruction);
    expect(toHex(swapToLittleEndian(big))).toBe(hex);
  });
});

describe('a program', () => {
  const code = fromHex('18010000020000000000000001000000 b700000000000000 9500000000000000');

  it('is indexed by slot: the second half of a 64-bit load is empty', () => {
    const instructions = decodeProgram(code);
    expect(instructions.map(instruction => instruction?.kind)).toEqual(['loadImmediate64', undefined, 'alu', 'exit']);
    expect(encodeProgram(instructions)).toEqual(code);
  });

  it('in big endian gives the same instructions', () => {
    const big = encodeProgram(decodeProgram(code), 'big');
    expect(toHex(big.subarray(0, 8))).toBe('1810000000000002');
    expect(decodeProgram(big, { order: 'big' })).toEqual(decodeProgram(code));
    expect(swapToLittleEndian(big)).toEqual(code);
  });

  it('names the first slot that is rejected', () => {
    const broken = fromHex('b700000000000000 8f00000000000000 b700010000000000');
    expect(() => decodeProgram(broken)).toThrow('insn 1: unknown opcode 8f');
    expect(decodeSlots(broken).findings.map(({ slot, message }) => `${slot}: ${message}`)).toEqual([
      '1: unknown opcode 8f',
      '2: BPF_MOV uses reserved fields',
    ]);
  });

  it('has one finding for a malformed 64-bit load, not one for each half', () => {
    const { instructions, findings } = decodeSlots(fromHex('18700000000000000000000000000000 9500000000000000'));
    expect(findings.map(({ slot }) => slot)).toEqual([0]);
    expect(instructions[2]).toEqual({ kind: 'exit' });
  });

  it('is whole slots', () => {
    expect(() => decodeProgram(code.subarray(0, 12))).toThrow('code: 12 bytes are not whole instructions of 8 bytes');
    expect(() => decodeInstruction(code, 28)).toThrow(expect.objectContaining({ code: 'truncated' }));
    expect(() => decodeInstruction(code, -8)).toThrow(expect.objectContaining({ code: 'truncated' }));
  });

  it('is not encoded where a slot is empty or a 64-bit load has no second one', () => {
    const [load] = decodeProgram(code);
    expect(() => encodeProgram([undefined])).toThrow('insn 0: no instruction in this slot');
    expect(() => encodeProgram([load, { kind: 'exit' }])).toThrow('insn 0: no second slot');
    expect(() => encodeProgram([{ kind: 'jump', offset: 40000, isLong: false }])).toThrow(
      'offset 40000 is not between -32768 and 32767',
    );
  });
});

describe('the fields of a slot', () => {
  it('are read and changed in place, in either byte order', () => {
    for (const order of ['little', 'big'] as const) {
      const code = new Uint8Array(16);
      writeRaw(code, 1, { opcode: 0x85, dst: 3, src: 1, offset: -2, imm: -5 }, order);
      writeRaw(code, 1, { imm: 7 }, order);
      expect(readRaw(code, 1, order)).toEqual({ opcode: 0x85, dst: 3, src: 1, offset: -2, imm: 7 });
      expect(readRaw(code, 0, order)).toEqual({ opcode: 0, dst: 0, src: 0, offset: 0, imm: 0 });
    }
  });
});
