import { existsSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { filePath } from '@unfold-zoo/core';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { z } from 'zod';

/**
 * An option that names one file or several that are read one after the other: a path, a pattern such as `data/*.h5`, or
 * a list of either. Patterns become the files that they find, sorted by name; one that finds nothing stays as it is.
 */
export function filePaths() {
  return z.union([filePath(), z.array(filePath()).min(1)]).transform(filesFound);
}

/** One file, or several in order. */
export type FilePaths = string | readonly string[];

function filesFound(written: FilePaths): FilePaths {
  if (typeof written !== 'string') return written.flatMap((each) => filesOf(each));
  return isPattern(written) ? filesOf(written) : written;
}

function filesOf(path: string): string[] {
  if (!isPattern(path)) return [path];
  // The folders that are there are taken as they are written: their names may look like patterns.
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const pattern = relative(folder, path).replaceAll(sep, '/');
  const found = globSync(pattern, { cwd: folder, absolute: true, expandDirectories: false });
  return found.length > 0 ? found.sort() : [path];
}

/** Whether a path is a pattern and not the name of a file that is there. */
export function isPattern(path: string): boolean {
  return isDynamicPattern(path) && !existsSync(path);
}
