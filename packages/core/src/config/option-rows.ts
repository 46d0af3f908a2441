import { z } from 'zod';

/** One option of a component, for tables. */
export interface OptionRow {
  /** Its path under the component: `consistency.weight`. */
  readonly name: string;
  /** What it takes, in words: `whole number >= 1`, `mean | sum`. */
  readonly type: string;
  readonly isRequired: boolean;
  /** What it is when left out; undefined where it has no default. */
  readonly default: unknown;
  readonly description: string;
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  /** A schema where keys of any name are taken. */
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  /** Of `filePath()`. */
  readonly path?: boolean;
  /** Of `nestedChoice()`: the key of the role. */
  readonly role?: string;
}

/**
 * The options of a schema in the order they were written, those of nested objects after the object's name. An object
 * that takes keys of any name is one option.
 */
export function optionRows(options: z.ZodObject): OptionRow[] {
  return rowsOf(z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as Schema, '', undefined);
}

function rowsOf({ properties = {}, required = [] }: Schema, prefix: string, above: unknown): OptionRow[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`;
    const inherited = isMap(above) ? above[key] : undefined;
    const fallback = 'default' in schema ? schema.default : inherited;
    if (schema.properties && !isOpen(schema)) return rowsOf(schema, `${name}.`, fallback);
    const { description = '' } = schema;
    return [{ name, type: typeName(schema), isRequired: required.includes(key), default: fallback, description }];
  });
}

function isOpen({ additionalProperties = false }: Schema): boolean {
  return additionalProperties !== false;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  object: 'map of keys',
  null: 'null',
};

function typeName(schema: Schema): string {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return [...new Set(alternatives.map(typeName))].join(' or ');
  if (schema.enum) return schema.enum.map(String).join(' | ');
  if (schema.const !== undefined) return String(schema.const);
  if (schema.path) return 'file';
  if (schema.role !== undefined) return `another ${schema.role}`;
  if (schema.type === 'array') return schema.items ? `list of ${typeName(schema.items)}` : 'list';
  if (schema.type === 'integer' || schema.type === 'number') return numberName(schema);
  return TYPES[schema.type ?? ''] ?? schema.type ?? 'any';
}

function numberName(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const bounds = [
    bound('>=', minimum),
    bound('>', exclusiveMinimum),
    bound('<=', maximum),
    bound('<', exclusiveMaximum),
    bound('multiple of', multipleOf),
  ];
  const kind = schema.type === 'integer' ? 'whole number' : 'number';
  return [kind, bounds.filter((each) => each !== '').join(', ')].filter((each) => each !== '').join(' ');
}

// zod writes out that a whole number is one that float64 can hold.
function bound(relation: string, limit: number | undefined): string {
  return limit === undefined || Math.abs(limit) >= Number.MAX_SAFE_INTEGER ? '' : `${relation} ${limit}`;
}
