import { EXIT } from '@unfold-zoo/core/exit-codes';
import type { Log, OnProgress } from '@unfold-zoo/runs';
import { withInterruption } from './interruption.js';
import { withBar } from './progress/progress-bar.js';

/** How work that writes is watched and stopped. */
export interface Watching {
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** What is told of such work. */
export interface Told {
  /** Of work that was stopped. Default: that nothing was written. */
  readonly stopped?: string;
  /** Whether progress is told to a program, in place of a bar. */
  readonly json?: boolean;
}

/** Does such work with a bar until Ctrl-C; undefined then. */
export function whileWriting<T>(
  bar: string,
  log: Log,
  work: (how: Watching) => Promise<T>,
  { stopped = 'nothing was written', json = false }: Told = {},
): Promise<T | undefined> {
  return withInterruption(log.info, async (signal) => {
    try {
      return await withBar(bar, (onProgress) => work({ signal, onProgress }), { json });
    } catch (error) {
      if (!signal.aborted) throw error;
      log.info(`stopped; ${stopped}`);
      process.exitCode = EXIT.interrupted;
      return undefined;
    }
  });
}
