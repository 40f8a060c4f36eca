// Ranges in listings: those of every path, not only of the paths that a walk which prunes takes.
import { describe, expect, it } from 'vitest';
import { assembleToBytes } from '../../src/isa/assemble.js';
import { registerRanges } from '../../src/report/ranges.js';
import { programOf, RANDOM_OBJECT } from '../support/verifier-programs.js';

const rangesOf = (text: string) => registerRanges(RANDOM_OBJECT, programOf(assembleToBytes(text)));

describe('ranges of registers', () => {
  it('shows both numbers where a walk that prunes sees one: nothing relies on r2', () => {
    const text =
      'r3 = *(u32 *)(r1 +12); r4 = *(u32 *)(r1 +16); r2 = 1; if r3 == 7 goto l; r2 = 2; l: if r4 == 8 goto m; r5 = 0; m: r0 = r2; r0 = 0; exit';
    expect(rangesOf(text).get(7)).toBe('R2=2 | R2=1');
  });

  it('falls back to a walk that prunes where every path is too much', () => {
    const text = 'r6 = 0; l: r6 += 1; r3 = *(u32 *)(r1 +12); if r3 == 7 goto m; m: if r6 < 60 goto l; r0 = 0; exit';
    expect(rangesOf(text).get(1)).toContain('R6=0 | R6=1');
  });

  it('leaves out what no path reaches', () => {
    expect([...rangesOf('r0 = 1; if r0 == 1 goto l; r0 = 5; l: exit').keys()]).not.toContain(2);
  });
});
