import type { z } from 'zod';
import { problemsOf } from '../config/problems.js';
import { UserError } from '../errors.js';

/**
 * The options that a function was given, checked by their schema and with its defaults.
 * @throws UserError that lists every option that is wrong: `invalid draws: expected at least 1, got 0`.
 */
export function checkOptions<Schema extends z.ZodObject>(schema: Schema, options: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(options);
  if (success) return data;
  const lines = problemsOf(error.issues, options).map(({ path, text }) => `invalid ${path.join('.')}: ${text}`);
  throw new UserError(lines.join('\n'));
}
