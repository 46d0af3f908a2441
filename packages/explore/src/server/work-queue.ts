import { UserError } from '@unfold-zoo/core';

/** Pieces of work that may wait; more are refused. */
const MOST_WAITING = 16;

/** Does one piece of work after the other: the engine is one, and so is the memory. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * Does work when all before it is done; one whose signal is aborted by then is not begun, and waits no longer.
   * @throws UserError where too much waits already; the reason of a signal that is aborted.
   */
  async add<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#waiting >= MOST_WAITING) throw new UserError(`busy: ${MOST_WAITING} requests wait already; try again`);
    signal.throwIfAborted();
    this.#waiting++;
    const begun = new AbortController();
    const leave = (): void => {
      this.#waiting--;
      begun.abort();
    };
    signal.addEventListener('abort', leave, { once: true, signal: begun.signal });
    const done = this.#last.then(() => {
      signal.throwIfAborted();
      leave();
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Waits until nothing is at work. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
