// Objects that are not what they claim: a value or an InputError, and soon.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../src/btf/parse.js';
import { loadObject } from '../../src/object/load.js';
import { readTargetBtf } from '../../src/object/target-btf.js';
import { ByteWriter } from '../../src/support/bytes.js';
import { BtfWriter } from '../support/btf-writer.js';
import { type SymbolDescription, writeElf } from '../support/elf-writer.js';
import { expectValueOrInputError, truncations } from '../support/hostile.js';
import { readObject, testObjects } from '../support/system-objects.js';
import { mutate, regionsOf, seededRandom } from './mutations.js';

const ownObject = (name: string) => new Uint8Array(readFileSync(resolve(import.meta.dirname, 'objects', name)));
const load = (bytes: Uint8Array) => loadObject(bytes, { fileName: 'bad.o' });

/** `r0 = 2; exit`. */
const PASS = Uint8Array.of(0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

describe('damaged objects', () => {
  it('cut at any byte give a value or an error', () => {
    for (const part of truncations(ownObject('run-config.o'))) expectValueOrInputError(() => load(part));
  });

  for (const { name, bytes } of [...testObjects.map(readObject), { name: 'core.o', bytes: ownObject('core.o') }]) {
    it(`made from ${name} give a value or an error`, () => {
      const random = seededRandom(20);
      const regions = regionsOf(bytes);
      for (let copy = 0; copy < 25; copy++) {
        const damaged = mutate(bytes, regions, random);
        expectValueOrInputError(() => loadObject(damaged, { fileName: 'bad.o', lenient: copy % 2 === 0 }));
      }
    });
  }

  it('adapted to damaged types give a value or an error', () => {
    const target = ownObject('maps.o');
    const random = seededRandom(3);
    const regions = regionsOf(target);
    for (let copy = 0; copy < 200; copy++) {
      expectValueOrInputError(() => {
        const targetBtf = readTargetBtf(mutate(target, regions, random), 'target.o');
        return loadObject(ownObject('core.o'), { fileName: 'core.o', targetBtf });
      });
    }
  });

  it('of any sections, symbols and relocations give a value or an error', () => {
    const section = fc.record({
      name: fc.constantFrom(
        'xdp',
        '.text',
        'maps',
        '.maps',
        '.data',
        '.bss',
        '.rodata',
        '2/1',
        'tc',
        'license',
        '.BTF',
      ),
      type: fc.constantFrom(1, 8),
      flags: fc.constantFrom(2, 3, 6),
      data: fc.uint8Array({ maxLength: 96, size: 'max' }),
    });
    const symbol: fc.Arbitrary<SymbolDescription> = fc.record({
      name: fc.constantFrom('', 'a', 'b', 'LBB0_1', 'bpf_x', '\x1b[31m'),
      section: fc.constantFrom(0, 1, 2, 3, 0xfff1, 0xfff2),
      value: fc.constantFrom(0, 4, 8, 16, 24, 1000),
      sizeBytes: fc.constantFrom(0, 7, 8, 16, 32, 1000),
      type: fc.constantFrom('notype', 'object', 'func', 'section'),
      binding: fc.constantFrom('local', 'global', 'weak'),
    });
    const relocation = fc.record({
      offsetBytes: fc.constantFrom(0, 4, 8, 16, 24, 1000),
      type: fc.constantFrom(1, 2, 10),
      symbol: fc.nat({ max: 4 }),
      addend: fc.constantFrom(0, 8, -8, 1e9),
    });
    const object = fc.record({
      byteOrder: fc.constantFrom('little', 'big'),
      sections: fc.array(section, { minLength: 1, maxLength: 3 }),
      symbols: fc.array(symbol, { minLength: 1, maxLength: 4 }),
      entries: fc.array(relocation, { maxLength: 4 }),
      hasAddends: fc.boolean(),
      lenient: fc.boolean(),
    });
    fc.assert(
      fc.property(object, ({ entries, hasAddends, lenient, ...rest }) => {
        const relocations = [{ section: rest.sections[0]!.name, hasAddends, entries }];
        expectValueOrInputError(() => loadObject(writeElf({ ...rest, relocations }), { fileName: 'bad.o', lenient }));
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe('hostile objects', () => {
  it('do not let control characters into messages', () => {
    const bytes = writeElf({
      sections: [{ name: 'xdp', flags: 6, data: PASS }],
      symbols: [{ name: 'a\x1b[31m\nb', section: 'xdp', type: 'func', sizeBytes: 12 }],
    });
    expect(() => load(bytes)).toThrow("corrupted program 'a\\x1b[31m\\x0ab', offset 0, size 12");
  });

  it('do not take more memory than the file has by sections that overlap', () => {
    const bytes = writeElf({
      sections: Array.from({ length: 50 }, () => ({ name: '.data', flags: 3, data: new Uint8Array(4096) })),
      symbols: [],
    });
    const view = new DataView(bytes.buffer);
    const table = Number(view.getBigUint64(40, true));
    for (let index = 1; index <= 50; index++) {
      view.setBigUint64(table + 64 * index + 24, 64n, true);
      view.setBigUint64(table + 64 * index + 32, 180000n, true);
    }
    expect(() => load(bytes)).toThrow('bad.o: classify sections: sections of code and data: 9000000 bytes are more');
  });

  it('do not ask for a gigabyte of zeros', () => {
    const bytes = writeElf({
      sections: [{ name: '.bss', type: 8, flags: 3, sizeBytes: 0xffff_ffff }],
      symbols: [],
    });
    expect(() => load(bytes)).toThrow('sections of .bss: 4294967295 bytes are more than the 268435456');
  });

  it('do not grow without end by linking: programs that share large subprograms', () => {
    const calls = 300;
    const large = 60_000;
    const code = new ByteWriter();
    for (let at = 0; at < calls; at++) code.u32(0x1085).i32(-1).raw(PASS.subarray(8));
    const text = new ByteWriter();
    for (let at = 1; at < large; at++) text.raw(PASS.subarray(0, 8));
    text.raw(PASS.subarray(8));
    const bytes = writeElf({
      sections: [
        { name: 'xdp', flags: 6, data: code.finish() },
        { name: '.text', flags: 6, data: text.finish() },
      ],
      symbols: [
        { name: 'large', section: '.text', type: 'func', sizeBytes: 8 * large },
        ...Array.from({ length: calls }, (_, at): SymbolDescription => {
          return { name: `p${at}`, section: 'xdp', type: 'func', value: 16 * at, sizeBytes: 16 };
        }),
      ],
      relocations: [
        {
          section: 'xdp',
          entries: Array.from({ length: calls }, (_, at) => ({ offsetBytes: 16 * at, type: 10, symbol: 'large' })),
        },
      ],
    });
    expect(() => load(bytes)).toThrow('the programs of this object are too large once linked');
  });

  it('do not overflow the stack by a long chain of calls', () => {
    const length = 20_000;
    const text = new ByteWriter();
    for (let at = 0; at < length; at++) text.u32(0x1085).i32(1).raw(PASS.subarray(8));
    const symbols = Array.from({ length }, (_, at): SymbolDescription => {
      return { name: `f${at}`, section: '.text', type: 'func', value: 16 * at, sizeBytes: 16 };
    });
    const bytes = writeElf({
      sections: [{ name: '.text', flags: 6, data: text.finish().subarray(0, 16 * length - 16 + 16) }],
      symbols,
    });
    expect(() => load(bytes)).toThrow(`there is no function at slot ${2 * length}`);
  });

  it('do not keep CO-RE busy for ever by anonymous structs in each other', () => {
    const btf = new BtfWriter();
    const depth = 50;
    for (let level = 1; level <= depth; level++) {
      const typeId = level === depth ? 0 : level + 1;
      const member = { name: '', typeId, bitOffset: 0 };
      btf.struct(level === 1 ? 'net_device' : '', 8, level === depth ? [] : [member, member]);
    }
    const targetBtf = parseBtf(btf.finish(), 'hostile');
    expect(() => loadObject(ownObject('core.o'), { fileName: 'core.o', targetBtf })).toThrow(
      'the types are too entangled to be compared',
    );
  });
});
