// YAML with its places: every value knows the line and the key that it stands under, so that every complaint can say so.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { InputError } from '../../support/errors.js';

/** Where a value stands. */
export interface Place {
  readonly fileName: string;
  /** 1-based. */
  readonly line: number;
  /** As `cases[2].expect.verdict`; empty for the whole file. */
  readonly path: string;
  /** The text that it is written as: first offset, and offset behind the last character. */
  readonly range: readonly [number, number];
  /** Whether it is written in the flow style, with brackets. */
  readonly isFlow: boolean;
}

/** A value of a YAML file. */
export class SpecNode {
  readonly place: Place;
  readonly kind: 'scalar' | 'map' | 'list';
  /** Of scalars: the value. */
  readonly scalar: unknown;
  /** Of scalars: as written, without quotes. */
  readonly text: string;
  readonly fields: ReadonlyMap<string, SpecNode>;
  readonly items: readonly SpecNode[];

  constructor(place: Place, content: NodeContent) {
    this.place = place;
    this.kind = content.kind;
    this.scalar = content.kind === 'scalar' ? content.scalar : undefined;
    this.text = content.kind === 'scalar' ? content.text : '';
    this.fields = content.kind === 'map' ? content.fields : new Map();
    this.items = content.kind === 'list' ? content.items : [];
  }

  /** The value as plain data. */
  get value(): unknown {
    if (this.kind === 'scalar') return this.scalar;
    if (this.kind === 'list') return this.items.map(item => item.value);
    return Object.fromEntries([...this.fields].map(([name, field]) => [name, field.value]));
  }

  get(name: string): SpecNode | undefined {
    return this.fields.get(name);
  }

  /** An InputError `spec` at this place. */
  error(message: string): InputError {
    const { fileName, line, path } = this.place;
    return new InputError('spec', `${fileName}:${line}: ${path === '' ? '' : `${path}: `}${message}`);
  }

  /** Runs `body`; an InputError that leaves it says where this value stands. */
  during<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      if (error instanceof InputError && error.code !== 'spec') throw this.error(error.message);
      throw error;
    }
  }

  /** The fields of a mapping that has no others than the named. Throws InputError `spec` naming the key that is unknown. */
  mapping(names: readonly string[]): this {
    if (this.kind !== 'map') throw this.error(`not a mapping with ${names.join(', ')}`);
    for (const [name, field] of this.fields) {
      if (!names.includes(name)) throw field.error(`unknown key ${name}; here stand ${names.join(', ')}`);
    }
    return this;
  }

  list(what: string): readonly SpecNode[] {
    if (this.kind !== 'list') throw this.error(`not a list of ${what}`);
    return this.items;
  }

  string(what: string): string {
    if (this.kind !== 'scalar' || this.scalar === null) throw this.error(`not ${what}`);
    return typeof this.scalar === 'string' ? this.scalar : this.text;
  }

  wholeNumber(least: number, greatest: number): number {
    const { scalar } = this;
    if (typeof scalar === 'number' && Number.isSafeInteger(scalar) && scalar >= least && scalar <= greatest)
      return scalar;
    throw this.error(`not a whole number from ${least} to ${greatest}: ${JSON.stringify(this.value)}`);
  }

  boolean(): boolean {
    if (typeof this.scalar === 'boolean') return this.scalar;
    throw this.error(`neither true nor false: ${JSON.stringify(this.value)}`);
  }

  /** This value with every `${name}` replaced by the row's value; a text that is nothing else becomes that value itself, place and all. */
  filled(row: ReadonlyMap<string, SpecNode>): SpecNode {
    switch (this.kind) {
      case 'scalar':
        return typeof this.scalar === 'string' ? this.filledText(this.scalar, row) : this;
      case 'list':
        return new SpecNode(this.place, { kind: 'list', items: this.items.map(item => item.filled(row)) });
      case 'map': {
        const fields = new Map([...this.fields].map(([name, field]) => [name, field.filled(row)]));
        return new SpecNode(this.place, { kind: 'map', fields });
      }
    }
  }

  private filledText(text: string, row: ReadonlyMap<string, SpecNode>): SpecNode {
    const whole = /^\$\{(\w+)\}$/.exec(text)?.[1];
    if (whole !== undefined) return this.cell(row, whole);
    const filled = text.replace(/\$\{(\w+)\}/g, (_, name: string) => this.cell(row, name).string('a text or a number'));
    return filled === text ? this : new SpecNode(this.place, { kind: 'scalar', scalar: filled, text: filled });
  }

  private cell(row: ReadonlyMap<string, SpecNode>, name: string): SpecNode {
    const cell = row.get(name);
    if (cell === undefined) throw this.error(`the table has no column ${name}; it has ${[...row.keys()].join(', ')}`);
    return cell;
  }
}

