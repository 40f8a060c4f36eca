// Rules on memory accesses: context fields, kinds of memory, stack and map value offsets, and what each word of a map value is used for.
import type { Instruction } from '../../isa/instruction.js';
import { XDP_MD } from '../../platform/context.js';
import type { CheckContext } from './check.js';
import type { AccessFact } from './facts.js';
import { MapWords } from './map-words.js';
import { memoryName, pointersIn, typeNumber } from './pointers.js';
import { offsetOf, type PointerFact } from './ranges.js';
import type { MemoryAccess } from './reached.js';

/** Checks every access, and every update of a map, in the order of the program. */
export function checkMemory(context: CheckContext): void {
  const { model, facts } = context;
  if (model.pointers.kinds === undefined && model.contextAccess.reads === undefined) return;
  const words = new MapWords(context);
  for (const step of facts.steps) {
    if ('pointers' in step) checkAccess(step, words, context);
    else words.checkUpdate(step.instruction, step.slot);
  }
}

function checkAccess(
  { slot, instruction: access, values, pointers }: AccessFact,
  words: MapWords,
  context: CheckContext,
): void {
  const { model, found } = context;
  if (access.kind === 'atomic' && !checkAtomic(access, slot, context)) return;
  if (values === undefined) {
    if (model.pointers.kinds === undefined) return;
    found.add('undecided', 'pointerType', {
      slot,
      question: `what memory r${access.base} leads to`,
      figures: ['pointers.kinds'],
    });
    return;
  }
  checkKinds(pointers, slot, context);
  for (const pointer of pointers) checkPointer(access, pointer, slot, words, context);
  checkStackOffsets(pointers, slot, context);
}

function checkPointer(
  access: MemoryAccess,
  pointer: PointerFact,
  slot: number,
  words: MapWords,
  context: CheckContext,
): void {
  if (pointer.to === 'context') checkContextAccess(access, pointer, slot, context);
  if (pointer.to === 'mapValue') checkMapValue(access, pointer, slot, words, context);
  const isImmediate = access.kind === 'store' && access.source.kind === 'immediate';
  if (isImmediate && pointer.to !== 'packet' && context.model.pointers.immediateStoresToPacketOnly === true) {
    context.found.add('broken', 'immediateStore', {
      slot,
      values: { memory: memoryName(pointer) },
      figures: ['pointers.immediateStoresToPacketOnly'],
    });
  }
}

function checkContextAccess(
  access: MemoryAccess,
  pointer: PointerFact,
  slot: number,
  { model, found }: CheckContext,
): void {
  const { reads, writes } = model.contextAccess;
  const at = offsetOf(pointer);
  const field = XDP_MD.find(({ offsetBytes }) => at !== undefined && offsetBytes === at + access.offset);
  const name = field?.name ?? 'this part of the context';
  if (access.kind === 'load') {
    if (reads === undefined || reads.includes(name)) return;
    found.add('broken', 'contextRead', {
      slot,
      values: { field: name, fields: reads.join(', ') },
      figures: ['contextAccess.reads'],
    });
    return;
  }
  if (writes === undefined || writes.includes(name)) return;
  const advice = writes.length > 0 ? `the card takes ${writes.join(', ')}` : 'keep the value on the stack';
  const rule = name === 'rx_queue_index' ? 'queueSelect' : 'contextStore';
  found.add('broken', rule, { slot, values: { field: name, advice }, figures: ['contextAccess.writes'] });
}

