// Calls of helpers: whether the program may call it, whether the arguments fit, and what is known afterwards.

import { helperName } from '../../platform/helper-names.js';
import type { CallbackArgument } from '../../platform/helper-types.js';
import { type XdpHelper, xdpHelper } from '../../platform/helpers.js';
import { mapType } from '../../platform/map-types.js';
import { Draft, S32_MAX, UNKNOWN } from '../number/bounds.js';
import { settle } from '../number/deduce.js';
import { markPrecise } from '../prune/precision.js';
import { reject } from '../rejected.js';
import { FLAG, pointer, type Register, scalar, UNINITIALISED, UNKNOWN_SCALAR } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { isUnderRcu } from './allocated.js';
import { createDynptr, endDynptr } from './dynptr.js';
import { pushCallback } from './functions.js';
import { type CallFacts, proveArguments } from './helper-arguments.js';
import { exchanged } from './kptr.js';
import { access } from './memory.js';
import { acquire, forgetPacketPointers, release, releaseQuietly, requireNothingHeld } from './references.js';

/** Calls helper `id`. */
export function callHelper(walker: Walker, id: number): void {
  const helper = requireHelper(walker, id);
  const facts = proveArguments(walker, helper);
  requireMapWritable(facts);
  if (helper.name === 'tail_call') provePositionInArray(walker, facts);
  fillMemory(walker, facts);
  giveBack(walker, facts);
  beforeResult(walker, facts);
  const { registers } = walker.frame;
  const results = resultOf(walker, facts);
  walker.forgetCallerSaved(registers);
  registers[0] = results;
  requireMapTakesHelper(facts);
  // A tail call that returns has not touched the packet.
  if (helper.changesPacketData && helper.name !== 'tail_call') forgetPacketPointers(walker);
}

function requireHelper(walker: Walker, id: number): XdpHelper {
  const helper = xdpHelper(id);
  if (helper === undefined) {
    const name = helperName(id);
    if (name === undefined && id !== 0) reject('EINVAL', `invalid func unknown#${id}`);
    reject('EINVAL', `program of this type cannot use helper bpf_${name ?? 'unspec'}#${id}`);
  }
  if (!walker.prepared.isGpl && helper.gplOnly) {
    reject('EINVAL', 'cannot call GPL-restricted function from non-GPL compatible program');
  }
  if (helper.mightSleep) reject('EINVAL', 'helper call might sleep in a non-sleepable prog');
  return helper;
}

const CHANGES_MAP: ReadonlySet<string> = new Set([
  'map_update_elem',
  'map_delete_elem',
  'map_push_elem',
  'map_pop_elem',
]);
const PROGRAM_ARRAY = 3;

function requireMapWritable({ helper, map }: CallFacts): void {
  if (map?.canWrite === false && CHANGES_MAP.has(helper.name)) reject('EACCES', 'write into map forbidden');
}

/** The index of a tail call is exact where it is a constant in range. */
function provePositionInArray(walker: Walker, { map }: CallFacts): void {
  const index = walker.get(3);
  if (map?.type !== PROGRAM_ARRAY) return reject('EINVAL', 'expected prog array map for tail call');
  if (index.constant === undefined || index.constant >= BigInt(map.maxEntries)) return;
  markPrecise(walker, 3);
}

function fillMemory(walker: Walker, { filled }: CallFacts): void {
  if (filled === undefined) return;
  for (let at = 0; at < filled.bytes; at++) {
    access(walker, {
      kind: 'access',
      mode: 'write',
      base: filled.register,
      offset: at,
      size: 1,
      value: undefined,
      constant: undefined,
      isSigned: false,
      mustAlign: false,
    });
  }
}

function giveBack(walker: Walker, facts: CallFacts): void {
  const { released, helper, referenceId } = facts;
  if (released === undefined) return;
  const register = walker.get(released);
  if (facts.dynptr !== undefined && register.kind === 'stack') {
    const { referenceId: id } = facts.dynptr;
    release(walker, id);
    endDynptr(walker, register);
    return;
  }
  if (facts.kptr?.isPerCpu === true && referenceId !== 0 && isUnderRcu(walker))
    return keepUnderRcu(walker, referenceId);
  if (referenceId !== 0 ? release(walker, referenceId) : register.isNull) return;
  reject('EINVAL', `func bpf_${helper.name}#${helper.id} reference has not been acquired before`);
}

/** A per-CPU object that was given to a map may still be read until the RCU section ends. */
function keepUnderRcu(walker: Walker, referenceId: number): void {
  releaseQuietly(walker.state, referenceId);
  walker.state.changeAll(register => {
    if (register.referenceId !== referenceId) return register;
    if ((register.flags & FLAG.perCpu) === 0) return UNKNOWN_SCALAR;
    return register.with({ referenceId: 0, flags: (register.flags & ~FLAG.allocated) | FLAG.rcu });
  });
}

