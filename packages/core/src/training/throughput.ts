/** Smoothed events per second. */
export class Throughput {
  #last = performance.now();
  #smoothed: number | undefined;

  /** Takes in that so many events are done, and returns the rate. */
  tick(events: number): number {
    const now = performance.now();
    const current = (1000 * events) / (now - this.#last);
    this.#last = now;
    this.#smoothed = this.#smoothed === undefined ? current : 0.9 * this.#smoothed + 0.1 * current;
    return this.#smoothed;
  }

  /** Leaves the time since the last tick out of account. */
  pause(): void {
    this.#last = performance.now();
  }
}
