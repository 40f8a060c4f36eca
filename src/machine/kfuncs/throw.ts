// bpf_throw: the whole program ends, and returns the cookie. Linux 6.7, kernel/bpf/helpers.c.
import { Thrown } from '../fault.js';
import { exact, type Helper, real } from '../helpers/words.js';
import { ANYTHING, type KfuncRow, kfunc } from './row.js';

const raise: Helper = (_machine, words) => {
  throw new Thrown(exact(words, 1));
};

/** By name. */
export const THROW_KFUNCS = {
  bpf_throw: kfunc([ANYTHING], real(raise, 'programs with an exception callback are refused')),
} as const satisfies Record<string, KfuncRow>;
