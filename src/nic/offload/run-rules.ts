// What loads and then behaves differently: verdicts, moves of the packet's ends, and queues that the card takes for something else.
import { FRAME } from '../../platform/limits.js';
import type { Mode } from '../model.js';
import type { CheckContext } from './check.js';
import { nameOfHelper } from './program.js';
import { isConstant, offsetOf, type Values } from './ranges.js';

/** Warns of what is certain to come out differently. */
export function checkRuns(context: CheckContext): void {
  const { reached, mode, model } = context;
  if (!model.modes.supported.includes(mode)) return;
  for (const { slot, instruction } of reached.calls) {
    if (instruction.target.kind === 'helper') checkAdjust(nameOfHelper(instruction.target.id), slot, context);
  }
  if (mode !== 'hw') return;
  for (const slot of reached.exits) checkVerdict(slot, context);
  checkQueues(context);
}

const XDP_REDIRECT = 4n;

/** Return values of the main function that the card takes for something else. */
function checkVerdict(slot: number, { program, ranges, model, found }: CheckContext): void {
  const main = program.spec.functions[0];
  if (main !== undefined && slot >= main.slot + main.slots) return;
  const { redirect, unknown = '' } = model.verdicts;
  for (const value of ranges.valuesAt(slot, 0) ?? []) {
    if (value.kind === 'pointer' || value.minimum !== value.maximum) continue;
    const code = BigInt.asUintN(32, value.minimum);
    if (code > XDP_REDIRECT) {
      const values = { value: String(code), effect: unknown };
      found.add('warning', 'unknownVerdict', { slot, values, figures: ['verdicts.unknown'] });
    } else if (code === XDP_REDIRECT && redirect?.startsWith('drop') === true) {
      found.add('warning', 'redirectVerdict', { slot, figures: ['verdicts.redirect'] });
    }
  }
}

function checkAdjust(name: string, slot: number, context: CheckContext): void {
  if (name === 'xdp_adjust_head') checkHead(slot, context);
  else if (name === 'xdp_adjust_tail' && context.mode === 'hw') checkTail(slot, context);
}

function checkHead(slot: number, context: CheckContext): void {
  const { ranges, model, mode, found } = context;
  const by = constantsOf(ranges.valuesAt(slot, 2));
  const { maximumOffsetBytes: last, packetOffsetBytes: start } = model.adjustHead;
  const front = frontRoom(mode, context);
  const grown = Math.max(...by.map(delta => -delta));
  if (front !== undefined && grown > front.bytes)
    found.add('warning', 'growHead', { slot, values: { used: grown, allowed: front.bytes }, figures: front.figures });
  const shrunk = Math.max(...by);
  if (mode !== 'hw' || last === undefined || start === undefined || shrunk <= last - start) return;
  const values = { used: shrunk, allowed: last - start };
  found.add('warning', 'shrinkHead', {
    slot,
    values,
    figures: ['adjustHead.maximumOffsetBytes', 'adjustHead.packetOffsetBytes'],
  });
}

/** Bytes free in front of a packet; undefined where the model does not say. */
function frontRoom(
  mode: Mode,
  { model }: CheckContext,
): { readonly bytes: number; readonly figures: readonly string[] } | undefined {
  if (mode === 'hw') {
    const { minimumOffsetBytes: first, packetOffsetBytes: start } = model.adjustHead;
    if (first === undefined || start === undefined) return undefined;
    return { bytes: start - first, figures: ['adjustHead.minimumOffsetBytes', 'adjustHead.packetOffsetBytes'] };
  }
  // The stack expands a frame's head to the full headroom.
  const figures = mode === 'native' ? ['native.headroomBytes'] : [];
  const headroom = mode === 'native' ? model.native.headroomBytes : FRAME.HEADROOM_BYTES;
  return headroom === undefined ? undefined : { bytes: headroom - FRAME.RESERVED_BYTES, figures };
}

function checkTail(slot: number, { ranges, model, found }: CheckContext): void {
  if (model.helpers.shrinksTailOnly !== true) return;
  const used = Math.max(...constantsOf(ranges.valuesAt(slot, 2)));
  if (used > 0) found.add('warning', 'growTail', { slot, values: { used }, figures: ['helpers.shrinksTailOnly'] });
}

/** What an `int` argument may be, as far as that is a few constants. */
function constantsOf(values: Values): readonly number[] {
  return (values ?? []).flatMap(value =>
    value.kind === 'scalar' && isConstant(value) ? [Number(BigInt.asIntN(32, value.minimum))] : [],
  );
}

const RX_QUEUE_INDEX_OFFSET = 16;

function checkQueues({ reached, ranges, model, found }: CheckContext): void {
  const { selectableQueues: allowed, writes } = model.contextAccess;
  if (allowed === undefined || writes?.includes('rx_queue_index') !== true) return;
  for (const { slot, instruction } of reached.accesses) {
    if (instruction.kind !== 'store') continue;
    const isQueue = (ranges.valuesAt(slot, instruction.base) ?? []).some(
      value =>
        value.kind === 'pointer' &&
        value.to === 'context' &&
        offsetOf(value) === RX_QUEUE_INDEX_OFFSET - instruction.offset,
    );
    if (!isQueue) continue;
    const { source } = instruction;
    const written = source.kind === 'register' ? constantsOf(ranges.valuesAt(slot, source.register)) : [source.value];
    for (const queue of new Set(written.map(value => value >>> 0).filter(value => value >= allowed))) {
      const values = { queue, allowed, last: allowed - 1 };
      found.add('warning', 'queueRange', { slot, values, figures: ['contextAccess.selectableQueues'] });
    }
  }
}
