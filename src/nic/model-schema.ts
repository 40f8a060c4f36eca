// The JSON Schema of nic-models/*.json, made from the table of model-fields.ts; published as nic-models/schema.json.
import { ERRNO } from '../platform/errno.js';
import { unreachable } from '../support/errors.js';
import { type Field, MODEL_SECTIONS, RULE_LOGS, type Section } from './model-fields.js';

type Schema = Readonly<Record<string, unknown>>;

const NAME = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]*$' } as const;
const SOURCE = { type: 'string', minLength: 1, description: 'where it comes from' } as const;

/** The schema (JSON Schema draft 2020-12) of a model file. */
export function nicModelSchema(): Schema {
  const sections = Object.entries<Section>(MODEL_SECTIONS);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'xdpsim NIC model',
    description:
      'A network card as data. Every figure has its unit in its name and its source beside it: either the group has a source, or the figure is written as {value, source, unverified}.',
    type: 'object',
    required: ['name', 'title'],
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      name: { ...NAME, description: 'equal to the name of the file' },
      title: { type: 'string', minLength: 1, description: 'one line for people' },
      extends: { ...NAME, description: 'another model whose figures hold where this one states none' },
      abstract: { type: 'boolean', description: 'only serves others to extend' },
      ...Object.fromEntries(sections.map(([name, section]) => [name, sectionSchema(section)])),
    },
    $defs: definitions(),
  };
}

function sectionSchema(section: Section): Schema {
  if (section.named !== true) return groupSchema(section);
  return { type: 'object', description: section.about, additionalProperties: groupSchema(section) };
}

function groupSchema({ about, fields, open, names = [] }: Section): Schema {
  const figures = Object.entries(fields).map(([name, field]) => [name, figureSchema(field)] as const);
  return {
    type: 'object',
    description: about,
    additionalProperties: open === undefined ? false : figureSchema(open),
    ...(open !== undefined && { propertyNames: { pattern: `^(source|unverified|(${names.join('|')})(\\..+)?)$` } }),
    properties: {
      source: SOURCE,
      unverified: {
        description: 'true for all figures of the group without a source of their own, or the names of some',
        anyOf: [{ type: 'boolean' }, { type: 'array', items: { type: 'string' } }],
      },
      ...Object.fromEntries(figures),
    },
    // Without a source of the group, every figure brings its own.
    anyOf: [{ required: ['source'] }, { additionalProperties: { type: 'object', required: ['value', 'source'] } }],
  };
}

/** A figure of a kind without choices refers to a definition, which keeps the schema readable. */
function figureSchema(field: Field): Schema {
  const { about: description } = field;
  const list = listOf(field);
  if (list !== undefined) return { description, $ref: `#/$defs/${list}` };
  const hasChoices = 'choices' in field && field.choices !== undefined;
  return hasChoices ? { description, ...plainOrSourced(field) } : { description, $ref: `#/$defs/${field.kind}` };
}

function plainOrSourced(field: Field, value: Schema = valueSchema(field)): Schema {
  const sourced = {
    type: 'object',
    required: ['value', 'source'],
    additionalProperties: false,
    properties: { value, source: SOURCE, unverified: { type: 'boolean' } },
  };
  return { anyOf: [value, sourced] };
}

/** Name of a long list of choices, which has a definition of its own. */
function listOf(field: Field): string | undefined {
  return field.kind === 'names' ? field.list : undefined;
}

function definitions(): Schema {
  const kinds = ['count', 'number', 'flag', 'text', 'words'] as const;
  const fields = Object.values<Section>(MODEL_SECTIONS).flatMap(section => Object.values(section.fields));
  const lists = new Map(
    fields.flatMap(field => (field.kind === 'names' && field.list !== undefined ? [[field.list, field] as const] : [])),
  );
  return {
    ...Object.fromEntries(kinds.map(kind => [kind, plainOrSourced({ kind, about: '' })])),
    ...Object.fromEntries([...lists].flatMap(([list, field]) => listDefinitions(list, field))),
  };
}

/** The list as a figure, and the names themselves once. */
function listDefinitions(list: string, field: NamesField): readonly (readonly [string, Schema])[] {
  const name = `${list.slice(0, -1)}Name`;
  return [
    [list, plainOrSourced(field, { type: 'array', items: { $ref: `#/$defs/${name}` } })],
    [name, { enum: field.choices }],
  ];
}

type NamesField = Extract<Field, { kind: 'names' }>;

function valueSchema(field: Field): Schema {
  switch (field.kind) {
    case 'count':
      return { type: 'integer', minimum: 0 };
    case 'number':
      return { type: 'number', minimum: 0 };
    case 'flag':
      return { type: 'boolean' };
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'choice':
      return { enum: field.choices };
    case 'names':
      return { type: 'array', items: { enum: field.choices } };
    case 'words':
      return {
        type: 'object',
        required: ['text', 'log'],
        additionalProperties: false,
        properties: {
          text: { type: 'string', minLength: 1 },
          errno: { enum: Object.keys(ERRNO) },
          log: { enum: RULE_LOGS },
        },
      };
    default:
      return unreachable(field);
  }
}
