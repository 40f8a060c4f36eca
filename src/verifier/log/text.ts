// Registers and stack slots as the log of Linux 6.18 prints them: `R5=scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))`.
import { type Bounds, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX } from '../number/bounds.js';
import { U64_MAX } from '../number/tnum.js';
import { bitsText, typeName } from '../rules/names.js';
import type { KnownMap } from '../state/known-map.js';
import type { Register } from '../state/register.js';
import { byteAt, isSpill, type Slot } from '../state/stack.js';

/** A register's contents; `frame` is the frame whose register it is. */
export function registerText(register: Register, frame: number, isPrecise = false): string {
  const { kind, bounds, offset } = register;
  const { mask, value } = bounds.bits;
  if (kind === 'scalar' && mask === 0n) return `${isPrecise ? 'P' : ''}${signedText(BigInt.asIntN(64, value))}`;
  const prefix = kind === 'scalar' && isPrecise ? 'P' : '';
  if (kind === 'stack') {
    const owner = register.frame === frame ? '' : `[${register.frame}]`;
    if (mask === 0n) return `fp${owner}${signedText(BigInt.asIntN(64, value) + BigInt(offset))}`;
    return `fp${owner}(${details(register).join(',')})`;
  }
  const name = kind === 'object' ? `${typeName(register)}${register.typeName}` : typeName(register);
  return `${prefix}${name}(${details(register).join(',')})`;
}

function details(register: Register): readonly string[] {
  const { kind, id, sumWidth, offset, referenceId, map, range, memoryBytes, bounds } = register;
  const parts: string[] = [];
  if (id !== 0) parts.push(`id=${id}${sumWidth === 0 ? '' : offset < 0 ? String(offset) : `+${offset}`}`);
  if (referenceId !== 0) parts.push(`ref_obj_id=${referenceId}`);
  if (map !== undefined && (kind === 'map' || kind === 'mapValue' || kind === 'mapKey')) parts.push(mapText(map));
  if (kind !== 'scalar' && offset !== 0) parts.push(`off=${signedText(BigInt(offset))}`);
  if (register.isPacketPointer) parts.push(`r=${unsignedText(BigInt.asUintN(64, BigInt(range)))}`);
  if (kind === 'memory') parts.push(`sz=${unsignedText(BigInt(memoryBytes))}`);
  if (kind === 'dynptr') parts.push(`type=${register.typeName}`);
  const { mask, value } = bounds.bits;
  if (mask === 0n) {
    if (value !== 0n) parts.push(`imm=${signedText(BigInt.asIntN(64, value))}`);
    return parts;
  }
  parts.push(...rangeParts(bounds));
  if (mask !== U64_MAX) parts.push(`var_off=${bitsText(bounds.bits)}`);
  return parts;
}

function mapText(map: KnownMap): string {
  const name = map.spec.name === '' ? '' : `map=${map.spec.name.slice(0, 15)},`;
  return `${name}ks=${map.keyBytes},vs=${map.valueBytes}`;
}

/** Ends that say something; those with one value share it: `smin=smin32=0`. */
function rangeParts(bounds: Bounds): readonly string[] {
  const ends: [name: string, value: bigint, isOpen: boolean][] = [
    ['smin', bounds.smin, bounds.smin === S64_MIN],
    ['smax', bounds.smax, bounds.smax === S64_MAX],
    ['umin', bounds.umin, bounds.umin === 0n],
    ['umax', bounds.umax, bounds.umax === U64_MAX],
    ['smin32', BigInt(bounds.s32min), bounds.s32min === S32_MIN],
    ['smax32', BigInt(bounds.s32max), bounds.s32max === S32_MAX],
    ['umin32', BigInt(bounds.u32min), bounds.u32min === 0],
    ['umax32', BigInt(bounds.u32max), bounds.u32max === U32_MAX],
  ];
  const said = ends.map(([, , isOpen]) => isOpen);
  const parts: string[] = [];
  for (let at = 0; at < ends.length; at++) {
    if (said[at]) continue;
    const [name, value] = ends[at]!;
    let names = `${name}=`;
    for (let other = at + 2; other < ends.length; other += 2) {
      if (said[other] || !printsSame(ends[at]!, ends[other]!)) continue;
      said[other] = true;
      names += `${ends[other]![0]}=`;
    }
    parts.push(
      `${names}${name.startsWith('s') ? signedText(value, name.endsWith('32') ? 32 : 64) : unsignedText(value)}`,
    );
  }
  return parts;
}

/** Whether two ends are the same number, as the kernel compares them: a large signed 32-bit one counts by its bits. */
function printsSame(a: readonly [string, bigint, boolean], b: readonly [string, bigint, boolean]): boolean {
  const key = ([name, value]: readonly [string, bigint, boolean]) =>
    name.startsWith('s') && name.endsWith('32') && !isSmall(value) ? BigInt.asUintN(32, value) : value;
  return key(a) === key(b);
}

function isSmall(value: bigint): boolean {
  return value >= -0x8000n && value <= 0x7fffn;
}

function signedText(value: bigint, width: 32 | 64 = 64): string {
  if (isSmall(value)) return String(value);
  return `0x${BigInt.asUintN(width, value).toString(16)}`;
}

function unsignedText(value: bigint): string {
  return value <= 0xffffn ? String(value) : `0x${value.toString(16)}`;
}

const BYTE_LETTERS = '?rm0dif';

/** A stack slot: `fp-8=mmmm????`; undefined for one that nothing was written to. */
export function slotText(slot: Slot, index: number, frame: number, isPrecise = false): string | undefined {
  if (slot.bytes === 0) return undefined;
  const place = `fp-${8 * (index + 1)}`;
  const letters = Array.from({ length: 8 }, (_, at) => BYTE_LETTERS[byteAt(slot.bytes, at)]!).join('');
  if (isSpill(slot))
    return `${place}=${letters.slice(0, letters.indexOf('r'))}${registerText(slot.register, frame, isPrecise)}`;
  const { object } = slot;
  if (object?.kind === 'dynptr') {
    const { id, referenceId, type } = object;
    const ids = [`id=${id}`, ...(referenceId === 0 ? [] : [`ref_id=${referenceId}`]), `dynptr_id=${id}`];
    return object.isFirst ? `${place}=dynptr_${type}(${ids.join(',')})` : undefined;
  }
  if (object?.kind === 'iterator') {
    const { type, referenceId, state, depth } = object;
    return `${place}=iter_${type}(ref_id=${referenceId},state=${state},depth=${depth})`;
  }
  return `${place}=${letters}`;
}
