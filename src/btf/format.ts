// Types as C writes them.
import type { Btf } from './btf.js';

import type { BtfComposite, BtfEnum, BtfFunctionPrototype, BtfMember, BtfType } from './types.js';

/** Deeper and longer types are cut with `...`: they circle or explode. */
const MAX_DEPTH = 32;
const MAX_TEXT = 1 << 20;

/**
 * The type as in a declaration of `name`: `struct foo *name[4]`, `int (*name)(void *ctx)`; of nothing: `struct foo *`. Type tags are left
 * out; anonymous structs show as `struct {...}`. Never throws for a type that exists.
 */
export function formatType(btf: Btf, typeId: number, name = ''): string {
  return new TypePrinter(btf).declare(typeId, name, 0);
}

/**
 * The definition of a struct, union, enum, typedef, function or variable as C source with tabs, ended by `;`; anonymous members in place.
 * Throws InputError `btf-type-id` where there is no such type.
 */
export function formatDefinition(btf: Btf, typeId: number): string {
  return new TypePrinter(btf).definition(typeId);
}

class TypePrinter {
  private readonly btf: Btf;
  private remaining = MAX_TEXT;

  constructor(btf: Btf) {
    this.btf = btf;
  }

  definition(typeId: number): string {
    const type = this.btf.typeById(typeId);
    switch (type.kind) {
      case 'struct':
      case 'union':
      case 'enum':
      case 'enum64':
        return `${this.body(type, 0)};`;
      case 'typedef':
        return `typedef ${this.declare(type.typeId, type.name, 0)};`;
      case 'datasec':
        return type.entries.map(({ typeId: variable }) => `${this.definition(variable)}\n`).join('');
      default:
        return `${this.declare(typeId, '', 0)};`;
    }
  }

  /** C declares inside out: each step takes the next type to the outside of `inner`. */
  declare(typeId: number, inner: string, depth: number): string {
    if (depth > MAX_DEPTH || !this.spend(inner.length)) return '...';
    const { type, qualifiers } = this.unqualified(typeId);
    switch (type.kind) {
      case 'ptr': {
        const pointer = join(`*${qualifiers}`, inner, qualifiers === '' ? '' : ' ');
        return this.declare(type.typeId, this.bindsTighter(type.typeId) ? `(${pointer})` : pointer, depth + 1);
      }
      case 'array':
        return this.qualified(
          qualifiers,
          this.declare(type.elementTypeId, `${inner}[${type.elementCount}]`, depth + 1),
        );
      case 'func_proto':
        return this.declare(type.returnTypeId, `${inner}(${this.parameters(type, depth)})`, depth + 1);
      case 'func':
        return `${storage(type.linkage)}${this.declare(type.typeId, type.name, depth + 1)}`;
      case 'var':
        return `${storage(type.linkage)}${this.declare(type.typeId, type.name, depth + 1)}`;
      default:
        return this.spend(type.name.length) ? this.qualified(qualifiers, join(baseName(type), inner, ' ')) : '...';
    }
  }

  private spend(length: number): boolean {
    this.remaining -= length + 1;
    return this.remaining > 0;
  }

  /** Below const, volatile, restrict and type tags; qualifiers joined by spaces, outermost first. */
  private unqualified(typeId: number): { readonly type: BtfType; readonly qualifiers: string } {
    const qualifiers: string[] = [];
    let type = this.btf.typeById(typeId);
    for (let step = 0; step < MAX_DEPTH; step++) {
      if (type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict') qualifiers.push(type.kind);
      else if (type.kind !== 'type_tag') break;
      type = this.btf.typeById(type.typeId);
    }
    return { type, qualifiers: qualifiers.join(' ') };
  }

  private qualified(qualifiers: string, text: string): string {
    return join(qualifiers, text, ' ');
  }

  /** Arrays and functions bind tighter than the `*` of a pointer to them. */
  private bindsTighter(typeId: number): boolean {
    const { type } = this.unqualified(typeId);
    return type.kind === 'array' || type.kind === 'func_proto';
  }

  private parameters({ parameters }: BtfFunctionPrototype, depth: number): string {
    if (parameters.length === 0) return 'void';
    return parameters
      .map(({ name, typeId }, index) => {
        const isVariadic = typeId === 0 && name === '' && index === parameters.length - 1;
        return isVariadic ? '...' : this.declare(typeId, name, depth + 1);
      })
      .join(', ');
  }

  private body(type: BtfComposite | BtfEnum, depth: number): string {
    const indent = '\t'.repeat(depth);
    const lines =
      'members' in type
        ? this.memberLines(type, depth + 1)
        : type.values.map(({ name, value }) => `${name} = ${value},`);
    const start = join(keyword(type), type.name, ' ');
    return `${start} {\n${lines.map(line => `${indent}\t${line}\n`).join('')}${indent}}`;
  }

  private memberLines(type: BtfComposite, depth: number): readonly string[] {
    return type.members.map(member => {
      const width = member.bitfieldBits > 0 ? `: ${member.bitfieldBits}` : '';
      return `${this.member(member, depth)}${width};`;
    });
  }

  /** The definition of an anonymous type stands where it is used; arrays and pointers of it keep their `{...}`. */
  private member({ name, typeId }: BtfMember, depth: number): string {
    const { type } = this.unqualified(typeId);
    const isInPlace = type.name === '' && ('members' in type || 'values' in type) && depth <= MAX_DEPTH;
    if (isInPlace && this.remaining > 0 && this.spend(bodyCost(type))) return join(this.body(type, depth), name, ' ');
    return this.declare(typeId, name, depth);
  }
}

/** Roughly the text of the lines between the braces, without what `declare` counts. */
function bodyCost(type: BtfComposite | BtfEnum): number {
  if ('members' in type) return 64 + type.members.length;
  return type.values.reduce((sum, { name }) => sum + name.length + 16, 64);
}

function join(left: string, right: string, separator: string): string {
  return left === '' || right === '' ? left + right : `${left}${separator}${right}`;
}

function storage(linkage: unknown): string {
  return linkage === 'static' || linkage === 'extern' ? `${linkage} ` : '';
}

function keyword(type: BtfType): string {
  if (type.kind === 'enum64') return 'enum';
  if (type.kind === 'fwd') return type.isUnion ? 'union' : 'struct';
  return type.kind;
}

/** `struct foo`, `int`, `u32`; for the kinds that C does not have, their name. */
function baseName(type: BtfType): string {
  switch (type.kind) {
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'fwd':
      return `${keyword(type)} ${type.name === '' ? '{...}' : type.name}`;
    default:
      return type.name;
  }
}
