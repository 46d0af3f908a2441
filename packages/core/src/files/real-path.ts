import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** The file that a path leads to, through links; the path itself, made absolute, where there is none. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Whether a regular file is there, or a link to one. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Nothing is there, or a file where the path has a folder.
    return false;
  }
}
