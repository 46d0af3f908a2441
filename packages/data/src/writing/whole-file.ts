import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { asWriteError, flushFolder, makeFolder, NOTHING_HALF_WRITTEN, temporaryPath } from '@unfold-zoo/core/files';

/**
 * Makes a file that comes into being whole or not at all: `write` is given a temporary name in the same folder, which
 * is flushed and renamed when it is done.
 * @throws UserError where the disk does not take it; what `write` throws.
 */
export async function writeWholeFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    makeFolder(dirname(path));
    await write(temporary);
    const file = openSync(temporary, 'r+');
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, path);
    flushFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw asWriteError(path, error, NOTHING_HALF_WRITTEN);
  }
}
