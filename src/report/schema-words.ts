// What JSON Schemas of outputs are put together from.

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** The version of JSON Schema that published schemas name. */
export const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
/** Any text. */
export const text: Schema = { type: 'string' };
/** A count. */
export const whole: Schema = { type: 'integer', minimum: 0 };
/** Yes or no. */
export const flag: Schema = { type: 'boolean' };

/** A record with exactly these keys; those that end in `?` may be absent. */
export function record(description: string, fields: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(fields);
  return {
    type: 'object',
    description,
    additionalProperties: false,
    required: names.filter(name => !name.endsWith('?')),
    properties: Object.fromEntries(names.map(name => [name.replace(/\?$/, ''), fields[name]])),
  };
}

/** Any number of values, all alike. */
export function list(items: Schema, description = ''): Schema {
  return { type: 'array', ...(description !== '' && { description }), items };
}

/** The value, or null. */
export function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

/** A record with any keys. */
export function map(values: Schema, description: string): Schema {
  return { type: 'object', description, additionalProperties: values };
}
