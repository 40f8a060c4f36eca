// Loads and stores: which memory a pointer leads to, whether the bytes asked for are in it, and what is loaded.

import type { Register as RegisterNumber } from '../../isa/instruction.js';
import { contextFieldAt } from '../../platform/context.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { constant, S64_MIN, UNKNOWN } from '../number/bounds.js';
import { signExtend, truncate } from '../number/resize.js';
import { tnumAdd, tnumConstant, tnumIsAligned } from '../number/tnum.js';
import type { MemoryAccess } from '../obligations.js';
import { Rejected, reject } from '../rejected.js';
import type { KnownMap } from '../state/known-map.js';
import { FLAG, pointer, type Register, scalar } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { accessKptr } from './kptr.js';
import { bitsText, typeName } from './names.js';
import { accessMapObject, accessObject } from './objects.js';
import { isSocketField } from './socket.js';
import { requireStackRange } from './stack-range.js';
import { readStack } from './stack-read.js';
import { writeStack } from './stack-write.js';

/** Proves the access and moves the state: a read fills its register, a write to the stack changes it. */
export function access(walker: Walker, request: MemoryAccess): void {
  const base = walker.get(request.base);
  requireAlignment(base, request.offset, request.size, request.mustAlign);
  const offset = request.offset + base.offset;
  const loaded = accessRegion(walker, request, base, offset);
  if (request.mode === 'read' && request.value !== undefined && loaded !== undefined) {
    walker.set(request.value, narrowed(loaded, request));
  }
}

/** What a read of fewer than 8 bytes leaves of the number. */
function narrowed(loaded: Register, { size, isSigned }: MemoryAccess): Register {
  if (size === 8 || loaded.kind !== 'scalar') return loaded;
  return loaded.withBounds(isSigned ? signExtend(loaded.bounds, size) : truncate(loaded.bounds, size));
}

const ALIGNED: Partial<Record<Register['kind'], string>> = {
  stack: 'stack ',
};

const LABELS: Partial<Record<Register['kind'], string>> = { context: 'context ', mapValue: 'value ', mapKey: 'key ' };

/** Stack accesses are aligned naturally, others where the instruction demands it. */
export function requireAlignment(base: Register, offset: number, size: number, mustAlign: boolean): void {
  if (size === 1 || (!mustAlign && ALIGNED[base.kind] === undefined)) return;
  // Packets are aligned for their IP header: two bytes in.
  const shift = base.isPacketPointer ? 2 : 0;
  const start = tnumAdd(base.bounds.bits, tnumConstant(BigInt.asUintN(64, BigInt(base.offset + offset + shift))));
  if (tnumIsAligned(start, size)) return;
  if (base.isPacketPointer) {
    reject(
      'EACCES',
      `misaligned packet access off 2+${bitsText(base.bounds.bits)}+${base.offset}+${offset} size ${size}`,
    );
  }
  const label = ALIGNED[base.kind] ?? (base.isNullable ? '' : (LABELS[base.kind] ?? ''));
  const place = `${bitsText(base.bounds.bits)}+${base.offset}+${offset}`;
  reject('EACCES', `misaligned ${label}access off ${place} size ${size}`);
}

