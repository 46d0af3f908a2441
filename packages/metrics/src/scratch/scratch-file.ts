import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { asWriteError, bytesOf } from '@unfold-zoo/core/files';

/** Arrays of more bytes than this are kept in files, or read again whenever they are needed, unless told otherwise. */
export const LARGEST_ARRAY = 2 ** 27;

/**
 * A file for numbers that are too many to hold, in the folder for temporary files (`TMPDIR`). It has no name once it is
 * open, so that nothing is left of it however the process ends. Whoever hands its descriptor on holds it meanwhile.
 */
export class ScratchFile {
  /** Its descriptor, by which every thread of the process may read it. */
  readonly descriptor: number;

  constructor() {
    const path = join(tmpdir(), `unfold-${process.pid}-${++opened}.scratch`);
    try {
      this.descriptor = openSync(path, 'wx+');
      rmSync(path);
    } catch (error) {
      throw asWriteError(path, error, OTHER_FOLDER);
    }
    forgotten.register(this, this.descriptor, this);
  }

  /** Writes numbers at a position in bytes. @throws UserError for a disk that does not take them. */
  write(values: Float32Array | Uint32Array, position: number): void {
    const bytes = bytesOf(values);
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, position + done);
    } catch (error) {
      throw asWriteError(tmpdir(), error, OTHER_FOLDER);
    }
  }

  /** Fills an array with the numbers at a position in bytes. */
  read(into: Float32Array | Uint32Array, position: number): void {
    readScratch(this.descriptor, into, position);
  }

  [Symbol.dispose](): void {
    forgotten.unregister(this);
    closeSync(this.descriptor);
  }
}

/** Closes files that nobody holds any more and nobody disposed of. */
const forgotten = new FinalizationRegistry<number>(closeSync);

let opened = 0;
const OTHER_FOLDER = 'the variable TMPDIR names another folder for temporary files';
/** No system reads more than 2 GiB at once. */
const MOST_AT_ONCE = 2 ** 30;

/** Fills an array with the numbers at a position, in bytes, of a scratch file. */
export function readScratch(descriptor: number, into: Float32Array | Uint32Array, position: number): void {
  const bytes = bytesOf(into);
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(descriptor, bytes, done, Math.min(bytes.length - done, MOST_AT_ONCE), position + done);
    if (read === 0) throw new UserError(`truncated scratch file in ${tmpdir()}: its disk has lost a part of it`);
    done += read;
  }
}
