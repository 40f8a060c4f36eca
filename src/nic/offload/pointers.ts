// Kinds of memory as the kernel numbers and as people name them.
import type { PointerFact, PointerTarget, ValueFact, Values } from './ranges.js';

/** enum bpf_reg_type of Linux 6.1 to 6.12, as drivers print it. */
const TYPE_NUMBERS: Readonly<Record<PointerTarget, number>> = {
  context: 2,
  map: 3,
  mapValue: 4,
  stack: 6,
  packetMeta: 7,
  packet: 8,
  packetEnd: 9,
  function: 18,
  other: 17,
};

const SCALAR_TYPE = 1;

const TARGET_NAMES: Readonly<Record<PointerTarget, string>> = {
  context: 'context',
  map: 'map itself',
  mapValue: 'map value',
  stack: 'stack',
  packetMeta: 'packet metadata',
  packet: 'packet',
  packetEnd: 'end of the packet',
  function: 'function',
  other: 'kernel memory',
};

/** The kernel's number of a register's type. */
export function typeNumber(value: ValueFact): number {
  return value.kind === 'scalar' ? SCALAR_TYPE : TYPE_NUMBERS[value.to];
}

/** What a register holds, for people: `stack`, `number`. */
export function memoryName(value: ValueFact): string {
  return value.kind === 'scalar' ? 'number' : TARGET_NAMES[value.to];
}

/** The pointers among the values. */
export function pointersIn(values: Values): readonly PointerFact[] {
  return (values ?? []).filter(value => value.kind === 'pointer');
}