function accessRegion(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register | undefined {
  switch (base.kind) {
    case 'stack':
      return accessStack(walker, request, base, offset);
    case 'context':
      return accessContext(walker, request, base, offset);
    case 'packet':
    case 'packetMeta':
      requirePacket(base, request.base, offset, request.size, false);
      return scalar(UNKNOWN);
    case 'mapValue':
      if (base.isNullable) break;
      return accessMapValue(walker, request, base, offset);
    case 'mapKey':
      if (request.mode === 'write') reject('EACCES', `write to change key R${request.base} not allowed`, request.base);
      requireRegion(base, request.base, offset, request.size, base.map!.keyBytes, false);
      return scalar(UNKNOWN);
    case 'memory':
      return accessMemory(request, base, offset);
    case 'socket':
    case 'socketCommon':
    case 'xdpSocket':
      if (base.isNullable) break;
      return accessSocket(request, base, offset);
    case 'object':
      if (base.isNullable) break;
      return accessObject(walker, request, base, offset);
    case 'map':
      return accessMapObject(walker, request, base, offset);
    default:
  }
  return reject('EACCES', `R${request.base} invalid mem access '${typeName(base)}'`, request.base);
}

function accessStack(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register | undefined {
  requireStackRange(walker, base, request.base, offset, request.size, request.mode);
  if (request.mode === 'read') return readStack(walker, request, base, offset);
  writeStack(walker, request, base, offset);
  return undefined;
}

function accessContext(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register {
  requireFixedOffset(base, request.base, false);
  const { size, isSigned, mode } = request;
  const { attachPoint } = walker.prepared.spec;
  const field =
    mode === 'write' ? undefined : contextFieldAt({ offsetBytes: offset, sizeBytes: size, isSigned, attachPoint });
  if (field === undefined) {
    return reject('EACCES', `invalid bpf_context access off=${offset} size=${size}`, request.base);
  }
  return field.value === 'scalar' ? scalar(UNKNOWN) : pointer(field.value);
}

/** A pointer that must be used as it was given: no variable offset, and no fixed one unless `mayHaveOffset`. */
export function requireFixedOffset(base: Register, register: RegisterNumber, mayHaveOffset: boolean): void {
  const name = typeName(base);
  if (base.offset < 0) {
    reject('EACCES', `negative offset ${name} ptr R${register} off=${base.offset} disallowed`, register);
  }
  if (!mayHaveOffset && base.offset !== 0) {
    reject('EACCES', `dereference of modified ${name} ptr R${register} off=${base.offset} disallowed`, register);
  }
  const { bits } = base.bounds;
  if (bits.mask === 0n && bits.value === 0n) return;
  reject('EACCES', `variable ${name} access var_off=${bitsText(bits)} disallowed`, register);
}

const NEGATIVE = 'min value is negative, either use unsigned index or do a if (index >=0) check.';

/** Bytes at `offset` behind the pointer were proved to lie in the packet. */
export function requirePacket(
  base: Register,
  register: RegisterNumber,
  offset: number,
  size: number,
  mayBeEmpty: boolean,
): void {
  if (base.bounds.smin < 0n) reject('EACCES', `R${register} ${NEGATIVE}`, register);
  const line = `R${register} offset is outside of the packet`;
  if (base.range < 0) throw new Rejected('EINVAL', [line], { register });
  const wrong = regionProblem(base, register, offset, size, base.range, mayBeEmpty);
  if (wrong !== undefined) throw new Rejected('EACCES', [wrong, line], { register });
}

/** The kernel's line where `size` bytes at `offset` are not in a region of `limit` bytes. */
function regionProblem(
  base: Register,
  register: RegisterNumber,
  offset: number,
  size: number,
  limit: number,
  mayBeEmpty: boolean,
): string | undefined {
  const sizeFits = size > 0 || (size === 0 && mayBeEmpty);
  if (offset >= 0 && sizeFits && offset + size <= limit) return undefined;
  switch (base.kind) {
    case 'mapKey':
      return `invalid access to map key, key_size=${limit} off=${offset} size=${size}`;
    case 'mapValue':
      return `invalid access to map value, value_size=${limit} off=${offset} size=${size}`;
    case 'packet':
    case 'packetMeta':
      return `invalid access to packet, off=${offset} size=${size}, R${register}(id=${base.id},off=${offset},r=${limit})`;
    default:
      return `invalid access to memory, mem_size=${limit} off=${offset} size=${size}`;
  }
}

/** Bytes at `offset` plus anything the variable part may be lie in a region of `limit` bytes. */
export function requireRegion(
  base: Register,
  register: RegisterNumber,
  offset: number,
  size: number,
  limit: number,
  mayBeEmpty: boolean,
): void {
  const { smin, umax } = base.bounds;
  const lowest = smin + BigInt(offset);
  if (smin < 0n && (smin === S64_MIN || lowest !== BigInt.asIntN(32, lowest) || lowest < 0n)) {
    reject('EACCES', `R${register} ${NEGATIVE}`, register);
  }
  const low = regionProblem(base, register, Number(BigInt.asIntN(32, lowest)), size, limit, mayBeEmpty);
  if (low !== undefined) {
    throw new Rejected('EACCES', [low, `R${register} min value is outside of the allowed memory range`], { register });
  }
  if (umax >= BigInt(VERIFIER_LIMIT.MAX_VARIABLE_OFFSET)) {
    const line = `R${register} unbounded memory access, make sure to bounds check any such access`;
    reject('EACCES', line, register);
  }
  const high = regionProblem(base, register, Number(umax) + offset, size, limit, mayBeEmpty);
  if (high === undefined) return;
  throw new Rejected('EACCES', [high, `R${register} max value is outside of the allowed memory range`], { register });
}

/** Whether the program may read or write the map's values at all. */
export function requireMapAccess(map: KnownMap, offset: number, size: number, mode: 'read' | 'write'): void {
  const place = `value_size=${map.valueBytes} off=${offset} size=${size}`;
  if (mode === 'write' && !map.canWrite) reject('EACCES', `write into map forbidden, ${place}`);
  if (mode === 'read' && !map.canRead) reject('EACCES', `read from map forbidden, ${place}`);
}

/** As requireRegion for a map value, whose special fields are not to be touched. */
export function requireMapValue(
  base: Register,
  register: RegisterNumber,
  offset: number,
  size: number,
  mayBeEmpty: boolean,
  isHelper: boolean,
): void {
  const map = base.map!;
  requireRegion(base, register, offset, size, map.valueBytes, mayBeEmpty);
  const from = Number(base.bounds.smin) + offset;
  const to = Number(base.bounds.umax) + offset + size;
  for (const field of map.fields) {
    if (from < field.offset + field.sizeBytes && field.offset < to) {
      requireFieldAccess(base, field, offset, size, isHelper);
    }
  }
}

function requireFieldAccess(
  base: Register,
  { name, offset: place }: KnownMap['fields'][number],
  offset: number,
  size: number,
  isHelper: boolean,
): void {
  if (!name.endsWith('ptr')) reject('EACCES', `${name} cannot be accessed directly by load/store`);
  if (isHelper) reject('EACCES', `${name} cannot be accessed indirectly by helper`);
  if (base.bounds.bits.mask !== 0n) reject('EACCES', `${name} access cannot have variable offset`);
  const at = offset + Number(BigInt.asIntN(64, base.bounds.bits.value));
  if (place !== at) reject('EACCES', `${name} access misaligned expected=${place} off=${at}`);
  if (size !== 8) reject('EACCES', `${name} access size must be BPF_DW`);
}

function accessMapValue(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register {
  const map = base.map!;
  requireMapAccess(map, offset, request.size, request.mode);
  requireMapValue(base, request.base, offset, request.size, false, false);
  const { bits } = base.bounds;
  const field = map.fields.find(item => item.offset === offset + Number(BigInt.asIntN(64, bits.value)));
  if (field !== undefined && bits.mask === 0n) return accessKptr(walker, request, field) ?? scalar(UNKNOWN);
  if (map.constants === undefined || bits.mask !== 0n) return scalar(UNKNOWN);
  return scalar(constant(constantAt(map.constants, offset + Number(bits.value), request)));
}

/** The number in a frozen map; bytes beyond the contents are 0. */
function constantAt(contents: Uint8Array, offset: number, { size, isSigned }: MemoryAccess): bigint {
  let value = 0n;
  for (let at = size - 1; at >= 0; at--) value = (value << 8n) | BigInt(contents[offset + at] ?? 0);
  return isSigned ? BigInt.asIntN(8 * size, value) : value;
}

function accessMemory(request: MemoryAccess, base: Register, offset: number): Register | undefined {
  if (base.isNullable) {
    return reject('EACCES', `R${request.base} invalid mem access '${typeName(base)}'`, request.base);
  }
  const isReadOnly = (base.flags & FLAG.readOnly) !== 0;
  if (request.mode === 'write' && isReadOnly) {
    return reject('EACCES', `R${request.base} cannot write into ${typeName(base)}`, request.base);
  }
  // Reads of untrusted memory are guarded by the kernel while they run.
  const isGuarded = isReadOnly && (base.flags & FLAG.untrusted) !== 0;
  if (!isGuarded) requireRegion(base, request.base, offset, request.size, base.memoryBytes, false);
  return scalar(UNKNOWN);
}

function accessSocket({ base: register, mode, size }: MemoryAccess, base: Register, offset: number): Register {
  if (mode === 'write') reject('EACCES', `R${register} cannot write into ${typeName(base)}`, register);
  if (base.bounds.smin < 0n) reject('EACCES', `R${register} ${NEGATIVE}`, register);
  if (!isSocketField(base.kind, offset, size)) {
    reject('EACCES', `R${register} invalid ${typeName(base)} access off=${offset} size=${size}`, register);
  }
  return scalar(UNKNOWN);
}
