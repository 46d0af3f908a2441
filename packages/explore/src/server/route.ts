import { UserError } from '@unfold-zoo/core';
import { checkOptions } from '@unfold-zoo/core/options';
import type { z } from 'zod';

/** What a route answers with: JSON, or numbers in single precision, little-endian. */
export type Answer = { readonly json: unknown } | { readonly numbers: Float32Array };

/** One thing that the pages ask for. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Of the query or of the body, checked. The signal is aborted when the page no longer waits. */
  answer(given: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Answer>;
}

/** A route with the schema of what it is given. */
export function route<Schema extends z.ZodObject>(
  method: Route['method'],
  schema: Schema,
  answer: (options: z.output<Schema>, signal: AbortSignal) => Answer | Promise<Answer>,
): Route {
  return {
    method,
    answer: async (given, signal) => answer(checkOptions(schema, given as z.input<Schema>), signal),
  };
}

/** What is asked for is not there. */
export class NotFound extends UserError {}
