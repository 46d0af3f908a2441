import type { Log } from './log.js';

/**
 * Turns the first Ctrl-C (or SIGTERM) into an orderly stop: `signal` is aborted and the work in progress ends at its
 * next safe place. A second one ends the process at once.
 */
export function interruption(log: Pick<Log, 'info'>): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    log.info('\nstopping after this step; press Ctrl-C again to stop at once');
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
    },
  };
}
