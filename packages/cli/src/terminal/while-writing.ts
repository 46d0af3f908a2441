import { EXIT } from '@unfold-zoo/core/exit-codes';
import type { Log, OnProgress } from '@unfold-zoo/runs';
import { withInterruption } from './interruption.js';
import { withBar } from './progress/progress-bar.js';

/** How work that writes is watched and stopped. */
export interface Watching {
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/**
 * Does such work with a bar until Ctrl-C; undefined then.
 * @param stopped what to tell of work that was stopped.
 */
export function whileWriting<T>(
  bar: string,
  log: Log,
  work: (how: Watching) => Promise<T>,
  stopped = 'nothing was written',
): Promise<T | undefined> {
  return withInterruption(log.info, async (signal) => {
    try {
      return await withBar(bar, (onProgress) => work({ signal, onProgress }));
    } catch (error) {
      if (!signal.aborted) throw error;
      log.info(`stopped; ${stopped}`);
      process.exitCode = EXIT.interrupted;
      return undefined;
    }
  });
}
