import type { z } from 'zod';
import { UserError } from '../errors.js';
import { interpret } from './interpret.js';
import { findAt, type LocatedMap, type Origin } from './located.js';
import { type Problem, problemsOf } from './problems.js';

/**
 * Parses a config, or a part of one, and fills its defaults in. Relative `filePath()` options become absolute, and a
 * null takes its key out unless the option accepts null. Throws a UserError that lists every problem with its place.
 */
export function check<Schema extends z.ZodType>(schema: Schema, config: LocatedMap): z.output<Schema> {
  const { value, unknownKeys } = interpret(schema, config);
  const parsed = schema.safeParse(value);
  const reported = new Set(unknownKeys.map(({ path }) => path.join('.')));
  const others = problemsOf(parsed.error?.issues ?? [], value).filter(({ path }) => !reported.has(path.join('.')));
  const problems = [...unknownKeys, ...others];
  if (problems.length > 0) throw new UserError(problems.map((problem) => describe(problem, config)).join('\n'));
  return parsed.data as z.output<Schema>;
}

function describe({ path, text }: Problem, config: LocatedMap): string {
  const key = path.join('.');
  const { place } = nearestOrigin(path, config);
  return place === `--set ${key}` ? `${place}: ${text}` : `${place} ${key}: ${text}`;
}

// What is missing was written nowhere: then the place is that of the key it is missing from.
function nearestOrigin(path: readonly string[], config: LocatedMap): Origin {
  for (let length = path.length; length > 0; length--) {
    const found = findAt(config, path.slice(0, length));
    if (found) return found.key;
  }
  return config.origin;
}
