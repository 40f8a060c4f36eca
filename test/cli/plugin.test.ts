// The conformance plugin: its arguments, raw programs and ELF files, and what stops them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PluginRequest, readPluginArguments } from '../../src/cli/plugin-arguments.js';
import { runPlugin } from '../../src/cli/plugin-run.js';
import { assembleToBytes } from '../../src/isa/assemble.js';
import { toHex } from '../../src/support/bytes.js';
import { canUseBpf } from '../support/tools.js';

const DEFAULTS: PluginRequest = { program: undefined, memory: '', isElf: false, isDebug: false, engine: 'interpreter' };

describe('the arguments of the plugin', () => {
  it.each([
    [[], {}],
    [['', ''], {}],
    [['01 02  03'], { memory: '01 02  03' }],
    [['aa bb', '--debug'], { memory: 'aa bb', isDebug: true }],
    [['--program', 'b7', '0102', '--debug', '--elf'], { program: 'b7', memory: '0102', isDebug: true, isElf: true }],
    [['aa', '--debug --engine compiler'], { memory: 'aa', isDebug: true, engine: 'compiler' }],
  ] as const)('%j', (words, expected) => {
    expect(readPluginArguments(words)).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each([
    [['--nonsense'], '--nonsense: no such option'],
    [['--program'], '--program: needs a value'],
    [['--engine', 'v8'], '--engine v8: not one of interpreter, compiler, kernel'],
    [['01', '02'], '02: memory is given already'],
  ] as const)('refuses %j', (words, message) => {
    expect(() => readPluginArguments(words)).toThrow(message);
  });

  it('know --help', () => expect(readPluginArguments(['--help'])).toBe('help'));
});

const run = (text: string, options: Partial<PluginRequest> = {}) =>
  runPlugin({ ...DEFAULTS, ...options, program: toHex(assembleToBytes(text)) });

describe.each(['interpreter', 'compiler'] as const)('a raw program on the %s', engine => {
  it.each([
    ['gives all 64 bits of r0', 'r0 = 0x123456789abcdef0 ll; exit', '', 0x123456789abcdef0n],
    ['gets 0 and 0 without memory', 'r0 = r1; r0 |= r2; exit', '', 0n],
    ['gets the length of its memory', 'r0 = r2; exit', '01 02 03', 3n],
    ['gets its memory', 'r0 = *(u16 *)(r1 +1); exit', '01 02 03', 0x302n],
    [
      'writes and reads its memory',
      '*(u64 *)(r1 +8) = -2; r0 = *(u64 *)(r1 +8); exit',
      '00'.repeat(16),
      2n ** 64n - 2n,
    ],
    ['has a stack', '*(u64 *)(r10 -512) = 7; r0 = *(u64 *)(r10 -512); exit', '', 7n],
    ['calls its own functions', 'call f; r0 += 1; exit; f: r0 = 5; exit', '', 6n],
    [
      'works atomically on its memory',
      'r0 = 2; lock *(u32 *)(r1 +0) += r0; r0 = *(u32 *)(r1 +0); exit',
      '05000000',
      7n,
    ],
  ])('%s', async (_, text, memory, result) => {
    expect(await run(text, { memory, engine })).toBe(result);
  });

  it.each([
    ['reads behind its memory', 'r0 = *(u8 *)(r1 +3); exit', 'access: invalid read of 1 byte'],
    ['reads through NULL', 'r1 = 0; r0 = *(u8 *)(r1 +0); exit', 'access: invalid read of 1 byte'],
    ['runs off its end', 'r0 = 1', 'control leaves the program'],
  ])('that %s is stopped', async (_, text, message) => {
    await expect(run(text, { memory: '010203', engine })).rejects.toThrow(message);
  });
});

describe('a raw program', () => {
  it('is refused in the words of Linux where it cannot be decoded', async () => {
    const refused = runPlugin({ ...DEFAULTS, program: '8f01000000000000 9500000000000000' });
    await expect(refused).rejects.toThrow('insn 0: unknown opcode 8f');
  });

  it.each([
    ['b7', 'code: 1 bytes are not whole instructions of 8 bytes'],
    ['', 'the program is empty'],
    ['xyz', 'not hexadecimal bytes: xyz'],
  ])('is refused when its bytes are "%s"', async (program, message) => {
    await expect(runPlugin({ ...DEFAULTS, program })).rejects.toThrow(message);
  });

  it('tells its registers where asked', async () => {
    await expect(run('r5 = 77; r0 = *(u8 *)(r5 +0); exit', { isDebug: true })).rejects.toThrow('r5=0x4d');
  });
});

describe.skipIf(!canUseBpf())('a raw program on Linux (skipped without root or bpftool)', () => {
  it.each([
    ['r0 = r1; r0 |= r2; r0 += 7; exit', '', 7n],
    ['r0 = *(u16 *)(r1 +1); exit', '01 02 03', 0x302n],
  ])('%s', async (text, memory, result) => {
    expect(await run(text, { memory, engine: 'kernel' })).toBe(result);
  });

  it('is refused in its words', async () => {
    await expect(run('r0 = *(u8 *)(r1 +3); exit', { memory: '010203', engine: 'kernel' })).rejects.toThrow(
      'invalid access to packet',
    );
  });
});

describe('an ELF file', () => {
  it('runs its first program, maps and all', async () => {
    const file = readFileSync(join(import.meta.dirname, '../programs/pass-all.o'));
    expect(await runPlugin({ ...DEFAULTS, isElf: true, program: toHex(file) })).toBe(2n);
  });

  it('that is none is refused', async () => {
    await expect(runPlugin({ ...DEFAULTS, isElf: true, program: '00'.repeat(64) })).rejects.toThrow('elf');
  });
});

const BUILT = join(import.meta.dirname, '../../dist/cli/plugin.js');

describe.skipIf(!existsSync(BUILT))('the built command (skipped where dist has not been built)', () => {
  it.each([
    [['--help'], /^xdpsim-conformance-plugin \[--program HEX\]/],
    [['--program', 'b700000007000000 9500000000000000'], /^7\n$/],
  ])('answers %j', (words, answer) => {
    expect(execFileSync(process.execPath, [BUILT, ...words], { encoding: 'utf8' })).toMatch(answer);
  });
});
