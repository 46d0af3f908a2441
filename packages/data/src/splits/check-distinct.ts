import { type Split, UserError } from '@unfold-zoo/core';
import { realPath } from '@unfold-zoo/core/files';
import type { FilePaths } from '../files/file-lists.js';

/** @throws UserError for a file that is named twice, or of two splits. */
export function checkDistinct(splits: Readonly<Record<Split, FilePaths | undefined>>): void {
  const seen = new Map<string, string>();
  for (const [split, paths] of Object.entries(splits)) {
    for (const path of [paths ?? []].flat()) {
      const real = realPath(path);
      const other = seen.get(real);
      if (other === split) throw new UserError(`duplicate data.${split}: ${path} is named twice`);
      if (other) {
        throw new UserError(
          `duplicate data.${split}: ${path} is data.${other} too; leave it out and set data.${split}Fraction`,
        );
      }
      seen.set(real, split);
    }
  }
}
