// Checks the arguments of a helper call by the helper's prototype, as far as a running program shows them: what the verifier proves
// for all calls is here looked at for one.
import type { ArgumentKind } from '../../platform/helper-types.js';
import { DYNPTR_BYTES } from '../dynptr.js';
import { Trap } from '../fault.js';
import type { Machine } from '../machine.js';
import type { BpfMap } from '../map.js';
import type { CallFacts } from './table.js';
import { low, wide } from './words.js';

const TIMER_BYTES = 16;
const MAX_ADDRESS = 0xffff_ffff;

/** @throws Trap `access` for memory that may not be touched; `helper` for anything else that the prototype refuses */
export function checkArguments(machine: Machine, helper: CallFacts, words: Uint32Array): void {
  const call: Call = { machine, helper, words, map: undefined };
  for (let at = 0; at < helper.arguments.length; at++) checkArgument(call, helper.arguments[at]!, at + 1);
}

interface Call {
  readonly machine: Machine;
  readonly helper: CallFacts;
  readonly words: Uint32Array;
  /** The map argument, once seen. */
  map: BpfMap | undefined;
}

function checkArgument(call: Call, argument: ArgumentKind, number: number): void {
  const { machine, words, map } = call;
  switch (argument.kind) {
    case 'map':
      call.map = requireMap(machine, call.helper, words, number);
      break;
    case 'context':
      if (wide(words, number) !== machine.packet.contextAddress) refuse(call, number, 'is not the context');
      break;
    case 'mapKey':
      requireMemory(call, number, map?.spec.keySizeBytes ?? 0, false);
      break;
    case 'mapValue':
      if (argument.mayBeNull && wide(words, number) === 0) break;
      requireMemory(call, number, map?.spec.valueSizeBytes ?? 0, argument.access !== 'read');
      break;
    case 'memory':
      checkSized(call, argument, number);
      break;
    case 'fixedMemory':
      requireMemory(call, number, argument.sizeBytes, argument.access !== 'read');
      break;
    case 'dynptr':
      requireMemory(call, number, DYNPTR_BYTES, argument.use !== 'use');
      break;
    case 'timer':
      requireMemory(call, number, TIMER_BYTES, true);
      break;
    case 'spinLock':
      requireMemory(call, number, 4, true);
      break;
    case 'constantText':
      checkText(call, number);
      break;
    case 'callback':
      if (machine.functions[wide(words, number) - 1] === undefined) refuse(call, number, 'is not a function');
      break;
    default:
      // Scalars need no check; pointers that only another helper gives are checked by the helper that takes them back.
      break;
  }
}

/** Memory whose size is the next argument. */
function checkSized(call: Call, argument: ArgumentKind & { kind: 'memory' }, number: number): void {
  const size = wide(call.words, number + 1);
  if (size === 0) {
    const kind = call.helper.arguments[number];
    if (kind?.kind === 'size' && !kind.mayBeZero) refuse(call, number + 1, 'is a size of 0');
    return;
  }
  requireMemory(call, number, size, argument.access !== 'read');
}

function requireMemory({ machine, words }: Call, number: number, sizeBytes: number, isWrite: boolean): void {
  if (sizeBytes === 0) return;
  machine.guard.require(wide(words, number), sizeBytes, isWrite);
}

function checkText(call: Call, number: number): void {
  const { machine, words } = call;
  const start = wide(words, number);
  for (let at = start; ; at++) {
    machine.guard.require(at, 1, false);
    if (machine.memory.bytes[at] === 0) return;
  }
}

function requireMap(machine: Machine, helper: CallFacts, words: Uint32Array, number: number): BpfMap {
  const address = wide(words, number);
  const map = address <= MAX_ADDRESS ? machine.mapAt(address) : undefined;
  if (map === undefined) throw new Trap('helper', `bpf_${helper.name}: argument ${number} is not a map`);
  return map;
}

function refuse(call: Call, number: number, claim: string): never {
  const value = `0x${wide(call.words, number).toString(16)}`;
  throw new Trap('helper', `bpf_${call.helper.name}: argument ${number}, ${value}, ${claim}`);
}

/** The map that argument `number` names. @throws Trap `helper` where it names none */
export function mapArgument(machine: Machine, words: Uint32Array, number: number): BpfMap {
  const map = machine.mapAt(low(words, number));
  if (map === undefined)
    throw new Trap('helper', `argument ${number}, 0x${low(words, number).toString(16)}, is not a map`);
  return map;
}

/** The trap of a helper given a map of a type that it does not work on, in the verifier's words. */
export function wrongMapType(map: BpfMap, helper: string, id: number): Trap {
  return new Trap('helper', `cannot pass map_type ${map.spec.type} into func bpf_${helper}#${id}`);
}
