// How often a source line ran.
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.js';
import { executionsOf } from '../../src/report/covered/places.js';

describe('executions of a line that stands in several places', () => {
  const code = (text: string) => assemble(text);

  it('add up where a packet comes to one place or the other', () => {
    const either = code('if r1 == 0 goto other\nr2 = 1\ngoto end\nother:\nr2 = 2\nend:\nr0 = 2\nexit');
    expect(
      executionsOf(
        [1, 3].map(slot => ({ slot, end: slot + 1, count: 10 * slot })),
        either,
      ),
    ).toBe(40);
  });

  it('are those of the most executed place where one follows the other', () => {
    const both = code('r2 = 1\nr3 = 1\nif r1 == 0 goto end\nr2 = 2\nend:\nr0 = 2\nexit');
    expect(
      executionsOf(
        [
          { slot: 0, end: 1, count: 10 },
          { slot: 3, end: 4, count: 4 },
        ],
        both,
      ),
    ).toBe(10);
  });

  it('are those of the most executed place in a loop, and none where nothing ran', () => {
    const loop = code('r1 = 5\nstart:\nr2 = 1\nr3 = 2\nr1 += -1\nif r1 != 0 goto start\nr0 = 2\nexit');
    const places = [1, 3].map(slot => ({ slot, end: slot + 1, count: 50 }));
    expect(executionsOf(places, loop)).toBe(50);
    expect(executionsOf([{ slot: 1, end: 2, count: 0 }], loop)).toBe(0);
    expect(executionsOf([], loop)).toBe(0);
  });
});
