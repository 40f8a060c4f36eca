// As much of JSON Schema as the published schemas use, so that tests can hold values to them. An unknown keyword is an error.

type Schema = Readonly<Record<string, unknown>>;

/** The first place where a value does not fit a schema; undefined where it does. */
export function schemaProblem(schema: Schema, value: unknown): string | undefined {
  return problemAt(schema, value, '', schema);
}

const ANNOTATIONS = ['$schema', 'title', 'description', '$defs'];

function problemAt(schema: Schema, value: unknown, path: string, root: Schema): string | undefined {
  for (const [keyword, rule] of Object.entries(schema)) {
    if (ANNOTATIONS.includes(keyword)) continue;
    const problem = checkKeyword(keyword, rule, { schema, value, path, root });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

interface Place {
  readonly schema: Schema;
  readonly value: unknown;
  readonly path: string;
  readonly root: Schema;
}

function checkKeyword(keyword: string, rule: unknown, place: Place): string | undefined {
  const check = KEYWORDS[keyword];
  if (check === undefined) throw new Error(`schema keyword ${keyword} is not known here`);
  return check(rule, place);
}

const KEYWORDS: Readonly<Record<string, (rule: unknown, place: Place) => string | undefined>> = {
  type: (rule, { value, path }) => (isOfType(value, rule as string) ? undefined : `${path}: not of type ${rule}`),
  enum: (rule, { value, path }) => ((rule as unknown[]).includes(value) ? undefined : `${path}: not one of ${rule}`),
  pattern: (rule, { value, path }) =>
    typeof value !== 'string' || new RegExp(rule as string).test(value) ? undefined : `${path}: does not match`,
  minLength: (rule, { value, path }) =>
    typeof value !== 'string' || value.length >= (rule as number) ? undefined : `${path}: too short`,
  minimum: (rule, { value, path }) =>
    typeof value !== 'number' || value >= (rule as number) ? undefined : `${path}: below ${rule}`,
  required: (rule, { value, path }) => {
    const missing = isObject(value) ? (rule as string[]).find(key => !(key in value)) : undefined;
    return missing === undefined ? undefined : `${path}: ${missing} is missing`;
  },
  items: (rule, { value, path, root }) =>
    Array.isArray(value)
      ? first(value.map((item, index) => problemAt(rule as Schema, item, `${path}/${index}`, root)))
      : undefined,
  properties: (rule, { value, path, root }) =>
    isObject(value)
      ? first(
          Object.entries(rule as Record<string, Schema>).map(([key, schema]) =>
            key in value ? problemAt(schema, value[key], `${path}/${key}`, root) : undefined,
          ),
        )
      : undefined,
  additionalProperties: (rule, { schema, value, path, root }) => {
    if (!isObject(value)) return undefined;
    const known = Object.keys((schema.properties as object | undefined) ?? {});
    const others = Object.keys(value).filter(key => !known.includes(key));
    if (rule === false) return others.length === 0 ? undefined : `${path}: ${others[0]} is not known`;
    return first(others.map(key => problemAt(rule as Schema, value[key], `${path}/${key}`, root)));
  },
  propertyNames: (rule, { value, path, root }) =>
    isObject(value)
      ? first(Object.keys(value).map(key => problemAt(rule as Schema, key, `${path}/${key}`, root)))
      : undefined,
  anyOf: (rule, { value, path, root }) => {
    const problems = (rule as Schema[]).map(schema => problemAt(schema, value, path, root));
    return problems.includes(undefined) ? undefined : problems[0];
  },
  $ref: (rule, { value, path, root }) => {
    const name = String(rule).replace('#/$defs/', '');
    return problemAt((root.$defs as Record<string, Schema>)[name]!, value, path, root);
  },
};

function first(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find(problem => problem !== undefined);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'object') return isObject(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
