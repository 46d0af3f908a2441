import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where npm installs packages for the product to find: the folder that holds its `node_modules`. */
export function installationFolder(): string {
  // This file is in core/dist/files, in `packages` or in node_modules/@unfold-zoo.
  const folder = fileURLToPath(new URL('../../../..', import.meta.url));
  return resolve(folder, basename(folder) === 'node_modules' ? '..' : '.');
}
