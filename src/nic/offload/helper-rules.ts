// Rules on calls: which helpers the driver and the firmware have, and how their arguments must look.
import type { CheckContext } from './check.js';
import { memoryName, pointersIn, typeNumber } from './pointers.js';
import { nameOfHelper, referenceAt } from './program.js';
import { constantOf, offsetOf, type ValueFact, type Values } from './ranges.js';
import type { Call } from './reached.js';

const PERF_EVENT_OUTPUT = 'perf_event_output';
/** Registers of map helpers that lead to a key or value, and the helpers' names as the driver prints them. */
const STACK_ARGUMENTS: Readonly<Record<string, { readonly short: string; readonly registers: readonly number[] }>> = {
  map_lookup_elem: { short: 'map_lookup', registers: [2] },
  map_update_elem: { short: 'map_update', registers: [2, 3] },
  map_delete_elem: { short: 'map_delete', registers: [2] },
  [PERF_EVENT_OUTPUT]: { short: 'event_output', registers: [] },
};

/** Checks every call that a path reaches. */
export function checkHelpers(context: CheckContext): void {
  for (const { slot, instruction } of context.reached.calls) checkCall(instruction, slot, context);
}

function checkCall({ target }: Call, slot: number, context: CheckContext): void {
  const { model, found, program } = context;
  const { driver, firmware, isComplete } = model.helpers;
  if (driver === undefined || target.kind === 'function') return;
  if (target.kind === 'kfunc') {
    const reference = referenceAt(program, slot);
    const name = reference?.kind === 'kfunc' ? reference.name : 'a kernel function';
    const values = { id: `BTF id of ${name}`, name, advice: 'kernel functions run on the host alone' };
    found.add('broken', 'helper', { slot, values, figures: ['helpers.driver'] });
    return;
  }
  const name = nameOfHelper(target.id);
  const values = {
    id: target.id,
    name: STACK_ARGUMENTS[name]?.short ?? name,
    advice: () => adviceFor(name, firmware ?? driver),
  };
  if (!driver.includes(name)) {
    if (isComplete === false) {
      const question = `whether the card has bpf_${name}: it is not published`;
      found.add('undecided', 'helperUnknown', {
        slot,
        values: { ...values, name: `bpf_${name}` },
        question,
        figures: ['helpers.driver'],
      });
    } else found.add('broken', 'helper', { slot, values, figures: ['helpers.driver'] });
    return;
  }
  if (firmware?.includes(name) === false) {
    found.add('broken', 'helperFirmware', { slot, variant: name, values, figures: ['helpers.firmware'] });
  } else if (name === 'xdp_adjust_head' && model.adjustHead.needsMetadataShift === true) {
    found.add('broken', 'adjustHeadMetadata', { slot, figures: ['adjustHead.needsMetadataShift'] });
  }
  found.rely('helpers.driver');
  found.rely('helpers.firmware');
  checkArguments(name, slot, context);
}

const MAP_CHANGES = ['map_update_elem', 'map_delete_elem'];

function adviceFor(name: string, present: readonly string[]): string {
  if (present.length === 0) return 'the card has no helpers';
  if (name.startsWith('redirect')) return 'return XDP_PASS or XDP_TX instead: the card cannot redirect';
  if (name === 'tail_call') return 'call functions of the same program instead';
  if (MAP_CHANGES.includes(name)) return 'let the host change the map, or use a firmware that has it';
  if (name.startsWith('ktime')) return 'the card has no clock for programs; let the host take times';
  return `the card has ${present.map(item => `bpf_${item}`).join(', ')}`;
}

function checkArguments(name: string, slot: number, context: CheckContext): void {
  const item = STACK_ARGUMENTS[name];
  if (item === undefined || context.model.pointers.alignedStackArguments !== true) return;
  for (const register of item.registers) checkStackArgument(item.short, register, slot, context);
  if (name === PERF_EVENT_OUTPUT) checkEvent(item.short, slot, context);
}

/** A key or value lies on the stack, at one offset that is a multiple of 4. */
function checkStackArgument(name: string, register: number, slot: number, { ranges, found }: CheckContext): void {
  const figures = ['pointers.alignedStackArguments'];
  const values = ranges.valuesAt(slot, register);
  if (values === undefined) {
    found.add('undecided', 'argumentType', {
      slot,
      figures,
      question: `whether r${register} of ${name} leads to the stack`,
    });
    return;
  }
  const wrong = values.find(value => value.kind === 'scalar' || value.to !== 'stack');
  if (wrong !== undefined) {
    found.add('broken', 'argumentType', { slot, values: { name, type: typeNumber(wrong) }, figures });
    return;
  }
  for (const pointer of pointersIn(values)) {
    const offset = offsetOf(pointer);
    if (offset !== undefined) {
      if (offset % 4 !== 0)
        found.add('broken', 'argumentUnaligned', { slot, values: { name, offset: -offset }, figures });
    } else if (pointer.isVarying) found.add('broken', 'argumentVariable', { slot, values: { name }, figures });
    else
      found.add('undecided', 'argumentVariable', {
        slot,
        figures,
        question: `whether r${register} of ${name} is at one offset`,
      });
  }
}

const EVENT_DATA = ['stack', 'mapValue', 'packet'];
const CURRENT_CPU = 0xffff_ffffn;

function checkEvent(name: string, slot: number, context: CheckContext): void {
  const { ranges, found } = context;
  const figures = ['pointers.alignedStackArguments'];
  checkEventFlags(ranges.valuesAt(slot, 3), slot, figures, context);
  const data = ranges.valuesAt(slot, 4);
  if (data === undefined) {
    found.add('undecided', 'eventPointer', { slot, figures, question: 'where the data of the event lies' });
  }
  const wrong = pointersIn(data).find(({ to }) => !EVENT_DATA.includes(to));
  if (wrong !== undefined) {
    found.add('broken', 'eventPointer', {
      slot,
      values: { type: typeNumber(wrong), memory: memoryName(wrong) },
      figures,
    });
  }
  if (pointersIn(data).some(({ to }) => to === 'stack')) checkStackArgument(name, 4, slot, context);
  const [first] = data ?? [];
  const other = data?.find(value => first !== undefined && typeNumber(value) !== typeNumber(first));
  if (first !== undefined && other !== undefined) {
    const values = {
      oldType: typeNumber(first),
      type: typeNumber(other),
      oldMemory: memoryName(first),
      memory: memoryName(other),
    };
    found.add('broken', 'eventPointerChanged', { slot, values, figures });
  }
  found.add('warning', 'eventNote', { slot });
}

function checkEventFlags(values: Values, slot: number, figures: readonly string[], { found }: CheckContext): void {
  const flags = constantOf(values);
  if (flags !== undefined && (flags & CURRENT_CPU) === CURRENT_CPU) return;
  const [only, ...others] = values ?? [];
  if (only?.kind === 'scalar' && others.length === 0 && (flags !== undefined || only.isVarying)) {
    found.add('broken', 'eventFlags', { slot, values: { tnum: tnumText(only) }, figures });
  } else found.add('undecided', 'eventFlags', { slot, figures, question: 'whether the flags are BPF_F_CURRENT_CPU' });
}

/** `(value; mask)` of the bits known and unknown, as the kernel prints it. */
function tnumText(value: ValueFact): string {
  const { minimum = 0n, maximum = 0n } = value;
  const unknown = minimum === maximum ? 0n : (1n << BigInt((minimum ^ maximum).toString(2).length)) - 1n;
  return `(0x${(minimum & ~unknown).toString(16)}; 0x${unknown.toString(16)})`;
}
