// Calls of kernel functions.
import { xdpKfunc } from '../../platform/kfuncs.js';
import { reject } from '../rejected.js';
import type { Walker } from '../walk/walker.js';

/** Calls a kfunc; false where it does not return. */
export function callKfunc(walker: Walker, name: string | undefined): boolean {
  const kfunc = name === undefined ? undefined : xdpKfunc(name);
  if (kfunc === undefined) reject('EACCES', `calling kernel function ${name ?? '<unknown>'} is not allowed`);
  void walker;
  return reject('EINVAL', `kernel function ${name} is not supported here yet`);
}