type NodeContent =
  | { readonly kind: 'scalar'; readonly scalar: unknown; readonly text: string }
  | { readonly kind: 'map'; readonly fields: ReadonlyMap<string, SpecNode> }
  | { readonly kind: 'list'; readonly items: readonly SpecNode[] };

/** Values inside each other; deeper ones are a file made to break the reader. */
const MAX_DEPTH = 64;
/** Values that a file may come to, its aliases followed. */
const MAX_NODES = 1_000_000;

/**
 * The value that a YAML file holds.
 * @throws InputError `spec` with file, line and what is wrong
 */
export function parseSpecText(text: string, fileName: string): SpecNode {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line } = lines.linePos(fault.pos[0]);
    throw new InputError('spec', `${fileName}:${line}: not YAML: ${fault.message.split('\n')[0]}`);
  }
  const reader = new NodeReader(document, lines, fileName);
  return reader.read(document.contents, '', [0, 0], 0);
}

class NodeReader {
  private readonly document: Document.Parsed;
  private readonly lines: LineCounter;
  private readonly fileName: string;
  private left = MAX_NODES;

  constructor(document: Document.Parsed, lines: LineCounter, fileName: string) {
    this.document = document;
    this.lines = lines;
    this.fileName = fileName;
  }

  /** @param near the place of what names a value that is not written, such as the key before nothing */
  read(node: ParsedNode | null, path: string, near: readonly [number, number], depth: number): SpecNode {
    const range: readonly [number, number] = node?.range ? [node.range[0], node.range[1]] : near;
    const isFlow = (isMap(node) || isSeq(node)) && node.flow === true;
    const { line } = this.lines.linePos(range[0]);
    const place: Place = { fileName: this.fileName, line, path, range, isFlow };
    if (depth > MAX_DEPTH || this.left-- <= 0) throw new SpecNode(place, NOTHING).error('too many values');
    if (isAlias(node)) {
      const target = node.resolve(this.document) as ParsedNode | undefined;
      return new SpecNode(place, contentOf(this.read(target ?? null, path, range, depth + 1)));
    }
    if (isMap(node)) return new SpecNode(place, { kind: 'map', fields: this.fields(node.items, place, depth) });
    if (isSeq(node)) {
      const items = node.items.map((item, at) => this.read(item as ParsedNode, `${path}[${at}]`, range, depth + 1));
      return new SpecNode(place, { kind: 'list', items });
    }
    if (!isScalar(node)) return new SpecNode(place, NOTHING);
    return new SpecNode(place, { kind: 'scalar', scalar: node.value, text: node.source ?? String(node.value) });
  }

  private fields(
    items: readonly { key: unknown; value: unknown }[],
    place: Place,
    depth: number,
  ): Map<string, SpecNode> {
    const fields = new Map<string, SpecNode>();
    for (const { key, value } of items) {
      const near = isScalar(key) && key.range ? ([key.range[0], key.range[1]] as const) : place.range;
      const name = isScalar(key) ? String(key.value) : '?';
      const path = place.path === '' ? name : `${place.path}.${name}`;
      fields.set(name, this.read(value as ParsedNode | null, path, near, depth + 1));
    }
    return fields;
  }
}

const NOTHING: NodeContent = { kind: 'scalar', scalar: null, text: '' };

function contentOf({ kind, scalar, text, fields, items }: SpecNode): NodeContent {
  if (kind === 'scalar') return { kind, scalar, text };
  return kind === 'map' ? { kind, fields } : { kind, items };
}
