// The kernel's notation, printed and read back.
import { describe, expect, it } from 'vitest';
import { assembleToBytes } from '../../src/isa/assemble.js';
import { decodeInstruction, decodeProgram } from '../../src/isa/decode.js';
import { disassemble, disassembleProgram, type Symbols } from '../../src/isa/disassemble.js';
import type { Instruction } from '../../src/isa/instruction.js';
import { fromHex, toHex } from '../../src/support/bytes.js';
import { NOTATION } from './notation.js';

const names: Symbols = {
  helper: id => ({ 1: 'bpf_map_lookup_elem', 17: 'bpf_get_cgroup_classid' })[id],
  kfunc: id => (id === 7 ? 'bpf_xdp_metadata_rx_hash' : undefined),
  functionAt: slot => (slot === 12 ? 'parse' : undefined),
};

function decoded(hex: string): Instruction {
  const instruction = decodeInstruction(fromHex(hex), 0, { withIndirect: true });
  if (instruction.kind === 'rejected') throw new Error(`${hex}: ${instruction.message}`);
  return instruction;
}

describe("the verifier log's notation", () => {
  it.each(NOTATION)('%s prints as %s', (hex, text) => {
    expect(disassemble(decoded(hex), { symbols: names })).toBe(text);
  });

  it.each(NOTATION)('%s is what %s assembles to', (hex, text) => {
    expect(toHex(assembleToBytes(text))).toBe(hex);
  });

  it.each(NOTATION)('%s needs no opcode in front of %s', (hex, text) => {
    expect(toHex(assembleToBytes(text.slice(5)))).toBe(hex);
  });
});

// What the log cannot show plainly (pointers stand there instead), in the form of `bpftool prog dump xlated`.
const references: readonly (readonly [string, string])[] = [
  ['18110000050000000000000000000000', '(18) r1 = map[fd:5]'],
  ['18270000050000000000000010000000', '(18) r7 = map[fd:5][0]+16'],
  ['183100000a0000000000000000000000', '(18) r1 = btf[id:10]'],
  ['183100000a0000000000000003000000', '(18) r1 = btf[id:10]+3'],
  ['18420000210000000000000000000000', '(18) r2 = subprog[+33]'],
  ['18420000fdffffff0000000000000000', '(18) r2 = subprog[-3]'],
  ['18510000020000000000000000000000', '(18) r1 = map[idx:2]'],
  ['18610000020000000000000008000000', '(18) r1 = map[idx:2]+8'],
  ['8520000007000000', '(85) call kfunc#7'],
  ['8520010007000000', '(85) call kfunc#7@1'],
  ['0d03000000000000', '(0d) gotox r3'],
  ['8d03000000000000', '(8d) callx r3'],
];

describe('references without names', () => {
  it.each(references)('%s prints as %s', (hex, text) => expect(disassemble(decoded(hex))).toBe(text));
  it.each(references)('%s is what %s assembles to', (hex, text) => expect(toHex(assembleToBytes(text))).toBe(hex));
});

describe('names', () => {
  it('come from the caller for helpers, kernel functions and functions of the program', () => {
    const text = (hex: string, slot?: number) =>
      disassemble(decoded(hex), slot === undefined ? { symbols: names } : { symbols: names, slot });
    expect(text('8500000001000000')).toBe('(85) call bpf_map_lookup_elem#1');
    expect(text('8500000002000000')).toBe('(85) call unknown#2');
    expect(text('8520000007000000')).toBe('(85) call bpf_xdp_metadata_rx_hash#7');
    expect(text('8510000002000000', 9)).toBe('(85) call pc+2#parse');
    expect(text('8510000002000000', 3)).toBe('(85) call pc+2');
  });

  it('replace what a 64-bit immediate load loads, and know its slot', () => {
    const immediate64: NonNullable<Symbols['immediate64']> = ({ source, low }, slot) =>
      source === 1 ? `map[id:${low}] at ${slot}` : undefined;
    const code = fromHex('18110000050000000000000000000000 18010000050000000000000000000000');
    expect(disassembleProgram(decodeProgram(code), { immediate64 })).toEqual([
      '   0: (18) r1 = map[id:5] at 0',
      '   2: (18) r1 = 0x5',
    ]);
  });

  it('are read back as their number where the caller knows them', () => {
    const options = { names: { helper: (name: string) => (name === 'bpf_ktime_get_ns' ? 5 : undefined) } };
    expect(toHex(assembleToBytes('call bpf_ktime_get_ns', options))).toBe('8500000005000000');
    const kfuncs = { names: { kfunc: (name: string) => (name === 'bpf_xdp_metadata_rx_hash' ? 7 : undefined) } };
    expect(toHex(assembleToBytes('call bpf_xdp_metadata_rx_hash', kfuncs))).toBe('8520000007000000');
    expect(toHex(assembleToBytes('call bpf_xdp_metadata_rx_hash#7', kfuncs))).toBe('8520000007000000');
    expect(toHex(assembleToBytes('call bpf_xdp_metadata_rx_hash#8', kfuncs))).toBe('8500000008000000');
  });
});
