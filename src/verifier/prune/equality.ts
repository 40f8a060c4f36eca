// Whether an earlier visit of an instruction covers the present one: then nothing new can happen behind it.
import { contains, sameBounds } from '../number/bounds.js';
import { tnumContains } from '../number/tnum.js';
import { type Register, sameType, UNKNOWN_SCALAR } from '../state/register.js';
import { BYTE, byteAt, isScalarSpill, isSpill, type Slot, spillBytes } from '../state/stack.js';
import type { Frame, State } from '../state/state.js';

/**
 * How much must agree. `covers`: numbers that mattered lie within the old ranges, others are ignored. `within`: all numbers lie within the
 * old ranges (for loops whose marks may be incomplete). `exact`: nothing differs.
 */
export type Agreement = 'covers' | 'within' | 'exact';

/** Numbers that tie registers are only names: old ones are matched with new ones, one to one. */
class IdMap {
  private readonly pairs: [number, number][] = [];
  private invented = 1 << 30;

  matches(old: number, current: number): boolean {
    if ((old === 0) !== (current === 0)) return false;
    if (old === 0) return true;
    for (const [a, b] of this.pairs) {
      if (a === old) return b === current;
      if (b === current) return false;
    }
    this.pairs.push([old, current]);
    return true;
  }

  /** A number without a tie agrees with any that has one, once. */
  matchesScalars(old: number, current: number): boolean {
    return this.matches(old === 0 ? ++this.invented : old, current === 0 ? ++this.invented : current);
  }
}

/** Compares a saved state with the current one at the same instruction. `live` gives the registers (bits) still needed at a slot. */
export function statesAgree(
  old: State,
  current: State,
  live: (slot: number) => number,
  slot: number,
  how: Agreement,
): boolean {
  if (old.frames.length !== current.frames.length) return false;
  const ids = new IdMap();
  if (!referencesAgree(old, current, ids)) return false;
  for (let at = old.frames.length - 1; at >= 0; at--) {
    const [a, b] = [old.frames[at]!, current.frames[at]!];
    if (a.callSite !== b.callSite || a.subprogram !== b.subprogram) return false;
    const place = at === old.frames.length - 1 ? slot : old.frames[at + 1]!.callSite;
    if (!framesAgree(a, b, live(place), ids, how)) return false;
  }
  return true;
}

/**
 * Whether the current function's registers, those included that nothing reads again, are the very same, by their ids too. Linux sees an
 * endless loop only then: with a fresh id in each turn it goes on until there are too many instructions or branches.
 */
export function registersRepeat(old: State, current: State): boolean {
  if (old.frames.length !== current.frames.length) return false;
  const { registers } = current.frame;
  return old.frame.registers.every((register, at) => isRepeated(register, registers[at]!));
}

function isRepeated(old: Register, current: Register): boolean {
  if (old === current) return true;
  return (
    sameType(old, current) &&
    sameRegion(old, current) &&
    old.id === current.id &&
    old.sumWidth === current.sumWidth &&
    old.referenceId === current.referenceId &&
    old.range === current.range &&
    sameBounds(old.bounds, current.bounds)
  );
}

function referencesAgree(old: State, current: State, ids: IdMap): boolean {
  if (old.references.length !== current.references.length) return false;
  if (old.activeLocks !== current.activeLocks || old.activePreemption !== current.activePreemption) return false;
  if (old.activeRcu !== current.activeRcu) return false;
  return old.references.every((reference, at) => {
    const other = current.references[at]!;
    return reference.kind === other.kind && reference.owner === other.owner && ids.matches(reference.id, other.id);
  });
}

function framesAgree(old: Frame, current: Frame, live: number, ids: IdMap, how: Agreement): boolean {
  if (old.callbackDepth > current.callbackDepth) return false;
  for (let at = 0; at < 10; at++) {
    if ((live & (1 << at)) === 0) continue;
    const isPrecise = (old.preciseRegisters & (1 << at)) !== 0;
    if (!registersAgree(old.registers[at]!, current.registers[at]!, isPrecise, ids, how)) return false;
  }
  return stacksAgree(old, current, ids, how);
}

