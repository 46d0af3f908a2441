import { dirname } from 'node:path';
import { type Located, type Origin, parseYaml, plainValue, UserError } from '@unfold-zoo/core';
import type { z } from 'zod';

/**
 * Parses YAML text and checks it with a schema. Throws one `UserError` that lists every mistake as
 * `file:line:column key.path: what is wrong`.
 */
export function parseLocated<Schema extends z.ZodType>(text: string, file: string, schema: Schema): z.output<Schema> {
  const folder = dirname(file);
  const root = parseYaml(text, (line, column) => ({ place: `${file}:${line}:${column}`, folder }));
  const result = schema.safeParse(plainValue(root));
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [`${originOf(root, issue.path).place} ${issue.path.join('.')}: ${issue.message}`];
    }
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${originOf(root, path).place} ${path.join('.')}: unknown key`;
    });
  });
  throw new UserError(lines.join('\n'));
}

/** Who wrote what is at a path; of a key that is missing, who wrote the map that should have it. */
function originOf(root: Located, path: readonly PropertyKey[]): Origin {
  let node = root;
  let { origin } = root;
  for (const key of path) {
    const entry = node.type === 'map' ? node.entries.get(String(key)) : undefined;
    const next = node.type === 'list' ? node.items[Number(key)] : entry?.value;
    if (!next) break;
    node = next;
    origin = entry?.key ?? next.origin;
  }
  return origin;
}
