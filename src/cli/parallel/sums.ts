// Maps that threads added to, put together: what was there before, and all that was added.
import type { Session } from '../../engine/engine.js';
import { assert } from '../../support/errors.js';
import type { Cell, Sums } from './independence.js';

/** By entry, by CPU. */
type MapValues = readonly (readonly Uint8Array[])[];

/**
 * Adds to the maps of a session what each part added to maps with the same contents.
 * @param parts by part, by map in the order of `sums`
 */
export function joinSums(session: Session, sums: Sums, parts: readonly (readonly MapValues[])[]): void {
  for (const [at, [name, cells]] of [...sums].entries()) {
    const map = session.maps.get(name);
    assert(map !== undefined, 'a map of the object');
    for (const [entry, { key, values }] of map.entries().entries()) {
      const valuesOf = (cpu: number) => parts.map(part => part[at]![entry]![cpu]!);
      const joined = values.map((value, cpu) => withAdded(value, valuesOf(cpu), cells));
      assert(map.update(key, joined, 0) === 0, 'a map that can be written');
    }
  }
}

/** `before` plus the differences to it, number by number. */
function withAdded(before: Uint8Array, afters: readonly Uint8Array[], cells: readonly Cell[]): Uint8Array {
  const result = before.slice();
  for (const cell of cells) {
    const start = numberAt(before, cell);
    const added = afters.reduce((sum, after) => sum + numberAt(after, cell) - start, 0n);
    store(result, cell, start + added);
  }
  return result;
}

function numberAt(bytes: Uint8Array, { offset, size }: Cell): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return size === 4 ? BigInt(view.getUint32(offset, true)) : view.getBigUint64(offset, true);
}

function store(bytes: Uint8Array, { offset, size }: Cell, value: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 4) view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(offset, BigInt.asUintN(64, value), true);
}
