import type { Reporter, RunStart, StepRecord, ValidationRecord } from '@unfold-zoo/core';
import { duration, type Progress, TrainingProgress } from '@unfold-zoo/runs';
import { progressBar } from './progress-bar.js';

/** Steps, rate, time left and the loss while a model trains. */
export class TrainingBar implements Reporter {
  readonly #bar = progressBar(
    '{stage} {bar} {value}/{total} steps · {rate} events/s · {left} left · loss {loss}{best}',
  );
  readonly #progress = new TrainingProgress((progress) => this.#show(progress));
  #validation = '';

  onStart(run: RunStart): void {
    this.#progress.onStart(run);
    this.#bar.start(run.totalSteps, run.step, { stage: 'training', rate: '-', left: '-', loss: '-', best: '' });
  }

  onStep(record: StepRecord): void {
    this.#progress.onStep(record);
  }

  onValidation({ loss }: ValidationRecord): void {
    this.#validation = ` · validation ${loss.toPrecision(4)}`;
  }

  onEnd(): void {
    this.#bar.stop();
  }

  #show({ stage, done, eventsPerSecond, secondsLeft, loss }: Progress): void {
    this.#bar.update(done, {
      stage,
      rate: Math.round(eventsPerSecond!),
      left: duration(secondsLeft!),
      loss: loss!.toPrecision(4),
      best: this.#validation,
    });
  }
}
