import { isAbsolute, relative } from 'node:path';
import type { Log } from '@unfold-zoo/runs';
import { writeEvent } from './progress/json-events.js';

/** Says, as the last line of a command, what its user may want to do next. */
export function tellNext(log: Log, words: readonly string[], { json = false } = {}): void {
  const command = ['unfold', ...words.map(quoted)].join(' ');
  if (json) writeEvent({ event: 'next', command });
  else log.info(`next: ${command}`);
}

function quoted(path: string): string {
  const near = isAbsolute(path) ? relative(process.cwd(), path) : path;
  const word = near === '' || near.startsWith('..') ? path : near;
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
