import { z } from 'zod';
import { absolutePath } from '../files/file-path.js';
import { type Located, type LocatedMap, type Origin, plainValue } from './located.js';
import { type Problem, unknownKey } from './problems.js';

interface Interpreted {
  readonly value: unknown;
  /**
   * Unknown keys at every depth, which zod drops from a plain `z.object` without a word, and paths with variables that
   * the environment does not have.
   */
  readonly problems: readonly Problem[];
  /** Libraries that options name. */
  readonly libraries: readonly NamedLibrary[];
}

/** A library whose code an option lets the process load. */
export interface NamedLibrary {
  readonly path: readonly string[];
  readonly name: string;
  readonly origin: Origin;
}

/**
 * The value of a config as its schema is to see it: relative file paths made absolute, from the folder of whoever
 * wrote them, and keys with a null taken out unless the schema accepts the null.
 */
export function interpret(schema: z.ZodType, config: Located): Interpreted {
  const problems: Problem[] = [];
  const libraries: NamedLibrary[] = [];

  const visit = (node: Located, wrapped: readonly z.ZodType[], path: readonly string[]): unknown => {
    const schemas = wrapped.flatMap((each) => innermost(each, node));
    if (node.type === 'map') return visitMap(node, schemas, path);
    if (node.type === 'list') {
      return node.items.map((item, i) =>
        visit(
          item,
          schemas.flatMap((each) => itemSchema(each, i)),
          [...path, `${i}`],
        ),
      );
    }
    const { value, origin } = node;
    const isMarked = (mark: string): boolean => schemas.some((each) => each.meta()?.[mark] === true);
    if (typeof value === 'string' && isMarked('library')) libraries.push({ path, name: value, origin });
    const isPath = typeof value === 'string' && value !== '' && isMarked('path');
    if (!isPath) return value;
    const absolute = absolutePath(value, origin.folder);
    if (absolute.unknownVariable === undefined) return absolute.path;
    problems.push({
      path,
      at: 'value',
      text: `unknown variable $${absolute.unknownVariable}: the environment lacks it`,
    });
    return value;
  };

  const visitMap = (node: LocatedMap, schemas: readonly z.ZodType[], path: readonly string[]): unknown => {
    const objects = schemas.filter((each) => each instanceof z.ZodObject);
    const known = objects.flatMap(({ shape }) => Object.keys(shape));
    const isClosed = objects.length > 0 && objects.length === schemas.length && !objects.some(acceptsAnyKey);
    const result: [string, unknown][] = [];
    for (const [key, { value }] of node.entries) {
      const below = schemas.flatMap((each) => keySchema(each, key));
      if (isClosed && below.length === 0) problems.push(unknownKey([...path, key], known));
      if (isNull(value) && below.length > 0 && !below.every((each) => each.safeParse(null).success)) continue;
      result.push([key, visit(value, below, [...path, key])]);
    }
    return Object.fromEntries(result);
  };

  return { value: visit(config, [schema], []), problems, libraries };
}

/** What is inside optional, default, lazy and the like; of a union, the first alternative that fits. */
function innermost(schema: z.ZodType, node: Located): z.ZodType[] {
  if (schema instanceof z.ZodUnion) return alternatives(schema, node).flatMap((each) => innermost(each, node));
  if (schema instanceof z.ZodIntersection) {
    return [schema.def.left, schema.def.right].flatMap((each) => innermost(each as z.ZodType, node));
  }
  const { innerType, getter, ...pipe } = schema.def as {
    innerType?: z.ZodType;
    getter?: () => z.ZodType;
    in?: z.ZodType;
    out?: z.ZodType;
  };
  // z.preprocess is a pipe from a transform, which has no shape.
  const inner = innerType ?? getter?.() ?? (pipe.in instanceof z.ZodTransform ? pipe.out : pipe.in);
  return inner ? innermost(inner, node) : [schema];
}

function alternatives(union: z.ZodUnion, node: Located): z.ZodType[] {
  const options = union.options as readonly z.ZodType[];
  const kind = node.type === 'map' ? node.entries.get('kind') : undefined;
  const byKind = kind && options.filter((each) => hasKind(each, plainValue(kind.value)));
  if (byKind && byKind.length > 0) return byKind;
  const value = plainValue(node);
  return options.filter((each) => each.safeParse(value).success).slice(0, 1);
}

function hasKind(schema: z.ZodType, kind: unknown): boolean {
  const literal = schema instanceof z.ZodObject ? schema.shape['kind'] : undefined;
  return literal instanceof z.ZodLiteral && literal.values.has(kind as string);
}

function itemSchema(schema: z.ZodType, index: number): z.ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element as z.ZodType];
  if (!(schema instanceof z.ZodTuple)) return [];
  const item = schema.def.items[index] ?? schema.def.rest;
  return item ? [item as z.ZodType] : [];
}

function keySchema(schema: z.ZodType, key: string): z.ZodType[] {
  if (schema instanceof z.ZodRecord) return [schema.valueType as z.ZodType];
  if (!(schema instanceof z.ZodObject)) return [];
  const value = Object.hasOwn(schema.shape, key) ? schema.shape[key] : schema.def.catchall;
  return value && !(value instanceof z.ZodNever) ? [value as z.ZodType] : [];
}

function acceptsAnyKey({ def }: z.ZodObject): boolean {
  return def.catchall !== undefined && !(def.catchall instanceof z.ZodNever);
}

function isNull(node: Located): boolean {
  return node.type === 'scalar' && node.value === null;
}