function checkKinds(pointers: readonly PointerFact[], slot: number, { model, found }: CheckContext): void {
  const { kinds, singleKind } = model.pointers;
  if (kinds === undefined) return;
  const known: readonly string[] = kinds;
  for (const pointer of pointers.filter(({ to }) => !known.includes(to))) {
    found.add('broken', 'pointerType', {
      slot,
      values: { type: typeNumber(pointer), memory: memoryName(pointer) },
      figures: ['pointers.kinds'],
    });
  }
  const [first] = pointers;
  const other = pointers.find(({ to }) => to !== first?.to);
  if (singleKind !== true || first === undefined || other === undefined) return;
  found.add('broken', 'pointerTypeChanged', {
    slot,
    values: {
      oldType: typeNumber(first),
      type: typeNumber(other),
      oldMemory: memoryName(first),
      memory: memoryName(other),
    },
    figures: ['pointers.singleKind'],
  });
}

/** One place on the stack, or several that differ by multiples of 4. */
function checkStackOffsets(pointers: readonly PointerFact[], slot: number, { model, found }: CheckContext): void {
  if (model.pointers.constantStackOffset !== true) return;
  const figures = ['pointers.constantStackOffset'];
  const stack = pointers.filter(({ to }) => to === 'stack');
  const offsets = stack.map(offsetOf);
  if (stack.some(({ isVarying }) => isVarying)) found.add('broken', 'stackVariable', { slot, figures });
  else if (offsets.includes(undefined)) {
    found.add('undecided', 'stackVariable', {
      slot,
      figures,
      question: 'whether the offset into the stack is constant',
    });
  }
  const [first, ...others] = offsets.filter(offset => offset !== undefined);
  const other = others.find(offset => first !== undefined && (offset - first) % 4 !== 0);
  if (first === undefined || other === undefined) return;
  found.add('broken', 'stackChanged', { slot, values: { oldOffset: first, offset: other }, figures });
}

function checkMapValue(
  access: MemoryAccess,
  pointer: PointerFact,
  slot: number,
  words: MapWords,
  context: CheckContext,
): void {
  const { model, found, program } = context;
  const { mapStores, constantMapOffset } = model.pointers;
  if ((access.kind === 'store' || access.kind === 'storeRelease') && mapStores === false) {
    found.add('broken', 'mapStore', { slot, map: pointer.map, figures: ['pointers.mapStores'] });
    return;
  }
  if (constantMapOffset !== true) return;
  const figures = ['pointers.constantMapOffset'];
  const at = offsetOf(pointer);
  if (at === undefined) {
    const question = 'whether the offset into the map value is constant';
    if (pointer.isVarying) found.add('broken', 'mapOffsetVariable', { slot, map: pointer.map, figures });
    else found.add('undecided', 'mapOffsetVariable', { slot, map: pointer.map, figures, question });
    return;
  }
  const size = program.mapsByName.get(pointer.map ?? '')?.valueSizeBytes;
  const offset = at + access.offset;
  if (size !== undefined && (offset < 0 || offset + access.size > size)) {
    found.add('broken', 'mapOutOfBounds', { slot, map: pointer.map, values: { size }, figures });
    return;
  }
  words.use(pointer.map, offset, access.size, access.kind === 'atomic' ? 'atomic' : 'read', slot);
}

/** Rules on an atomic operation; false where the driver looks no further. */
function checkAtomic(access: Extract<Instruction, { kind: 'atomic' }>, slot: number, context: CheckContext): boolean {
  const { model, ranges, found } = context;
  if (model.pointers.atomicsOnMapValues !== true) return true;
  const figures = ['pointers.atomicsOnMapValues'];
  // Other operations are refused as instructions.
  if (access.op !== 'add' || access.fetch) return false;
  const targets = ranges.valuesAt(slot, access.base);
  const wrong = targets?.find(value => value.kind === 'scalar' || value.to !== 'mapValue');
  if (wrong !== undefined) {
    found.add('broken', 'atomicPointer', { slot, values: { type: typeNumber(wrong) }, figures });
    return false;
  }
  const [pointer] = pointersIn(ranges.valuesAt(slot, access.src));
  if (pointer === undefined) return true;
  found.add('broken', 'atomicSource', { slot, values: { type: typeNumber(pointer) }, figures });
  return false;
}
