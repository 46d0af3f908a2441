import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { asWriteError, writeAll } from '@unfold-zoo/core/files';
import { ownRank } from '../workers/own-rank.js';

/** Told in short sentences what happens. `console` is one. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** A log that nobody reads. */
export const silentLog: Log = { info: () => {}, warn: () => {} };

/**
 * The log of a run: what the user's log is told, and from when the folder of the run is known, with times, `run.log` in
 * it. Of several workers each other than rank 0 writes `run.rank-N.log`. A disk that takes no more of it ends the file
 * and nothing else.
 */
export class RunLog implements Log {
  readonly #other: Log;
  #file: number | undefined;

  constructor(other: Log = silentLog) {
    this.#other = other;
  }

  info(message: string): void {
    this.#other.info(message);
    this.#write('info', message);
  }

  warn(message: string): void {
    this.#other.warn(message);
    this.#write('warn', message);
  }

  /**
   * From here on everything also goes to the log of a folder.
   * @throws UserError for a folder that cannot be written.
   */
  writeTo(folder: string): void {
    const path = join(folder, nameOfLog());
    try {
      this.#file ??= openSync(path, 'a');
    } catch (error) {
      throw asWriteError(path, error);
    }
  }

  /** The same where the folder can be written; a run that can only be read has no log of what is drawn from it. */
  writeWhereAllowed(folder: string): void {
    try {
      this.writeTo(folder);
    } catch {
      // Nothing else is written there.
    }
  }

  /** Closes the file. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #write(level: string, message: string): void {
    if (this.#file === undefined) return;
    try {
      writeAll(this.#file, Buffer.from(`${new Date().toISOString()} ${level} ${message}\n`));
    } catch (error) {
      this.close();
      this.#other.warn(`the log of the run ends here: ${(error as Error).message}`);
    }
  }
}

function nameOfLog(): string {
  const rank = ownRank();
  return rank === 0 ? 'run.log' : `run.rank-${rank}.log`;
}
