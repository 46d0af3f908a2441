import { EXIT } from '@unfold-zoo/core/exit-codes';
import { onStopRequest } from '@unfold-zoo/distributed';

/**
 * Turns the first Ctrl-C, SIGTERM or SIGHUP (of a terminal that is closed) into an orderly stop while `work` is done:
 * its signal is aborted and the work in progress ends at its next safe place. A second one ends the process at once. Of
 * several workers on this machine the supervisor gets both.
 */
export async function withInterruption<T>(
  tell: (message: string) => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const release = onStopRequest(() => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    tell('\nstopping after this step; press Ctrl-C again to stop at once');
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}

/** Waits for the first Ctrl-C, SIGTERM or SIGHUP. A second one ends the process at once. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    onStopRequest(() => {
      if (isAsked) process.exit(EXIT.interrupted);
      isAsked = true;
      resolve();
    });
  });
}
