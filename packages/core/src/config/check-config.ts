import type { z } from 'zod';
import { UserError } from '../errors.js';
import { firstLines } from './first-lines.js';
import { interpret } from './interpret.js';
import { findAt, type LocatedMap, type Origin } from './located.js';
import { type Problem, problemsOf } from './problems.js';

/**
 * Parses a config, or a part of one, and fills its defaults in. Relative `filePath()` options become absolute, and a
 * null takes its key out unless the option accepts null.
 * @throws UserError that lists the problems with their places, twenty at most.
 */
export function checkConfig<Schema extends z.ZodType>(schema: Schema, config: LocatedMap): z.output<Schema> {
  const { value, problems: found } = interpret(schema, config);
  const parsed = schema.safeParse(value);
  const reported = new Set(found.map(({ path }) => path.join('.')));
  const others = problemsOf(parsed.error?.issues ?? [], value).filter(({ path }) => !reported.has(path.join('.')));
  const problems = [...found, ...others];
  if (problems.length > 0) throw new UserError(firstLines(problems.map((problem) => describe(problem, config))));
  return parsed.data as z.output<Schema>;
}

function describe(problem: Problem, config: LocatedMap): string {
  const key = problem.path.join('.');
  const { place, key: overridden } = originOf(problem, config);
  return overridden === key ? `${place}: ${problem.text}` : `${place} ${key}: ${problem.text}`;
}

// What is missing was written nowhere: then it is the key that it is missing from.
function originOf({ path, at }: Problem, config: LocatedMap): Origin {
  const found = findAt(config, path);
  if (found) return at === 'key' ? found.key : found.value.origin;
  const above = path.slice(0, -1);
  return above.length > 0 ? originOf({ path: above, at: 'key', text: '' }, config) : config.origin;
}
