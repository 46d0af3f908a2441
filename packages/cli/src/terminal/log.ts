import { printable } from '@unfold-zoo/core/printable';
import { type Log, ownRank } from '@unfold-zoo/runs';
import { createLogger, format, transports } from 'winston';

/**
 * Makes a log of short lines on standard error; of several workers the first alone writes. `quiet` keeps information,
 * but not warnings, to itself.
 */
export function createLog({ quiet = false } = {}): Log {
  const console = new transports.Console({
    silent: ownRank() > 0,
    level: quiet ? 'warn' : 'info',
    stderrLevels: ['info', 'warn', 'error'],
    format: format.printf(({ level, message }) => printable(level === 'info' ? `${message}` : `${level}: ${message}`)),
  });
  const logger = createLogger({ transports: [console] });
  return { info: (message) => void logger.info(message), warn: (message) => void logger.warn(message) };
}
