import { isAbsolute, resolve as resolvePath } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve as resolvePackage } from 'import-meta-resolve';
import { isFile } from '../files/real-path.js';

/**
 * The absolute path of the file that a config names, seen from the folder of the config: a path, or something in an
 * installed package (`@me/plugin`, `@me/plugin/presets/x.yaml`). Throws an Error that says what was looked for.
 */
export function locate(name: string, folder: string): string {
  const file = resolvePath(folder, name);
  if (isFile(file)) return file;
  if (name.startsWith('.') || isAbsolute(name)) throw new Error(`there is no file ${file}`);
  const url = packageUrl(name, folder, file);
  if (!url.startsWith('file:')) throw new Error(`${name} is part of Node`);
  return fileURLToPath(url);
}

function packageUrl(name: string, folder: string, file: string): string {
  try {
    return resolvePackage(name, pathToFileURL(resolvePath(folder, 'config.yaml')).href);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`there is no file ${file} and no package of that name`, { cause: error });
  }
}
