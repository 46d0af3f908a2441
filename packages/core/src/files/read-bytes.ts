import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { UserError } from '../errors.js';
import { asReadError } from './system-errors.js';

/** The largest file that Node reads into one buffer on every system that it runs on. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * All bytes of a regular file, in a buffer of its own. A device, pipe or folder is refused rather than waited for.
 * @param what what the file should be, for messages, e.g. `a safetensors file`.
 * @param most bytes that it may have.
 * @throws UserError that names the file if it is missing, cannot be read, or is larger.
 */
export function readBytes(path: string, what: string, most: number = MOST_BYTES): Buffer {
  let file: number | undefined;
  try {
    if (!statSync(path).isFile()) throw new UserError(`invalid ${path}: not a regular file; expected ${what}`);
    file = openSync(path, constants.O_RDONLY);
    const { size } = fstatSync(file);
    if (size > most) throw new UserError(`invalid ${path}: its ${size} bytes are more than ${most}; expected ${what}`);
    return readOpenFile(file, size);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UserError(`missing ${path}: expected ${what}`);
    throw asReadError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

// One that another process cuts short meanwhile is read as far as it goes.
function readOpenFile(file: number, size: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(size));
  let done = 0;
  for (let read = -1; done < size && read !== 0; done += read) read = readSync(file, bytes, done, size - done, null);
  return bytes.subarray(0, done);
}
