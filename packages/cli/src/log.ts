import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, format, type Logger, transports } from 'winston';

/** The run's log: short lines on standard error, and with times in `run.log` once a run directory is known. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  /** From here on everything also goes to `run.log` of a directory. */
  writeTo(directory: string): void;
  /** Flushes and closes the file. */
  close(): Promise<void>;
}

/** Makes a log. `quiet` keeps information, but not warnings, off the terminal. */
export function createLog({ quiet = false } = {}): Log {
  const console = new transports.Console({
    level: quiet ? 'warn' : 'info',
    stderrLevels: ['info', 'warn', 'error'],
    format: format.printf(({ level, message }) => (level === 'info' ? `${message}` : `${level}: ${message}`)),
  });
  const logger: Logger = createLogger({ transports: [console] });
  return {
    info: (message) => void logger.info(message),
    warn: (message) => void logger.warn(message),
    writeTo: (directory) => void logger.add(runLog(directory)),
    close: () => closeLogger(logger),
  };
}

function runLog(directory: string): transports.FileTransportInstance {
  const filename = join(directory, 'run.log');
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
