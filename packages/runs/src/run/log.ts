import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, format, type Logger, transports } from 'winston';
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
 * it. Of several workers each other than rank 0 writes `run.rank-N.log`.
 */
export class RunLog implements Log {
  readonly #other: Log;
  #file: Logger | undefined;

  constructor(other: Log = silentLog) {
    this.#other = other;
  }

  info(message: string): void {
    this.#other.info(message);
    this.#file?.info(message);
  }

  warn(message: string): void {
    this.#other.warn(message);
    this.#file?.warn(message);
  }

  /** From here on everything also goes to the log of a folder. */
  writeTo(folder: string): void {
    this.#file ??= createLogger({ transports: [fileTransport(folder)] });
  }

  /** Flushes and closes the file. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (!file) return;
    await new Promise<void>((resolve) => {
      file.on('finish', () => resolve());
      file.end();
    });
  }
}

function fileTransport(folder: string): transports.FileTransportInstance {
  const rank = ownRank();
  const filename = join(folder, rank === 0 ? 'run.log' : `run.rank-${rank}.log`);
  // Opened here once, so that a folder that cannot be written is an error of this call and not of a stream later.
  appendFileSync(filename, '');
  return new transports.File({
    filename,
    format: format.combine(
      format.timestamp(),
      format.printf(({ timestamp, level, message }) => `${timestamp} ${level} ${message}`),
    ),
  });
}
