import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { filePath } from '@unfold-zoo/core/files';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { z } from 'zod';

/**
 * An option that names one file or several that are read one after the other: a path, a pattern such as `data/*.h5`, a
 * folder, or a list of these. Patterns become the files that they find and folders those in them, hidden ones aside,
 * sorted by name; what finds nothing stays as it is.
 */
export function filePaths() {
  return z.union([filePath(), z.array(filePath()).min(1)]).transform(filesFound);
}

/** One file, or several in order. */
export type FilePaths = string | readonly string[];

function filesFound(written: FilePaths): FilePaths {
  if (typeof written !== 'string') return written.flatMap((each) => filesOf(each));
  return isPattern(written) || isFolder(written) ? filesOf(written) : written;
}

function filesOf(path: string): string[] {
  if (isFolder(path)) return filesIn(path);
  if (!isPattern(path)) return [path];
  // The folders that are there are taken as they are written: their names may look like patterns.
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const pattern = relative(folder, path).replaceAll(sep, '/');
  const found = globSync(pattern, { cwd: folder, absolute: true, expandDirectories: false });
  return found.length > 0 ? found.sort() : [path];
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function filesIn(folder: string): string[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => !entry.name.startsWith('.') && !isFolder(join(folder, entry.name)),
  );
  return files.length > 0 ? files.map(({ name }) => join(folder, name)).sort() : [folder];
}

/** Whether a path is a pattern and not the name of a file that is there. */
export function isPattern(path: string): boolean {
  return isDynamicPattern(path) && !existsSync(path);
}
