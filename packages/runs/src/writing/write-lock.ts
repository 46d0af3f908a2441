import { closeSync, fstatSync, ftruncateSync, openSync, rmdirSync, statSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '@unfold-zoo/core';
import { asWriteError, makeFolder, readJson, removeQuietly, sha256 } from '@unfold-zoo/core/files';
import { z } from 'zod';
import type { Log } from '../run/log.js';

/** Name of the lock in the folder of a run or benchmark. */
export const LOCK_FILE = '.lock';

/** Who holds a lock, as its file says. */
const ownerSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** ISO 8601. */
  since: z.string(),
  /** What it does, e.g. "training". */
  work: z.string(),
  /** SHA-256 of all of that. */
  checksum: z.string(),
});

type Owner = Readonly<Omit<z.output<typeof ownerSchema>, 'checksum'>>;

function checksumOf({ pid, host, since, work }: Owner): string {
  return sha256([Buffer.from(JSON.stringify([pid, host, since, work]))]);
}

/** What is locked, and what for. */
export interface LockRequest {
  /** Path of what is to be written, for messages. */
  readonly path: string;
  /** What is done, e.g. "training". */
  readonly work: string;
  /** Told where the file system has no locks. */
  readonly log: Pick<Log, 'warn'>;
}

/** How long to wait for processes that a killed owner leaves behind, which end within moments. */
const PATIENCE_SECONDS = 60;

/**
 * Keeps all others from writing a folder or file: a lock of the operating system's on an open file, which ends with the
 * process, however that ends. It holds between the machines that share a network disk if the disk's locks do. Processes
 * that are started with its `descriptor` hold it too, until the last of them ends.
 */
export class WriteLock implements Disposable {
  readonly #path: string;
  readonly #made: readonly string[];
  #file: number | undefined;

  private constructor(path: string, file: number, made: readonly string[]) {
    this.#path = path;
    this.#file = file;
    this.#made = made;
  }

  /**
   * Takes the lock of a folder, which is made if need be, and removed again if it is empty when the lock is given back.
   * @throws UserError that names the process which has it, and for a folder that cannot be written.
   */
  static ofFolder(folder: string, request: Omit<LockRequest, 'path'>): Promise<WriteLock> {
    return WriteLock.#take(join(folder, LOCK_FILE), folder, { ...request, path: folder });
  }

  /**
   * Takes the lock of a file or folder that is to be written, there or not. Its file is hidden beside that.
   * @throws UserError that names the process which has it, and for a folder above it that cannot be written.
   */
  static ofOutput(path: string, request: Omit<LockRequest, 'path'>): Promise<WriteLock> {
    const absolute = resolve(path);
    const folder = dirname(absolute);
    return WriteLock.#take(join(folder, lockFileOf(basename(absolute))), folder, { ...request, path: absolute });
  }

  static async #take(path: string, folder: string, request: LockRequest): Promise<WriteLock> {
    const until = performance.now() + 1000 * PATIENCE_SECONDS;
    for (let attempt = 0; ; attempt++) {
      const made = orWriteError(request.path, () => makeFolder(folder));
      const file = orWriteError(request.path, () => openFile(path, attempt));
      if (file === undefined) continue;
      if (!tryLock(file, request)) {
        closeSync(file);
        await WriteLock.#waitForEnd(path, request, until);
      } else if (isFileAt(file, path)) {
        const lock = new WriteLock(path, file, made);
        lock.#sign(request.work);
        return lock;
      } else {
        // Its owner removed it after it was opened here: another file has its name now, or none.
        closeSync(file);
      }
    }
  }

  // The processes of a killed benchmark hold its lock for a moment after its own has gone.
  static async #waitForEnd(path: string, request: LockRequest, until: number): Promise<void> {
    const owner = await ownerOf(path);
    const isLeftBehind = owner?.host === hostname() && !isAlive(owner.pid);
    if (!isLeftBehind || performance.now() > until) throw busy(request.path, owner);
    await delay(50);
  }

  #sign(work: string): void {
    const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString(), work };
    try {
      ftruncateSync(this.#file!, 0);
      writeSync(this.#file!, `${JSON.stringify({ ...owner, checksum: checksumOf(owner) })}\n`);
    } catch {
      // On a full disk the lock holds as well; others are told less of who has it.
    }
  }

  /** The open file, for processes that are to hold the lock too. */
  get descriptor(): number {
    return this.#file!;
  }

  /** Gives the lock back, and removes its file. */
  release(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    // While it is held, so that nobody opens the name in between and locks a file that is removed.
    if (isFileAt(file, this.#path)) removeQuietly(this.#path);
    closeSync(file);
    for (const folder of this.#made.toReversed()) removeEmptyFolder(folder);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Name of the lock of a file or folder, beside it. */
export function lockFileOf(name: string): string {
  return `.${name}.lock`;
}

function orWriteError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asWriteError(path, error);
  }
}

/** Undefined if another process has just removed the empty folder, which it had made. */
function openFile(path: string, attempt: number): number | undefined {
  try {
    return openSync(path, 'a+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt >= MOST_ATTEMPTS) throw error;
    return undefined;
  }
}

const MOST_ATTEMPTS = 20;

/** Locks of the operating system; their prebuilt library may be missing, or the disk may have none. */
interface FileLocks {
  tryLock(file: number, offset: number, length: number): boolean;
}

/** Windows keeps others from reading what is locked: a byte far behind the text is, so that the owner can be read. */
const LOCKED_BYTE = 2 ** 30;

function tryLock(file: number, { path, log }: LockRequest): boolean {
  try {
    const locks = createRequire(import.meta.url)('fs-native-extensions') as FileLocks;
    return locks.tryLock(file, LOCKED_BYTE, 1);
  } catch (error) {
    const { code = (error as Error).message } = error as NodeJS.ErrnoException;
    log.warn(`no lock for ${path} (${code}): make sure that no other process writes it meanwhile`);
    return true;
  }
}

function isFileAt(file: number, path: string): boolean {
  const at = statSync(path, { bigint: true, throwIfNoEntry: false });
  const opened = fstatSync(file, { bigint: true });
  return at !== undefined && at.ino === opened.ino && at.dev === opened.dev;
}

/** Undefined if the owner has not signed within a moment, or has gone, and for a damaged file. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const { checksum, ...owner } = readJson(path, ownerSchema, 'who holds the lock');
      if (checksum === checksumOf(owner)) return owner;
    } catch {
      // It may be being written.
    }
    await delay(5);
  }
  return undefined;
}

function busy(path: string, owner: Owner | undefined): UserError {
  const who = owner
    ? `process ${owner.pid} on ${owner.host} has been ${owner.work} there since ${owner.since.replace('T', ' ')}`
    : 'another process is at work there';
  return new UserError(`busy ${path}: ${who}; wait until it has ended, or choose another place`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It holds what was written.
  }
}
