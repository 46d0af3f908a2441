import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { isUserError, UserError } from '@unfold-zoo/core';
import { asReadError } from '@unfold-zoo/core/files';
import { noDataFile } from './foreign-file.js';

/**
 * Bytes that are read while everything else waits, at most. Of a file that the system has in memory that takes a tenth
 * of the processor time that waiting for them takes, and from a disk a few milliseconds.
 */
const READ_AT_ONCE = 2 ** 20;
/** Milliseconds after which timers, signals and other waiting events have their turn. */
const WITHOUT_TURN = 20;
/** When they had it last. */
let lastTurn = 0;

/** Bytes that are read by ranges: those of a file, or of a part of one. */
export interface ByteRanges {
  readonly size: number;
  /** @throws UserError for bytes that are not there. */
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Whether bytes begin with those of a text, each of its characters a byte. */
export async function beginWith(bytes: ByteRanges, text: string): Promise<boolean> {
  const first = await bytes.read(0, Math.min(text.length, bytes.size));
  return Buffer.from(first).toString('latin1') === text;
}

/** The bytes of a regular file. */
export class FileBytes implements ByteRanges {
  readonly path: string;
  readonly size: number;
  readonly #file: FileHandle;

  private constructor(path: string, size: number, file: FileHandle) {
    this.path = path;
    this.size = size;
    this.#file = file;
  }

  /** @throws UserError for a file that is missing, empty, no regular file, or may not be read. */
  static async open(path: string): Promise<FileBytes> {
    const file = await openRegular(path);
    const { size } = await file.stat();
    if (size > 0) return new FileBytes(path, size, file);
    await file.close();
    throw noDataFile(path, 'is empty');
  }

  /** @throws UserError for bytes that the file does not have. */
  async read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(length >= 0 && length <= this.size)) throw this.#truncated();
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer); // every byte is read or none is given
    await this.readTo(bytes, start);
    return bytes;
  }

  /** Reads to all of an array. @throws UserError for bytes that the file does not have. */
  async readTo(bytes: Uint8Array, start: number): Promise<void> {
    const { length } = bytes;
    if (!(start >= 0 && start + length <= this.size)) throw this.#truncated();
    for (let done = 0; done < length; ) {
      const bytesRead = await this.#readSome(bytes.subarray(done), start + done);
      if (bytesRead === 0) throw this.#truncated();
      done += bytesRead;
    }
  }

  async #readSome(bytes: Uint8Array, start: number): Promise<number> {
    if (bytes.length > READ_AT_ONCE) return (await this.#file.read(bytes, 0, bytes.length, start)).bytesRead;
    if (performance.now() - lastTurn > WITHOUT_TURN) {
      await setImmediate();
      lastTurn = performance.now();
    }
    return readSync(this.#file.fd, bytes, 0, bytes.length, start);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #truncated(): UserError {
    return new UserError(`damaged ${this.path}: it is truncated, or says that it has more than its ${this.size} bytes`);
  }
}

async function openRegular(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    const stat = await file.stat();
    if (stat.isFile()) return file;
    await file.close();
    throw noDataFile(path, stat.isDirectory() ? 'is a folder' : 'is not a regular file');
  } catch (error) {
    if (isUserError(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UserError(`missing file: ${path} does not exist`);
    throw asReadError(path, error);
  }
}
