import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, format, type Logger, transports } from 'winston';
import { ownRank } from './own-rank.js';

/**
 * The run's log: short lines on standard error, and with times in `run.log` once a run directory is known. Of several
 * workers the first alone writes to the terminal; each other writes `run.rank-N.log`.
 */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  /** From here on everything also goes to the log of a directory. */
  writeTo(directory: string): void;
  /** Flushes and closes the file. */
  close(): Promise<void>;
}

/** Makes a log. `quiet` keeps information, but not warnings, off the terminal. */
export function createLog({ quiet = false } = {}): Log {
  const console = new transports.Console({
    silent: ownRank() > 0,
    level: quiet ? 'warn' : 'info',
    stderrLevels: ['info', 'warn', 'error'],
    format: format.printf(({ level, message }) => (level === 'info' ? `${message}` : `${level}: ${message}`)),
  });
  const logger: Logger = createLogger({ transports: [console] });
  const files = new Set<string>();
  return {
    info: (message) => void logger.info(message),
    warn: (message) => void logger.warn(message),
    writeTo: (directory) => {
      if (files.has(directory)) return;
      logger.add(runLog(directory));
      files.add(directory);
    },
    close: () => closeLogger(logger),
  };
}

function runLog(directory: string): transports.FileTransportInstance {
  const rank = ownRank();
  const filename = join(directory, rank === 0 ? 'run.log' : `run.rank-${rank}.log`);
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

function closeLogger(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    logger.on('finish', () => resolve());
    logger.end();
  });
}
