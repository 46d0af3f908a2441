import { printable } from '@unfold-zoo/core/printable';
import { type Log, ownRank } from '@unfold-zoo/runs';
import { createLogger, format, transports } from 'winston';
import { writeEvent } from './progress/json-events.js';

/**
 * Makes a log of short lines on standard error; of several workers the first alone writes. `quiet` keeps information,
 * but not warnings, to itself; `json` writes each line as an event.
 */
export function createLog({ quiet = false, json = false } = {}): Log {
  if (json) {
    const tell = (level: 'info' | 'warn') => (text: string) => writeEvent({ event: 'message', level, text });
    return { info: quiet ? () => undefined : tell('info'), warn: tell('warn') };
  }
  const console = new transports.Console({
    silent: ownRank() > 0,
    level: quiet ? 'warn' : 'info',
    stderrLevels: ['info', 'warn', 'error'],
    format: format.printf(({ level, message }) => printable(level === 'info' ? `${message}` : `${level}: ${message}`)),
  });
  const logger = createLogger({ transports: [console] });
  return { info: (message) => void logger.info(message), warn: (message) => void logger.warn(message) };
}
