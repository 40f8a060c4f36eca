// Which name somebody may have meant.
import { expect, it } from 'vitest';
import { nearestName } from '../../src/support/nearest.js';

const NAMES = ['maximumMtuBytes', 'headroomBytes', 'features', 'metadataKfuncs'];

it.each([
  ['maximumMtu', 'maximumMtuBytes'],
  ['MaximumMTUBytes', 'maximumMtuBytes'],
  ['feature', 'features'],
  ['fetures', 'features'],
  ['colour', undefined],
  ['', undefined],
])('%s: %s', (word, meant) => expect(nearestName(word, NAMES)).toBe(meant));

it('tells of no name where there are none', () => expect(nearestName('x', [])).toBeUndefined());
