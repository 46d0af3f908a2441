import { dirname } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { checkConfig, parseYaml } from '@unfold-zoo/core/config';
import type { z } from 'zod';

/**
 * Parses YAML text and checks it with a schema. Throws one `UserError` that lists every mistake as
 * `file:line:column key.path: what is wrong`.
 */
export function parseLocated<Schema extends z.ZodType>(text: string, file: string, schema: Schema): z.output<Schema> {
  const folder = dirname(file);
  const root = parseYaml(text, (line, column) => ({ place: `${file}:${line}:${column}`, folder }));
  if (root.type === 'map') return checkConfig(schema, root);
  throw new UserError(`${root.origin.place}: expected keys with values`);
}
