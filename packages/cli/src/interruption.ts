import { onSupervisorStop, placeOfWorker } from '@unfold-zoo/distributed';
import type { Log } from './log.js';

/**
 * Turns the first Ctrl-C (or SIGTERM) into an orderly stop: `signal` is aborted and the work in progress ends at its
 * next safe place. A second one ends the process at once. Of several workers on this machine the supervisor gets both.
 */
export function interruption(log: Pick<Log, 'info'>): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    log.info('\nstopping after this step; press Ctrl-C again to stop at once');
    controller.abort();
  };
  return { signal: controller.signal, release: placeOfWorker() ? onSupervisorStop(stop) : onSignals(stop) };
}

function onSignals(stop: () => void): () => void {
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, stop);
  return () => {
    for (const name of names) process.off(name, stop);
  };
}
