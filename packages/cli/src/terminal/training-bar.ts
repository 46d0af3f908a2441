import type { Reporter, RunStart, StepRecord, ValidationRecord } from '@unfold-zoo/core';
import { duration } from '@unfold-zoo/runs';
import { progressBar } from './progress-bar.js';

/** Steps, rate, time left and the loss while a model trains. */
export class TrainingBar implements Reporter {
  readonly #bar = progressBar(
    '{stage} {bar} {value}/{total} steps · {rate} events/s · {left} left · loss {loss}{best}',
  );
  #startedAt = 0;
  #firstStep = 0;
  #total = 0;
  #loss = Number.NaN;
  #validation = '';

  onStart({ step, totalSteps }: RunStart): void {
    this.#startedAt = performance.now();
    this.#firstStep = step;
    this.#total = totalSteps;
    this.#bar.start(totalSteps, step, { stage: 'training', rate: '-', left: '-', loss: '-', best: '' });
  }

  onStep({ stage, step, loss, eventsPerSecond }: StepRecord): void {
    this.#loss = Number.isNaN(this.#loss) ? loss : 0.95 * this.#loss + 0.05 * loss;
    const done = step - this.#firstStep;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#bar.update(step, {
      stage,
      rate: Math.round(eventsPerSecond),
      left: duration((seconds / done) * (this.#total - step)),
      loss: this.#loss.toPrecision(4),
      best: this.#validation,
    });
  }

  onValidation({ loss }: ValidationRecord): void {
    this.#validation = ` · validation ${loss.toPrecision(4)}`;
  }

  onEnd(): void {
    this.#bar.stop();
  }
}
