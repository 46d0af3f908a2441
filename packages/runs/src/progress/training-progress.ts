import type { Reporter, RunStart, StepRecord } from '@unfold-zoo/core';
import type { OnProgress } from './progress.js';

/** Tells how far a training is, with a loss that is smoothed over some twenty steps. */
export class TrainingProgress implements Reporter {
  readonly #tell: OnProgress;
  #start: { readonly step: number; readonly at: number; readonly total: number } | undefined;
  #loss = Number.NaN;

  constructor(tell: OnProgress) {
    this.#tell = tell;
  }

  onStart({ step, totalSteps }: RunStart): void {
    this.#start = { step, at: performance.now(), total: totalSteps };
  }

  onStep({ stage, step, loss, eventsPerSecond }: StepRecord): void {
    const { step: first, at, total } = this.#start!;
    this.#loss = Number.isNaN(this.#loss) ? loss : 0.95 * this.#loss + 0.05 * loss;
    const secondsLeft = ((performance.now() - at) / 1000 / (step - first)) * (total - step);
    this.#tell({ stage, done: step, total, unit: 'steps', eventsPerSecond, loss: this.#loss, secondsLeft });
  }
}
