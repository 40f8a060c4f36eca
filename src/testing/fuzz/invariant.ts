// Invariants: what must hold for packets of a kind, in one line: `tcp.destinationPort == 22: never DROP`.
import { fieldsOfPacket } from '../../capture/packet-fields.js';
import { XDP_ACTION_NAMES } from '../../platform/actions.js';
import { InputError } from '../../support/errors.js';

/** A statement about the verdict of packets that fulfil all conditions. */
export interface Invariant {
  readonly text: string;
  readonly conditions: readonly Condition[];
  /** Verdicts that are fine. */
  readonly allowed: readonly string[];
}

interface Condition {
  readonly field: string;
  readonly operator: Operator;
  readonly value: string;
}

const OPERATORS = {
  '==': (left: string, right: string) => isSame(left, right),
  '!=': (left: string, right: string) => !isSame(left, right),
  '<': (left: string, right: string) => Number(left) < Number(right),
  '>': (left: string, right: string) => Number(left) > Number(right),
} as const;

type Operator = keyof typeof OPERATORS;

function isSame(left: string, right: string): boolean {
  const numbers = [Number(left), Number(right)];
  return numbers.every(number => !Number.isNaN(number)) ? numbers[0] === numbers[1] : left === right;
}

const FORM = 'CONDITION [and CONDITION...]: never VERDICT, or always VERDICT[|VERDICT...]';
const VERDICTS: readonly string[] = [...XDP_ACTION_NAMES.map(name => name.slice(4)), 'invalid'];

/**
 * Reads an invariant. A condition compares a field as failed comparisons of packets name it (`tcp.destinationPort == 22`,
 * `ipv4.source != 10.0.0.1`, `ipv4.ttl < 2`), or is the name of a layer (`tcp`), or `any`.
 * @throws InputError `invariant`
 */
export function parseInvariant(text: string): Invariant {
  const [, conditions, quantifier, verdicts] = /^(.*): *(never|always) +([\w|]+)$/.exec(text.trim()) ?? [];
  if (conditions === undefined) throw new InputError('invariant', `${text}: not of the form ${FORM}`);
  const named = verdicts!.split('|').map(name => name.replace(/^XDP_/, ''));
  const unknown = named.find(name => !VERDICTS.includes(name));
  if (unknown !== undefined)
    throw new InputError('invariant', `${text}: no verdict ${unknown}; there are ${VERDICTS.join(', ')}`);
  const allowed = quantifier === 'always' ? named : VERDICTS.filter(name => !named.includes(name));
  return { text, conditions: conditions.split(/ and /).map(part => parseCondition(part.trim(), text)), allowed };
}

function parseCondition(part: string, text: string): Condition {
  const [, field, operator, value] = /^([\w-]+\.\w+) *(==|!=|<|>) *(\S.*)$/.exec(part) ?? [];
  if (field !== undefined) return { field, operator: operator as Operator, value: value! };
  if (/^[\w-]+$/.test(part)) return { field: part, operator: '==', value: '' };
  throw new InputError('invariant', `${text}: ${part || 'nothing'} is no condition; not of the form ${FORM}`);
}

/** Whether the packet is one that the invariant speaks of. Fields are those of the first layer of their kind. */
export function appliesTo({ conditions }: Invariant, bytes: Uint8Array): boolean {
  const layers = fieldsOfPacket(bytes);
  const values = new Map<string, string>([['any', '']]);
  for (const { kind, fields } of layers) {
    if (values.has(kind)) continue;
    values.set(kind, '');
    for (const { name, text } of fields)
      values.set(name.replace(/#\d+\./, '.'), text.replace(/ \((right|wrong)\)$/, ''));
  }
  return conditions.every(({ field, operator, value }) => {
    const actual = values.get(field);
    return actual !== undefined && (value === '' || OPERATORS[operator](actual, value));
  });
}
