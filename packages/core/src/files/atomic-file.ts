import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { asWriteError, NOTHING_HALF_WRITTEN } from './system-errors.js';
import { temporaryPath } from './temporary-path.js';

/**
 * Writes a file so that a crash leaves either the old content or the new, never a part: to a temporary name in the
 * same folder, flushed, then renamed, and the name flushed too.
 * @throws UserError that names the file where the disk is full, read-only, or the path cannot be written.
 */
export function writeFileAtomically(path: string, ...parts: readonly (string | Uint8Array)[]): void {
  const temporary = temporaryPath(path);
  try {
    makeFolder(dirname(path));
    writeAndFlush(temporary, parts);
    renameSync(temporary, path);
    flushFolder(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw asWriteError(path, error, NOTHING_HALF_WRITTEN);
  }
}

/**
 * Makes a folder and those above it; returns those it made, outermost first. The `recursive` option of Node never
 * returns where the system refuses with "no such file", as it does below /proc.
 * @throws the system's error; `asWriteError` makes it the user's.
 */
export function makeFolder(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
  const above = dirname(path) === path ? [] : makeFolder(dirname(path));
  try {
    mkdirSync(path);
    flushFolder(dirname(path));
    return [...above, path];
  } catch (error) {
    // Another process may have been faster.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return above;
    throw error;
  }
}

/** Writes and flushes a file under its own name, for use inside a folder that is renamed as a whole. */
export function writeAndFlush(path: string, parts: readonly (string | Uint8Array)[]): void {
  const file = openSync(path, 'w');
  try {
    for (const part of parts) writeAll(file, typeof part === 'string' ? Buffer.from(part) : part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Flushes the names in a folder, so that a rename survives a power cut. Where the system cannot open or flush folders,
 * as on Windows, it does nothing: the file system's own journal has to do there.
 * @throws the system's error where it can flush folders and fails to.
 */
export function flushFolder(path: string): void {
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    fsyncSync(folder);
  } catch (error) {
    if (!NO_FLUSH.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

const NO_FLUSH: ReadonlySet<string> = new Set(['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'EBADF', 'ENOTSUP', 'ENOSYS']);

/** Writes all of the bytes to an open file: `writeSync` may write less than it was given. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

// Where the disk takes no files it may not give them back either; the first reason is the one to tell.
/** Removes a file or folder if it can be: what only helps whoever comes next is worth no error. */
export function removeQuietly(path: string, { recursive = false } = {}): void {
  try {
    rmSync(path, { recursive, force: true });
  } catch {
    // Of temporary names, the next process that writes here takes care.
  }
}
