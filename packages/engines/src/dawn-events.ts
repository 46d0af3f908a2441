/**
 * Dawn settles its promises in a callback that it hands to `setImmediate`, which it looks up anew each time, over and
 * over until the GPU is done. Here those callbacks are kept, so that whoever cannot await may let Dawn have its turn at
 * once; and what takes longer than a few turns is asked for once a millisecond, which leaves the processor to others.
 */
export class DawnEvents {
  readonly #waiting = new Set<() => void>();
  #turns = 0;
  #isBlocking = false;

  /** Calls into Dawn. What it wants to do later it does then, or while somebody waits. */
  run<T>(call: () => T): T {
    this.#turns = 0;
    return this.#keeping(call);
  }

  /** Lets Dawn have its turns for as long as the condition holds and it has something to do. */
  waitWhile(condition: () => boolean): void {
    this.#isBlocking = true;
    try {
      for (let turn = 0; condition() && this.#waiting.size > 0; turn++) {
        if (turn >= EAGER_TURNS) Atomics.wait(never, 0, 0, PAUSE_MILLISECONDS);
        for (const callback of [...this.#waiting]) this.#settle(callback);
      }
    } finally {
      this.#isBlocking = false;
      for (const callback of this.#waiting) this.#schedule(callback);
    }
  }

  #keeping<T>(call: () => T): T {
    const { setImmediate } = globalThis;
    const later = (callback: () => void): void => {
      this.#waiting.add(callback);
      if (!this.#isBlocking) this.#schedule(callback, setImmediate);
    };
    globalThis.setImmediate = later as unknown as typeof setImmediate;
    try {
      return call();
    } finally {
      globalThis.setImmediate = setImmediate;
    }
  }

  #schedule(callback: () => void, soon = setImmediate): void {
    const settle = (): void => this.#settle(callback);
    if (this.#turns < EAGER_TURNS) soon(settle);
    else setTimeout(settle, 1);
  }

  #settle(callback: () => void): void {
    this.#turns++;
    if (this.#waiting.delete(callback)) this.#keeping(callback);
  }
}

// A turn takes some microseconds, so these some tenths of a millisecond.
const EAGER_TURNS = 100;
const PAUSE_MILLISECONDS = 0.05;
const never = new Int32Array(new SharedArrayBuffer(4));
