// Conditions on packets, as `trace --where` takes them: `action==XDP_DROP && (dest_port==80 || !proto==UDP)`. Names are those of the
// packet lines of `replay --packets`; values are numbers, words or 'quoted texts'.
import { InputError } from '../support/errors.js';

/** What a condition can ask about: the fields of a packet. */
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** A condition, ready to be asked. */
export type Condition = (fields: Fields) => boolean;

type Value = string | number;

const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const TOKEN = /\s*(?:(&&|\|\||==|!=|<=|>=|[()!<>])|'([^']*)'|"([^"]*)"|([\w.:/[\]-]+))/y;

interface Token {
  readonly kind: 'symbol' | 'text' | 'word' | 'end';
  readonly text: string;
}

/**
 * Reads a condition.
 * @param names fields that packets can have
 * @throws InputError `where` naming the place and what was expected there
 */
export function parseCondition(text: string, names: readonly string[]): Condition {
  return new Parser(text, names).parse();
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly names: readonly string[];
  private at = 0;

  constructor(text: string, names: readonly string[]) {
    this.tokens = tokensOf(text);
    this.names = names;
  }

  parse(): Condition {
    const condition = this.either();
    if (this.next.kind !== 'end') throw this.wrong('&& or ||');
    return condition;
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }

  private takes(symbol: string): boolean {
    if (this.next.kind !== 'symbol' || this.next.text !== symbol) return false;
    this.at++;
    return true;
  }

  private either(): Condition {
    let left = this.both();
    while (this.takes('||')) {
      const [first, second] = [left, this.both()];
      left = fields => first(fields) || second(fields);
    }
    return left;
  }

  private both(): Condition {
    let left = this.one();
    while (this.takes('&&')) {
      const [first, second] = [left, this.one()];
      left = fields => first(fields) && second(fields);
    }
    return left;
  }

  private one(): Condition {
    if (this.takes('!')) {
      const inner = this.one();
      return fields => !inner(fields);
    }
    if (!this.takes('(')) return this.comparison();
    const inner = this.either();
    if (!this.takes(')')) throw this.wrong(')');
    return inner;
  }

  private comparison(): Condition {
    const name = this.next;
    if (name.kind !== 'word' || !this.names.includes(name.text)) throw this.wrong(`a field (${this.names.join(', ')})`);
    this.at++;
    const compare = COMPARISONS[this.next.text];
    if (this.next.kind !== 'symbol' || compare === undefined) throw this.wrong('==, !=, <, <=, > or >=');
    this.at++;
    const value = this.next;
    if (value.kind !== 'word' && value.kind !== 'text') throw this.wrong('a value');
    this.at++;
    return comparisonOf(name.text, compare, value);
  }

  private wrong(expected: string): InputError {
    const found = this.next.kind === 'end' ? 'its end' : this.next.text;
    return new InputError('where', `--where: expected ${expected}, found ${found}`);
  }
}

/** A field that a packet does not have equals nothing. */
function comparisonOf(name: string, compare: (a: Value, b: Value) => boolean, { kind, text }: Token): Condition {
  const isNumber = kind === 'word' && /^(0x[0-9a-f]+|\d+)$/i.test(text);
  const wanted = name === 'action' ? actionText(text) : isNumber ? Number(text) : text;
  return fields => {
    const value = fields[name];
    if (value === undefined) return compare === COMPARISONS['!='];
    return compare(typeof wanted === 'number' ? Number(value) : String(value), wanted);
  };
}

/** `drop` and `DROP` are XDP_DROP. */
function actionText(text: string): string {
  return text === 'invalid' || text === 'dropped' ? text : text.toUpperCase().replace(/^(XDP_)?/, 'XDP_');
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null)
      throw new InputError('where', `--where: cannot read from character ${from + 1} on: ${text.slice(from)}`);
    const [, symbol, single, double, word] = match;
    if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'text', text: single ?? double ?? '' });
  }
  return [...tokens, { kind: 'end', text: '' }];
}
