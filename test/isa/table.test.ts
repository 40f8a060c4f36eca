// The table of operations against the decoder and the numbers of RFC 9669.
import { describe, expect, it } from 'vitest';
import { decodeRaw } from '../../src/isa/decode.js';
import { encodeRaw } from '../../src/isa/encode.js';
import type { RawInstruction } from '../../src/isa/raw.js';
import {
  CONFORMANCE_GROUPS,
  type ConformanceGroup,
  findOperation,
  OPERATIONS,
  type Operation,
} from '../../src/isa/table.js';

/** Field values that a row allows. */
function exampleOf({ opcode, usesDst, src, offset, imm }: Operation): RawInstruction {
  const pick = (rule: 'any' | number, example: number) => (rule === 'any' ? example : rule);
  return { opcode, dst: usesDst ? 3 : 0, src: pick(src, 4), offset: pick(offset, -8), imm: pick(imm, 5) };
}

const secondHalf: RawInstruction = { opcode: 0, dst: 0, src: 0, offset: 0, imm: 0 };
const rows = OPERATIONS.filter(operation => operation.opcode !== 0);
const named = rows.map(row => [`${row.opcode.toString(16)} ${row.description}`, row] as const);

describe('the table of operations', () => {
  it('has every row once', () => {
    const keys = OPERATIONS.map(({ opcode, src, offset, imm }) => [opcode, src, offset, imm].join());
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(named)('row %s decodes, encodes to the same fields, and is found again', (_, row) => {
    const raw = exampleOf(row);
    const decoded = decodeRaw(raw, secondHalf, { withIndirect: true });
    if (decoded.kind === 'rejected') throw new Error(decoded.message);
    expect(encodeRaw(decoded)).toEqual(raw);
    expect(findOperation(raw)).toBe(row);
  });

  it.each(named)('row %s is what the decoder accepts on Linux 6.18 exactly if it says since when', (_, row) => {
    expect(decodeRaw(exampleOf(row), secondHalf).kind === 'rejected').toBe(row.since === undefined);
  });

  it('has a row for every combination of fields that the decoder accepts', () => {
    const offsets = [0, 1, 8, 16, 32, -1];
    const immediates = [0, 1, 16, 32, 64, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1, 0x100, 0x110, 0x10000, -1];
    const differing: RawInstruction[] = [];
    for (let opcode = 0; opcode < 256; opcode++)
      for (const src of [0, 1, 2, 3, 4, 5, 6, 7])
        for (const offset of offsets)
          for (const imm of immediates) {
            const raw = { opcode, dst: 0, src, offset, imm };
            const isExitWithOffset = opcode === 0x95 && offset !== 0;
            const isAccepted = decodeRaw(raw, secondHalf).kind !== 'rejected' && !isExitWithOffset;
            const since = opcode === 0 ? undefined : findOperation(raw)?.since;
            if ((since !== undefined) !== isAccepted) differing.push(raw);
          }
    expect(differing).toEqual([]);
  });

  it('knows the conformance groups of RFC 9669 and how many rows each has of its own', () => {
    const counts: Partial<Record<ConformanceGroup, number>> = {};
    for (const { group } of OPERATIONS) if (group !== undefined) counts[group] = (counts[group] ?? 0) + 1;
    expect(counts).toEqual({
      base32: 67,
      base64: 58,
      atomic32: 10,
      atomic64: 10,
      divmul32: 10,
      divmul64: 10,
      packet: 6,
    });
    expect(Object.keys(CONFORMANCE_GROUPS).sort()).toEqual(Object.keys(counts).sort());
  });

  it.each([
    [0x04, 0, 0, 5, 'base32', 'dst = (u32)(dst + imm)'],
    [0x3f, 2, 1, 0, 'divmul64', 'dst = src != 0 ? dst s/ src : 0'],
    [0x66, 0, 4, 9, 'base32', 'if (s32)dst s> (s32)imm goto +offset'],
    [0xd4, 0, 0, 64, 'base64', 'dst = htole64(dst)'],
    [0xdb, 2, 0, 0xf1, 'atomic64', 'r0 = cmpxchg_64((u64 *)(dst + offset), r0, src)'],
    [0x18, 2, 0, 7, 'base64', 'dst = map_val(map_by_fd(imm)) + next_imm'],
    [0x50, 1, 0, 7, 'packet', 'r0 = ntoh(*(u8 *)(packet + src + imm))'],
  ])('describes %i %i %i %i as %s: %s', (opcode, src, offset, imm, group, description) => {
    expect(findOperation({ opcode, dst: 0, src, offset, imm })).toMatchObject({ group, description });
  });
});
