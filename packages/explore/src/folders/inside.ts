import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { UserError } from '@unfold-zoo/core';

/**
 * The path of a file of a folder; undefined if it is not there.
 * @throws UserError for one that a symbolic link leads out of the folder.
 */
export function fileInside(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  const way = relative(realpathSync(folder), realpathSync(path));
  if (way === '..' || way.startsWith(`..${sep}`)) throw new UserError(`invalid ${path}: it leads out of ${folder}`);
  return path;
}

/**
 * The text of a file of a folder; undefined if it is not there.
 * @throws UserError as `fileInside`, and for one of over `most` bytes.
 */
export function textInside(folder: string, name: string, most = 4e6): string | undefined {
  const path = fileInside(folder, name);
  if (path === undefined) return undefined;
  const { size } = statSync(path);
  if (size > most) throw new UserError(`invalid ${path}: ${size} bytes, over ${most}`);
  return readFileSync(path, 'utf8');
}

/** The last bytes of a file of a folder as text, and how large and old the file is; undefined if it is not there. */
export function endInside(folder: string, name: string, bytes = 65_536) {
  const path = fileInside(folder, name);
  if (path === undefined) return undefined;
  const file = openSync(path, 'r');
  try {
    const { size, mtimeMs } = fstatSync(file);
    const end = Buffer.alloc(Math.min(bytes, size));
    readSync(file, end, 0, end.length, size - end.length);
    return { text: end.toString('utf8'), size, changed: mtimeMs };
  } finally {
    closeSync(file);
  }
}
