// What holds for every instruction and for any bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.js';
import { decodeInstruction, decodeSlots } from '../../src/isa/decode.js';
import { disassemble, disassembleProgram } from '../../src/isa/disassemble.js';
import { encodeInstruction, encodeProgram } from '../../src/isa/encode.js';
import { swapToLittleEndian } from '../../src/isa/raw.js';
import { OPERATIONS } from '../../src/isa/table.js';
import { toHex } from '../../src/support/bytes.js';
import { expectValueOrInputError } from '../support/hostile.js';

const withIndirect = true;
const register = fc.integer({ min: 0, max: 10 });
const offset = fc.integer({ min: -0x8000, max: 0x7fff });
const imm = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000));

/** A slot that a row of the table allows, and a second one behind it. */
const encoded = fc.constantFrom(...OPERATIONS.filter(({ opcode }) => opcode !== 0)).chain(row =>
  fc.record({ dst: register, src: register, offset, imm, high: imm }).map(fields => {
    const field = (rule: 'any' | number, value: number) => (rule === 'any' ? value : rule);
    const isPair = row.opcode === 0x18;
    const view = new DataView(new ArrayBuffer(isPair ? 16 : 8));
    view.setUint8(0, row.opcode);
    view.setUint8(1, (field(row.src, fields.src) << 4) | (row.usesDst ? fields.dst : 0));
    view.setInt16(2, field(row.offset, fields.offset), true);
    view.setInt32(4, field(row.imm, fields.imm), true);
    if (isPair) view.setInt32(12, row.src === 1 || row.src === 5 ? 0 : fields.high, true);
    return new Uint8Array(view.buffer);
  }),
);

function decoded(bytes: Uint8Array) {
  const instruction = decodeInstruction(bytes, 0, { withIndirect });
  if (instruction.kind === 'rejected') throw new Error(`${toHex(bytes)}: ${instruction.message}`);
  return instruction;
}

describe('every instruction', () => {
  it('encodes to the bytes it came from', () => {
    const property = fc.property(encoded, bytes => {
      expect(toHex(encodeInstruction(decoded(bytes)))).toBe(toHex(bytes));
    });
    fc.assert(property);
  });

  it('is the same through big endian', () => {
    const property = fc.property(encoded, bytes => {
      const big = encodeInstruction(decoded(bytes), 'big');
      expect(decodeInstruction(big, 0, { order: 'big', withIndirect })).toEqual(decoded(bytes));
      expect(toHex(swapToLittleEndian(big))).toBe(toHex(bytes));
    });
    fc.assert(property);
  });

  it('assembles from what it disassembles to, with the opcode in front and without', () => {
    const property = fc.property(encoded, bytes => {
      const instruction = decoded(bytes);
      expect(assemble(disassemble(instruction))[0]).toEqual(instruction);
      expect(assemble(disassemble(instruction, { withoutOpcode: true }))[0]).toEqual(instruction);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('keeps its slot in a program that is listed and read back', () => {
    const programs = fc.array(encoded, { maxLength: 20 }).map(parts => {
      const code = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
      let at = 0;
      for (const part of parts) {
        code.set(part, at);
        at += part.byteLength;
      }
      return code;
    });
    const property = fc.property(programs, code => {
      const { instructions, findings } = decodeSlots(code, { withIndirect });
      expect(findings).toEqual([]);
      expect(assemble(disassembleProgram(instructions).join('\n'))).toEqual(instructions);
      expect(toHex(encodeProgram(instructions))).toBe(toHex(code));
    });
    fc.assert(property);
  });
});

describe('any bytes', () => {
  const slots = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...OPERATIONS.map(({ opcode }) => opcode))),
    fc.uint8Array({ minLength: 15, maxLength: 15 }),
    fc.boolean(),
  );
  const bytesOf = ([opcode, rest, isSparse]: readonly [number, Uint8Array, boolean]) =>
    Uint8Array.from([opcode, ...rest.map((byte, at) => (isSparse && at % 3 !== 0 ? 0 : byte))]);

  it('are an instruction or a rejection of one line, and what is accepted encodes to the same bytes', () => {
    const property = fc.property(slots.map(bytesOf), bytes => {
      const result = decodeInstruction(bytes, 0, { withIndirect });
      if (result.kind === 'rejected') expect(result.message).toMatch(/^[^\n]+$/);
      else {
        const again = encodeInstruction(result);
        // The one field that Linux does not look at.
        if (result.kind === 'exit') again.set(bytes.subarray(2, 4), 2);
        expect(toHex(again)).toBe(toHex(bytes.subarray(0, again.byteLength)));
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('as a program are instructions and findings, or an InputError for their length', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), code => expectValueOrInputError(() => decodeSlots(code))));
  });
});

describe('any text', () => {
  const word = fc.constantFrom(
    ...[
      'r1',
      'w2',
      'r11',
      '=',
      '+=',
      's/=',
      '0x10',
      '-7',
      '*(u32 *)',
      '(r1 +4)',
      '(r1 -8)',
      'goto',
      'if',
      '==',
      'pc+1',
    ],
    ...['call', 'pc-1', '#7', 'lock', 'exit', ';', '\n', 'x:', '//', '(b7)', 'map[fd:3]', 'll', 'subprog[+1]', '3:'],
  );

  it('is a program or an InputError of one line', () => {
    const texts = fc.array(word, { maxLength: 12 }).map(words => words.join(' '));
    fc.assert(
      fc.property(texts, text => expectValueOrInputError(() => assemble(text))),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.string(), text => expectValueOrInputError(() => assemble(text))));
  });
});
