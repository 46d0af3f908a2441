import { UserError } from '@unfold-zoo/core';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/**
 * Parses YAML text and checks it with a schema. Throws one `UserError` that lists every mistake as
 * `file:line:column key.path: what is wrong`.
 */
export function parseLocated<Schema extends z.ZodType>(text: string, file: string, schema: Schema): z.output<Schema> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const located = (offset: number, message: string): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${line}:${col} ${message}`;
  };
  if (document.errors.length > 0) {
    throw new UserError(document.errors.map(({ pos, message }) => located(pos[0], message)).join('\n'));
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;

  const offsetOf = (path: readonly PropertyKey[], key?: string): number => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (key !== undefined && depth === path.length && isMap(node)) {
        const pair = node.items.find(({ key: each }) => isScalar(each) && each.value === key);
        if (isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
      }
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  };
  const lines = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) =>
        located(offsetOf(issue.path, key), `${[...issue.path, key].join('.')}: unknown key`),
      );
    }
    return [located(offsetOf(issue.path), `${issue.path.join('.')}: ${issue.message}`)];
  });
  throw new UserError(lines.join('\n'));
}
