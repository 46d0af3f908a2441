import { duration } from '../progress/duration.js';
import type { OnProgress } from '../progress/progress.js';

/** What one method has to do. */
interface MethodWork {
  readonly label: string;
  /** How many unfoldings it makes, with those of tests. */
  readonly total: number;
  done: number;
  secondsEach: number;
}

/** How far all methods of a measurement are, and how long the rest will take at the pace of each. */
export class UnfoldingProgress {
  readonly #methods: readonly MethodWork[];
  readonly #tell: OnProgress | undefined;

  constructor(methods: readonly { readonly label: string; readonly total: number }[], tell: OnProgress | undefined) {
    this.#methods = methods.map((each) => ({ ...each, done: 0, secondsEach: Number.NaN }));
    this.#tell = tell;
  }

  /** Counts unfoldings of a method; its tests may make a few more or less than were foreseen. */
  add(label: string, unfoldings: number): void {
    const method = this.#methodOf(label);
    method.done = Math.min(method.total, method.done + unfoldings);
    const [done, total] = [this.#sum(({ done }) => done), this.#sum(({ total }) => total)];
    const { secondsLeft } = this;
    const left = Number.isNaN(secondsLeft) ? {} : { secondsLeft };
    this.#tell?.({ stage: 'unfolding', done, total, unit: 'unfoldings', ...left });
  }

  /** Notes how long one unfolding by a method takes. */
  setPace(label: string, secondsEach: number): void {
    this.#methodOf(label).secondsEach = secondsEach;
  }

  /** Of all methods; NaN as long as the pace of one is not known. */
  get secondsLeft(): number {
    return this.#sum(({ total, done, secondsEach }) => (total - done) * secondsEach);
  }

  /** What is left to be done, in words. */
  get estimate(): string {
    const methods = this.#methods.filter(({ done, total }) => done < total);
    const each = methods.map(
      ({ label, total, done, secondsEach }) => `${total - done} of ${label}, ${secondsEach.toPrecision(2)} s each`,
    );
    return `unfoldings left: ${each.join('; ')}; about ${duration(this.secondsLeft)}`;
  }

  #methodOf(label: string): MethodWork {
    return this.#methods.find((each) => each.label === label)!;
  }

  #sum(numberOf: (method: MethodWork) => number): number {
    return this.#methods.reduce((sum, method) => sum + numberOf(method), 0);
  }
}
