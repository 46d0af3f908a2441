/**
 * Seconds that this process has been at work. The time that it was stopped, as by Ctrl-Z, does not count, nor does that
 * of a machine which sleeps, as far as its clock stands still then (Linux, macOS).
 */
export class Stopwatch implements Disposable {
  #seconds: number;
  #wall = performance.now();
  #processor = process.cpuUsage();
  #hasBeenStopped = false;
  readonly #onContinued = (): void => {
    this.#hasBeenStopped = true;
  };

  /** Goes on from `seconds`. */
  constructor(seconds = 0) {
    this.#seconds = seconds;
    process.on('SIGCONT', this.#onContinued);
  }

  /** Seconds up to now. To be asked for often: see `#lap`. */
  get seconds(): number {
    this.#seconds += this.#lap();
    return this.#seconds;
  }

  /**
   * Seconds since the last lap. Nobody is told when a process is stopped, only that it goes on: of a lap with a stop in
   * it, the time that the processor worked counts, which is too little by what the process waited in this lap.
   */
  #lap(): number {
    const [wall, processor] = [performance.now(), process.cpuUsage()];
    const passed = (wall - this.#wall) / 1000;
    const worked = (processor.user + processor.system - this.#processor.user - this.#processor.system) / 1e6;
    const seconds = this.#hasBeenStopped ? Math.min(passed, worked) : passed;
    [this.#wall, this.#processor, this.#hasBeenStopped] = [wall, processor, false];
    return seconds;
  }

  [Symbol.dispose](): void {
    process.off('SIGCONT', this.#onContinued);
  }
}