/** What single helpers ask for, or do, beyond their prototypes. */
function beforeResult(walker: Walker, facts: CallFacts): void {
  const { helper } = facts;
  switch (helper.name) {
    case 'tail_call':
      return requireNothingHeld(walker, 'tail_call', true);
    case 'loop':
      return enterLoop(walker, facts);
    case 'for_each_map_elem':
      requireForEach(facts);
      return enterCallback(walker, facts);
    case 'timer_set_callback':
    case 'user_ringbuf_drain':
    case 'find_vma':
      return enterCallback(walker, facts);
    case 'dynptr_from_mem':
      if (walker.get(1).kind !== 'mapValue') {
        reject('EACCES', 'Unsupported reg type fp for bpf_dynptr_from_mem data', 1);
      }
      return makeDynptr(walker, facts, 0);
    case 'ringbuf_reserve_dynptr':
      return makeDynptr(walker, facts, 'new');
    case 'snprintf':
      return requireFormat(walker, 3, 5);
    default:
  }
}

/** One conversion of a format, as the kernel takes them from programs; flags and a width may stand before it. */
const CONVERSION = /%[0+\- ]*(?:[1-9][0-9]*)?(?:p(?:[BKxsS]|[ku]s|[iI][46]|(?![\w\x80-\uffff]))|[sc]|l{0,2}[diuxX])/y;
const MAX_FORMAT_ARGUMENTS = 12;

/** The format in register `at` has no more conversions than the array, whose size is in register `sizeAt`, has words. */
function requireFormat(walker: Walker, at: number, sizeAt: number): void {
  const size = walker.get(sizeAt).constant;
  if (size === undefined || size % 8n !== 0n) reject('EINVAL', 'data_len is not a multiple of 8', sizeAt);
  const { map, offset, bounds } = walker.get(at);
  const contents = map?.constants?.subarray(offset + Number(bounds.bits.value)) ?? new Uint8Array();
  const end = contents.indexOf(0);
  const text = String.fromCharCode(...contents.subarray(0, end < 0 ? contents.length : end));
  const words = Number(size / 8n);
  if (words <= MAX_FORMAT_ARGUMENTS && conversionsOf(text) <= words) return;
  reject('EINVAL', 'Invalid format string', at);
}

/** Conversions in a format; infinitely many where it is none. */
function conversionsOf(format: string): number {
  let count = 0;
  for (let at = 0; at < format.length; at++) {
    if (!/[\t-\r -~\x80-\xff]/.test(format[at]!)) return Number.POSITIVE_INFINITY;
    if (format[at] !== '%') continue;
    if (format[at + 1] === '%') {
      at++;
      continue;
    }
    CONVERSION.lastIndex = at;
    if (!CONVERSION.test(format)) return Number.POSITIVE_INFINITY;
    count++;
    at = CONVERSION.lastIndex - 1;
  }
  return count;
}

function requireForEach({ map }: CallFacts): void {
  const takes: readonly string[] = map === undefined ? [] : (mapType(map.type)?.helpers ?? []);
  if (!takes.includes('for_each_map_elem')) reject('ENOTSUPP', 'callback function not allowed for map');
}

function makeDynptr(walker: Walker, { createsDynptr }: CallFacts, owner: number | 'new'): void {
  if (createsDynptr === undefined) return;
  createDynptr(walker, walker.get(createsDynptr.register), createsDynptr.type, owner);
}

function enterLoop(walker: Walker, facts: CallFacts): void {
  if (walker.get(1).kind !== 'scalar') reject('EFAULT', 'verifier bug: backtracking misuse', 1);
  markPrecise(walker, 1);
  if (BigInt(walker.frame.callbackDepth) < walker.get(1).bounds.umax) enterCallback(walker, facts);
  else walker.frame.callbackDepth = 0;
}

function enterCallback(walker: Walker, facts: CallFacts): void {
  const { helper, subprogram, map } = facts;
  const at = helper.arguments.findIndex(({ kind }) => kind === 'callback');
  const want = helper.arguments[at];
  if (want?.kind !== 'callback' || subprogram === undefined) return;
  const callee = walker.prepared.subprograms[subprogram]!;
  const passed = helper.arguments[at + 1]?.kind === 'stackOrNull' ? walker.get(at + 2) : UNINITIALISED;
  pushCallback(walker, {
    callee,
    arguments: want.passes.map(argument => callbackRegister(walker, argument, map, passed)),
    returns: want.returns,
    isAsync: helper.name === 'timer_set_callback',
  });
}

function callbackRegister(
  walker: Walker,
  argument: CallbackArgument,
  map: CallFacts['map'],
  passed: Register,
): Register {
  switch (argument) {
    case 'map':
      return pointer('map', { map });
    case 'mapKey':
      return pointer('mapKey', { map });
    case 'mapValue':
      return pointer('mapValue', { map });
    case 'index':
      return scalar(UNKNOWN);
    case 'context':
      return passed;
    case 'dynptr':
      return pointer('dynptr', { typeName: 'local', id: walker.newId() });
    default:
      return pointer('object', { typeName: argument, flags: FLAG.trusted });
  }
}

