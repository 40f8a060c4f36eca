// The notation of cases: what is read, what is printed, what is refused; and their objects as files.
import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { loadObject } from '../../src/object/load.js';
import { parseCases, printCase } from '../../src/report/conformance/notation.js';
import { writeObjectFile } from '../../src/report/conformance/object-file.js';
import { objectOfCase } from '../../src/report/conformance/program.js';
import { differencesFromCase, runCase } from '../../src/report/conformance/run.js';
import { InputError } from '../../src/support/errors.js';
import { allCases } from '../support/cases.js';

const TAIL_CALL = `// == a tail call, with all that a case can say
// packet 01 02 03
// packet 04 05 06
// map jumps: prog_array key 4 value 4 entries 2
// map jumps[01000000] = program second
// map counts: hash key 8 value 8 entries 4 flags 1
// map counts[0100000000000000] = 0500000000000000
r2 = map[jumps]; r3 = 1; call tail_call#12
r0 = 1
exit
// program second
*(u64 *)(r10 -8) = 1; r2 = r10; r2 += -8; r1 = map[counts]; call map_delete_elem#3
r0 = 0x123456789 ll
exit
// -> r0 = 0x123456789
// -> packet 040506
// -> map counts[0100000000000000] = absent
`;

const parse = (text: string) => parseCases(text, 'test.case');

describe('a case', () => {
  it('runs the last frame in maps that earlier frames left, and gives all 64 bits through a tail call', () => {
    const [item] = parse(TAIL_CALL);
    expect(differencesFromCase(item!, runCase(createInterpreter(), item!))).toEqual([]);
  });

  it('is printed as it was read', () => {
    const [item] = parse(TAIL_CALL);
    expect(parse(printCase(item!))).toEqual([item]);
  });

  it('of the suite is printed as it was read, whatever it is', () => {
    for (const item of allCases()) {
      const [again] = parseCases(printCase(item), item.file);
      expect({ ...again, text: again!.text.trim() }).toEqual({ ...item, text: again!.text.trim() });
    }
  });

  it.each([
    ['a wrong result', 'r0 = 2; exit\n// -> r0 = 1', ['r0 = 0x2']],
    ['a wrong upper half', 'r0 = -1; exit\n// -> r0 = 0xffffffff', ['r0 = 0xffffffffffffffff']],
    [
      'a trap',
      'r1 = 0; r0 = *(u8 *)(r1 +0); exit\n// -> r0 = 1',
      [expect.stringMatching(/^trap access: .* at slot 3$/)],
    ],
    ['no trap', 'r0 = 2; exit\n// -> trap access: x', ['no trap']],
    ['a wrong packet', 'r0 = 2; exit\n// -> r0 = 2\n// -> packet 01', [expect.stringMatching(/^packet 0000/)]],
    [
      'a wrong entry',
      '// map m: array key 4 value 1 entries 1\nr1 = map[m]; r0 = 2; exit\n// -> r0 = 2\n// -> map m[00000000] = 05',
      ['map m[00000000] = 00'],
    ],
  ])('tells %s', (_, text, differences) => {
    const [item] = parse(`// == x\n${text}\n`);
    expect(differencesFromCase(item!, runCase(createInterpreter(), item!))).toEqual(differences);
  });

  it.each([
    ['no expectation', 'r0 = 1; exit', 'test.case: x: no expectation'],
    ['an unknown map type', '// map m: hush key 4 value 1 entries 1', 'test.case: x: no map type hush'],
    ['an entry of no map', '// map m[00] = 00', 'test.case: x: no map m'],
    ['a directive with a mistake', '// -> r0 1', 'test.case: x: cannot read "// -> r0 1"'],
  ])('is refused with %s', (_, text, message) => {
    expect(() => parse(`// == x\n${text}\n`)).toThrow(new InputError('case', message));
  });

  it('is refused where its text names a map that is not there', () => {
    const [item] = parse('// == x\nr1 = map[m]; exit\n// -> r0 = 1\n');
    expect(() => objectOfCase(item!)).toThrow('no map m');
  });
});

describe('the file of a case', () => {
  it('loads as the same programs and maps', () => {
    const [item] = parse(`// == x
// map counts: hash key 8 value 8 entries 4 flags 1
r1 = map[counts]; call double; exit
double: r0 = 2; exit
// -> r0 = 2
`);
    const object = objectOfCase(item!);
    const loaded = loadObject(writeObjectFile(object), { fileName: 'case' });
    expect(loaded.programs.map(({ name }) => name).sort()).toEqual(['high', 'low']);
    expect(loaded.maps).toMatchObject([
      { name: 'counts', type: 1, keySizeBytes: 8, valueSizeBytes: 8, maxEntries: 4, flags: 1 },
    ]);
    expect(loaded.warnings).toEqual([]);
    const low = loaded.programs.find(({ name }) => name === 'low')!;
    expect(low.code.byteLength).toBe(object.programs[0]!.code.byteLength);
    expect([...low.references.values()]).toEqual([{ kind: 'map', map: 'counts' }]);
    expect(low.functions.length).toBe(3);
  });

  it.each([
    ['r1 = map[m]+0', 'the address of the value of a map but case.data'],
    ['r1 = map[idx:m]+0', 'the address of the value of a map but case.data'],
    ['call kfunc[no_such_function]', 'the prototype of no_such_function'],
    ['call kfunc#5', 'a kernel function without its name'],
  ])('cannot say %s', (text, what) => {
    const [item] = parse(`// == x\n// map m: array key 4 value 1 entries 1\n${text}; r0 = 1; exit\n// -> r0 = 1\n`);
    const writing = () => writeObjectFile(objectOfCase(item!));
    expect(writing).toThrow(new InputError('object-file', `an object file cannot say ${what}`));
  });

  it('declares kernel functions as it uses them', () => {
    const [item] = parse('// == x\nr6 = ksym[bpf_rcu_read_lock]; call kfunc[bpf_rcu_read_lock]; exit\n// -> r0 = 1\n');
    const loaded = loadObject(writeObjectFile(objectOfCase(item!)), { fileName: 'case' });
    expect([...loaded.programs[0]!.references.values()]).toEqual([
      { kind: 'ksym', name: 'bpf_rcu_read_lock', isWeak: false, isTyped: true },
      { kind: 'kfunc', name: 'bpf_rcu_read_lock', isWeak: false },
    ]);
  });
});
