import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '@unfold-zoo/core';
import { asWriteError, writeFileAtomically } from '@unfold-zoo/core/files';

/** A process that cannot be mistaken for a later one of the same number. */
interface ProcessMark {
  readonly pid: number;
  /** When it started, as the system counts; absent where the system does not tell. */
  readonly startedAt?: string;
}

interface LockFile {
  readonly host: string;
  readonly owner: ProcessMark;
  /** Processes that write into the folder too, and outlive a killed owner for a moment. */
  readonly children: readonly ProcessMark[];
}

/** How long to wait for the children of a benchmark that was killed. */
const PATIENCE_SECONDS = 60;

/** Name of the lock in a folder. */
export const LOCK_FILE = '.lock';

/** Keeps two benchmarks out of one folder. */
export class FolderLock {
  readonly #path: string;
  readonly #owner = mark(process.pid);
  #children: readonly ProcessMark[] = [];

  private constructor(path: string) {
    this.#path = path;
  }

  /** Throws a UserError if another benchmark is at work there; takes over from one that was killed. */
  static async take(folder: string): Promise<FolderLock> {
    const lock = new FolderLock(join(folder, LOCK_FILE));
    while (!lock.#create()) await removeStale(lock.#path);
    return lock;
  }

  // Of several processes that try at once, the system lets one create the file.
  #create(): boolean {
    try {
      writeFileSync(this.#path, this.#text(), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw asWriteError(this.#path, error);
    }
  }

  /** Says which processes write into the folder from now on. */
  share(children: readonly number[]): void {
    this.#children = children.map(mark);
    writeFileAtomically(this.#path, this.#text());
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }

  #text(): string {
    return JSON.stringify({ host: hostname(), owner: this.#owner, children: this.#children } satisfies LockFile);
  }
}

async function removeStale(path: string): Promise<void> {
  const { host, owner, children } = read(path);
  if (host !== hostname() || isAlive(owner)) {
    throw new UserError(
      `busy ${path}: process ${owner.pid} on ${host} is at work on this benchmark; wait for it, or remove the file ` +
        'if there is no such process',
    );
  }
  const until = performance.now() + 1000 * PATIENCE_SECONDS;
  while (children.some(isAlive)) {
    if (performance.now() > until) {
      throw new UserError(`busy ${path}: processes ${children.map(({ pid }) => pid)} of a killed benchmark still run`);
    }
    await delay(100);
  }
  rmSync(path, { force: true });
}

function read(path: string): LockFile {
  const nobody = { host: hostname(), owner: { pid: 0 }, children: [] };
  try {
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as LockFile) : nobody;
  } catch {
    // Cut short by a crash while it was written.
    return nobody;
  }
}

function mark(pid: number): ProcessMark {
  const startedAt = startOf(pid);
  return { pid, ...(startedAt !== undefined && { startedAt }) };
}

function isAlive({ pid, startedAt }: ProcessMark): boolean {
  if (pid === 0) return false;
  if (startedAt !== undefined) return startOf(pid) === startedAt;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Linux: clock ticks since boot, the 22nd field of /proc/pid/stat; the second is in brackets and may have spaces. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
