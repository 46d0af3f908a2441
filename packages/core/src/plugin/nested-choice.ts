import { z } from 'zod';
import type { Role } from './token.js';

/**
 * An option that is a component of a role itself, chosen in the config as the role is, e.g.
 * `next: { kind: cosine, final: 0 }`. Its options are checked and completed like all others, and `create` is given the
 * component.
 * @example
 * options: z.object({ next: nestedChoice(LearningRate) }),
 * create: ({ options }) => afterPause(options.next), // a LearningRate already
 */
export function nestedChoice<T>(role: Role<T>): z.ZodType<T> {
  return z.custom<T>((value) => typeof value === 'object' && value !== null).meta({ role: role.key });
}

/** The options of a component that are nested choices, with the keys of their roles. */
export function nestedRoles({ shape }: z.ZodObject): readonly (readonly [option: string, role: string])[] {
  return Object.entries(shape).flatMap(([option, schema]) => {
    const role = (schema as z.ZodType).meta()?.['role'];
    return typeof role === 'string' ? [[option, role] as const] : [];
  });
}

/**
 * The schema of `{ kind, ...options }` of a component, refinements of its options included, in which a nested choice is
 * checked by the schema of its role.
 */
export function optionsBeside(kind: string, options: z.ZodObject, schemaOf: (role: string) => z.ZodType): z.ZodObject {
  const nested = nestedRoles(options).map(([option, role]): [string, z.ZodType] => {
    const { description = '' } = options.shape[option] as z.ZodType;
    return [option, z.lazy(() => schemaOf(role)).describe(description)];
  });
  const shape = { kind: z.literal(kind), ...options.shape, ...Object.fromEntries(nested) };
  return z.strictObject(shape).check(...((options.def.checks ?? []) as z.core.$ZodCheck<object>[]));
}
