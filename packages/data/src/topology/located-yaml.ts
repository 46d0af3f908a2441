import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { checkConfig, parseYaml } from '@unfold-zoo/core/config';
import { asReadError } from '@unfold-zoo/core/files';
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

/** The text of a YAML file. @throws UserError that names it and says why it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw asReadError(path, error);
  }
}