function resultOf(walker: Walker, facts: CallFacts): Register {
  const { helper } = facts;
  const { result } = helper;
  switch (result.kind) {
    case 'integer':
      return scalar(integerResult(walker, facts));
    case 'void':
      return UNINITIALISED;
    case 'mapValueOrNull':
      return mapValueResult(walker, facts);
    case 'socketOrNull':
      return acquired(walker, pointer('socket', { flags: FLAG.maybeNull }));
    case 'socketCommonOrNull':
      return acquired(walker, pointer('socketCommon', { flags: FLAG.maybeNull }));
    case 'ringbufMemoryOrNull': {
      const memoryBytes = facts.allocationBytes;
      return acquired(walker, pointer('memory', { flags: FLAG.maybeNull | FLAG.ringbuf, memoryBytes }));
    }
    case 'dynptrMemoryOrNull': {
      const { id: dynptrId, referenceId } = facts.dynptr ?? { id: 0, referenceId: 0 };
      const memoryBytes = facts.allocationBytes;
      return pointer('memory', { flags: FLAG.maybeNull, memoryBytes, id: walker.newId(), dynptrId, referenceId });
    }
    case 'kernelObject':
      return objectResult(walker, facts, result);
    case 'perCpuInstance':
      if ((facts.perCpuObject?.typeId ?? 0) !== 0) return ownInstance(walker, facts.perCpuObject!, result.mayBeNull);
      return pointer('memory', { flags: FLAG.readOnly | (result.mayBeNull ? FLAG.maybeNull : 0), memoryBytes: 4 });
  }
}

/** A CPU's part of a per-CPU object of the program's own. Linux says nothing of NULL, which a CPU that is not there gives. */
function ownInstance(walker: Walker, { typeName, typeId }: Register, mayBeNull: boolean): Register {
  const flags = FLAG.allocated | FLAG.rcu | (mayBeNull ? FLAG.maybeNull : 0);
  return pointer('object', { flags, typeName, typeId, id: mayBeNull ? walker.newId() : 0 });
}

/** A pointer whose reference the program holds from here on. */
function acquired(walker: Walker, register: Register): Register {
  walker.newId();
  const id = acquire(walker);
  return register.with({ id, referenceId: id });
}

function objectResult(
  walker: Walker,
  facts: CallFacts,
  { object, mayBeNull, isTrusted }: Extract<XdpHelper['result'], { kind: 'kernelObject' }>,
): Register {
  const flags = (mayBeNull ? FLAG.maybeNull : 0) | (isTrusted ? FLAG.trusted : 0);
  if (facts.kptr !== undefined) return acquired(walker, exchanged(facts.kptr));
  const id = mayBeNull ? walker.newId() : 0;
  const register = pointer('object', { typeName: object, flags, id });
  if (facts.helper.acquires) return acquired(walker, register);
  return facts.helper.arguments[0]?.kind === 'socketObject'
    ? register.with({ referenceId: facts.referenceId })
    : register;
}

const SOCKET_MAPS: ReadonlySet<number> = new Set([15, 18]);

function mapValueResult(walker: Walker, facts: CallFacts): Register {
  const { map, mapUid, constantKey, helper } = facts;
  const isPresent =
    helper.name === 'map_lookup_elem' &&
    map !== undefined &&
    constantKey !== undefined &&
    constantKey < BigInt(map.maxEntries);
  const hasLock = map?.fields.some(({ name }) => name === 'bpf_spin_lock' || name === 'bpf_res_spin_lock') === true;
  if (helper.name === 'map_lookup_elem' && SOCKET_MAPS.has(map?.type ?? 0)) {
    return acquired(walker, pointer('mapValue', { map, mapUid, flags: FLAG.maybeNull }));
  }
  const id = !isPresent || hasLock ? walker.newId() : 0;
  return pointer('mapValue', { map, mapUid, id, flags: isPresent ? 0 : FLAG.maybeNull });
}

const MAX_ERRNO = 4095;
const LIMITED_BY_SIZE: ReadonlySet<string> = new Set([
  'get_task_stack',
  'probe_read_kernel_str',
  'probe_read_user_str',
]);

function integerResult(walker: Walker, { helper, maximumSize }: CallFacts) {
  if (helper.name === 'get_smp_processor_id') {
    const draft = new Draft(UNKNOWN);
    const last = walker.settings.cpuCount - 1;
    draft.setUnsigned(0n, BigInt(last));
    draft.setUnsigned32(0, last);
    draft.setSigned(0n, BigInt(last));
    draft.setSigned32(0, last);
    return settle(draft);
  }
  if (!LIMITED_BY_SIZE.has(helper.name) || maximumSize === undefined) return UNKNOWN;
  const draft = new Draft(UNKNOWN);
  draft.setSigned(BigInt(-MAX_ERRNO), maximumSize);
  draft.setSigned32(-MAX_ERRNO, Math.min(Number(maximumSize), S32_MAX));
  return settle(draft);
}

/** Each map type goes with some helpers only. */
function requireMapTakesHelper({ helper, map }: CallFacts): void {
  if (map === undefined) return;
  const takes: readonly string[] = mapType(map.type)?.helpers ?? [];
  const isTimer = helper.name.startsWith('timer_');
  if (takes.includes(helper.name) || isTimer) return;
  reject('EINVAL', `cannot pass map_type ${map.type} into func bpf_${helper.name}#${helper.id}`);
}
