// Where a comparison leads, and what it tells of its operands on each side.
import type { Instruction, Operand } from '../../isa/instruction.js';
import { type State, withRegister } from './flow-state.js';
import { operandValues } from './flow-step.js';
import { constant, constantOf, isConstant, U32_MAX, type ValueFact, type Values } from './ranges.js';
import { compare, narrowed } from './values.js';

/** An edge to follow: where to, with what, and whether other paths lead there too. */
export interface Edge {
  readonly slot: number;
  readonly state: State;
}

/** The ways on from a comparison; `next` is the slot behind it. */
export function branchEdges(
  branch: Extract<Instruction, { kind: 'branch' }>,
  state: State,
  next: number,
): readonly Edge[] {
  const edges: Edge[] = [];
  for (const holds of [true, false]) {
    const narrower = assume(branch, state, holds);
    if (narrower !== undefined) edges.push({ slot: holds ? next + branch.offset : next, state: narrower });
  }
  return edges;
}

/** The state where the comparison came out so; undefined where it cannot. */
function assume(branch: Extract<Instruction, { kind: 'branch' }>, state: State, holds: boolean): State | undefined {
  const { op, width, dst, source } = branch;
  const values = state.registers[dst];
  if (values === undefined) return state;
  const limit = constantOf(operandValues(source, state));
  const isNullCheck = limit === 0n && (op === 'jeq' || op === 'jne');
  const checked = isNullCheck ? assumeNull(state, values, (op === 'jeq') === holds) : loosened(state, source);
  const narrower = (checked.registers[dst] ?? []).flatMap((value): readonly ValueFact[] => {
    if (value.kind === 'pointer') return [value];
    if (limit === undefined) return [{ ...value, mayBeNarrower: !isConstant(value) }];
    if (isConstant(value)) return compare(op, width, value.minimum, limit) === holds ? [value] : [];
    if (width === 32 && value.maximum > U32_MAX) return [{ ...value, mayBeNarrower: true }];
    const bounds = narrowed(value, op, limit, holds);
    return bounds === undefined ? [] : [bounds];
  });
  return narrower.length === 0 ? undefined : withRegister(checked, dst, narrower);
}

/** The kernel narrows the other side of a comparison as well. */
function loosened(state: State, source: Operand): State {
  if (source.kind === 'immediate') return state;
  const values = state.registers[source.register]?.map(value =>
    value.kind === 'scalar' ? { ...value, mayBeNarrower: !isConstant(value) } : value,
  );
  return withRegister(state, source.register, values);
}

/** Pointers that may be NULL, and all that become NULL with them, are NULL, or are not. */
function assumeNull(state: State, values: readonly ValueFact[], isNull: boolean): State {
  const ids = new Set(values.map(value => (value.kind === 'pointer' ? value.nullId : undefined)));
  ids.delete(undefined);
  if (ids.size === 0) return state;
  const decide = (held: Values): Values =>
    held?.map(value => {
      if (value.kind === 'scalar' || !ids.has(value.nullId)) return value;
      return isNull ? constant(0n) : { ...value, nullId: undefined };
    });
  const slots = new Map([...state.stack.slots].map(([at, held]) => [at, decide(held)] as const));
  return { registers: state.registers.map(decide), stack: { ...state.stack, slots } };
}
