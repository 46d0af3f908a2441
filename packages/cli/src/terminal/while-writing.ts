import { EXIT } from '@unfold-zoo/core/exit-codes';
import type { Log, OnProgress } from '@unfold-zoo/runs';
import { withInterruption } from './interruption.js';
import { withBar } from './progress-bar.js';

/** How work is watched and stopped that writes one file, whole or not at all. */
interface Watching {
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Does such work with a bar until Ctrl-C, of which it tells; undefined then. */
export function whileWriting<T>(bar: string, log: Log, work: (how: Watching) => Promise<T>): Promise<T | undefined> {
  return withInterruption(log.info, async (signal) => {
    try {
      return await withBar(bar, (onProgress) => work({ signal, onProgress }));
    } catch (error) {
      if (!signal.aborted) throw error;
      log.info('stopped; nothing was written');
      process.exitCode = EXIT.interrupted;
      return undefined;
    }
  });
}
