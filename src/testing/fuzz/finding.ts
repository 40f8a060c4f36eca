// What a fuzzer looks for beside coverage: traps, verdicts that are none, differences to another version, broken invariants.
import { isEqual, packetDiff } from '../../capture/packet-diff.js';
import type { Result } from '../../engine/engine.js';
import { actionName } from '../../platform/actions.js';
import type { FuzzInput, PacketOperation } from './input.js';
import { appliesTo, type Invariant } from './invariant.js';

/** Something wrong with what became of a packet. */
export interface Problem {
  readonly kind: 'trap' | 'invalid-verdict' | 'difference' | 'invariant';
  /** The same for problems that are taken as one. */
  readonly key: string;
  /** One line. */
  readonly title: string;
  readonly detail: readonly string[];
  /** Verdicts that would have been right, without XDP_; undefined where that is not said. */
  readonly expected: readonly string[] | undefined;
  /** The packet that would have been right. */
  readonly expectedBytes?: Uint8Array;
}

/** A problem with the shortest input that was found to show it. */
export interface Finding extends Problem {
  readonly input: FuzzInput;
  /** Inputs that had been tried. */
  readonly executions: number;
}

/** The problems of one packet. @param other the result of the version to compare with */
export function problemsOf(
  packet: PacketOperation,
  result: Result,
  invariants: readonly Invariant[],
  other: Result | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const { fault } = result;
  if (fault !== undefined) {
    const place =
      fault.source === undefined ? '' : ` at ${fault.source.file}:${fault.source.line}: ${fault.source.text.trim()}`;
    const title = `traps: ${fault.message}${place}`;
    problems.push({
      kind: 'trap',
      key: `trap ${fault.program} ${fault.slot} ${fault.kind}`,
      title,
      detail: [],
      expected: undefined,
    });
  } else if (actionName(result.returnValue) === 'invalid') {
    const title = `returns ${result.returnValue}, which is no verdict`;
    problems.push({ kind: 'invalid-verdict', key: 'invalid', title, detail: [], expected: undefined });
  }
  for (const invariant of invariants) problems.push(...broken(invariant, packet, result));
  if (other !== undefined) problems.push(...differences(result, other));
  return problems;
}

function broken(invariant: Invariant, packet: PacketOperation, result: Result): Problem[] {
  const verdict = verdictOf(result);
  if (invariant.allowed.includes(verdict) || !appliesTo(invariant, packet.bytes)) return [];
  const title = `${invariant.text}: but it was ${verdict}`;
  return [{ kind: 'invariant', key: `invariant ${invariant.text}`, title, detail: [], expected: invariant.allowed }];
}

function differences(result: Result, other: Result): Problem[] {
  const [verdict, otherVerdict] = [verdictOf(result), verdictOf(other)];
  if (verdict !== otherVerdict) {
    const title = `the verdict was ${otherVerdict} and is ${verdict}`;
    const expected = otherVerdict === 'trap' ? undefined : [otherVerdict];
    return [{ kind: 'difference', key: `difference ${otherVerdict} ${verdict}`, title, detail: [], expected }];
  }
  if (isEqual(result.bytes, other.bytes)) return [];
  const [title, detail] = ['the packet afterwards is another', packetDiff(other.bytes, result.bytes)];
  const expectation = { expected: [otherVerdict], expectedBytes: other.bytes.slice() };
  return [{ kind: 'difference', key: `difference bytes ${verdict}`, title, detail, ...expectation }];
}

/** `DROP`, `invalid` or `trap`. */
export function verdictOf({ fault, returnValue }: Result): string {
  return fault === undefined ? actionName(returnValue).replace('XDP_', '') : 'trap';
}