function registersAgree(old: Register, current: Register, isPrecise: boolean, ids: IdMap, how: Agreement): boolean {
  if (how === 'exact') return areExact(old, current, ids) && old.frame === current.frame;
  if (old.kind === 'uninitialised') return true;
  if (!sameType(old, current)) return false;
  switch (old.kind) {
    case 'scalar':
      return scalarsAgree(old, current, isPrecise, ids, how);
    case 'mapKey':
    case 'mapValue':
    case 'memory':
      return sameRegion(old, current) && isWithin(old, current) && sameIds(old, current, ids);
    case 'packet':
    case 'packetMeta':
      return packetsAgree(old, current, ids);
    case 'stack':
      return old.frame === current.frame && areExact(old, current, ids);
    default:
      return areExact(old, current, ids);
  }
}

function scalarsAgree(old: Register, current: Register, isPrecise: boolean, ids: IdMap, how: Agreement): boolean {
  if (!isPrecise && how === 'covers') return true;
  if (old.sumWidth !== current.sumWidth || (old.sumWidth !== 0 && old.offset !== current.offset)) return false;
  if (!ids.matchesScalars(old.id, current.id)) return false;
  return isWithin(old, current);
}

function packetsAgree(old: Register, current: Register, ids: IdMap): boolean {
  if (old.range < 0 || current.range < 0) {
    if (old.range !== current.range) return false;
  } else if (old.range > current.range) {
    return false;
  }
  return old.offset === current.offset && ids.matches(old.id, current.id) && isWithin(old, current);
}

function sameRegion(old: Register, current: Register): boolean {
  return (
    old.offset === current.offset &&
    old.map === current.map &&
    old.memoryBytes === current.memoryBytes &&
    (old.mapUid === 0) === (current.mapUid === 0)
  );
}

function isWithin(old: Register, current: Register): boolean {
  return contains(old.bounds, current.bounds) && tnumContains(old.bounds.bits, current.bounds.bits);
}

function sameIds(old: Register, current: Register, ids: IdMap): boolean {
  return ids.matches(old.id, current.id) && ids.matches(old.referenceId, current.referenceId);
}

function areExact(old: Register, current: Register, ids: IdMap): boolean {
  return (
    sameType(old, current) &&
    sameRegion(old, current) &&
    old.range === current.range &&
    old.subprogram === current.subprogram &&
    sameBounds(old.bounds, current.bounds) &&
    sameIds(old, current, ids)
  );
}

function stacksAgree(old: Frame, current: Frame, ids: IdMap, how: Agreement): boolean {
  for (let at = 0; at < old.slots.length; at++) {
    const [a, b] = [old.slots[at]!, current.slots[at]];
    if (how === 'exact' && (b === undefined || a.bytes !== b.bytes)) return false;
    if (a === b && a.register.kind === 'uninitialised' && a.object === undefined) continue;
    const isPrecise = old.preciseSlots.has(at);
    if (!slotsAgree(a, b, isPrecise, ids, how)) return false;
  }
  return true;
}

function slotsAgree(old: Slot, current: Slot | undefined, isPrecise: boolean, ids: IdMap, how: Agreement): boolean {
  const [a, b] = [asScalar(old), current === undefined ? undefined : asScalar(current)];
  if (current !== undefined && a !== undefined && b !== undefined) return registersAgree(a, b, isPrecise, ids, how);
  for (let at = 0; at < 8; at++) {
    const kind = byteAt(old.bytes, at);
    if (kind === BYTE.invalid || kind === BYTE.misc) continue;
    if (current === undefined || byteAt(current.bytes, at) !== kind) return false;
  }
  if (current === undefined || old.bytes >>> 28 <= BYTE.invalid) return true;
  if (isSpill(old)) return registersAgree(old.register, current.register, isPrecise, ids, how);
  return objectsAgree(old, current, ids);
}

/** A whole spilled number, or the unknown one that eight bytes of anything are. */
function asScalar(slot: Slot): Register | undefined {
  if (isScalarSpill(slot) && spillBytes(slot) === 8) return slot.register;
  for (let at = 0; at < 8; at++) {
    const kind = byteAt(slot.bytes, at);
    if (kind !== BYTE.misc && kind !== BYTE.invalid) return undefined;
  }
  return slot.bytes === 0 ? undefined : UNKNOWN_SCALAR;
}

function objectsAgree(old: Slot, current: Slot, ids: IdMap): boolean {
  const [a, b] = [old.object, current.object];
  if (a === undefined || b === undefined) return a === b;
  return (
    a.kind === b.kind &&
    a.type === b.type &&
    a.isFirst === b.isFirst &&
    a.state === b.state &&
    ids.matches(a.referenceId, b.referenceId)
  );
}
