import { z } from 'zod';

/** The option `significance` of an evaluator: a chance, between 0 and 1, below which something is called bad. */
export function significanceOption(value: number, description: string) {
  return z.number().gt(0).lt(1).default(value).describe(description);
}

/** The option `tolerance` of an evaluator: the size of an effect that is no matter, 0 or more. */
export function toleranceOption(value: number, description: string) {
  return z.number().min(0).default(value).describe(description);
}

/** The option `resolved` of an evaluator: the size of an effect that must be told for the verdict good, above 0. */
export function resolvedOption(value: number, description: string) {
  return z.number().gt(0).default(value).describe(description);
}
