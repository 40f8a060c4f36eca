// Which function runs when a program throws: the program's BTF carries the tag `exception_callback:NAME`. Linux 6.7, libbpf 1.3.
import type { Btf } from '../btf/btf.js';
import type { CodeFunction, FunctionIndex } from './functions.js';

const TAG = 'exception_callback:';

/** The callbacks, by BTF id of the function that has one. */
export function readExceptionCallbacks(
  btf: Btf | undefined,
  functions: FunctionIndex,
): ReadonlyMap<number, CodeFunction> {
  const callbacks = new Map<number, CodeFunction>();
  if (btf === undefined) return callbacks;
  const byName = new Map(functions.all.filter(fn => fn.section.name === '.text').map(fn => [fn.name, fn]));
  for (const type of btf.types()) {
    if (type.kind !== 'decl_tag' || !type.name.startsWith(TAG)) continue;
    const callback = byName.get(type.name.slice(TAG.length));
    if (callback !== undefined) callbacks.set(type.typeId, callback);
  }
  return callbacks;
}
