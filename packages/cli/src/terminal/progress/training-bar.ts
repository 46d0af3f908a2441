import type { Reporter, RunStart, StepRecord, ValidationRecord } from '@unfold-zoo/core';
import { duration, type Progress, TrainingProgress } from '@unfold-zoo/runs';
import { progressBar } from './progress-bar.js';
import { endOf, endText } from './progress-end.js';

/** Steps, rate, time left and the loss while a model trains. */
export class TrainingBar implements Reporter {
  readonly #bar = progressBar('{stage} {bar} {value}/{end} · {rate} events/s · {left} left · loss {loss}{best}');
  readonly #progress = new TrainingProgress((progress) => this.#show(progress));
  #validation = '';
  #energyScore = '';

  onStart(run: RunStart): void {
    this.#progress.onStart(run);
    const unknown = { rate: '-', left: '-', loss: '-', best: '' };
    this.#bar.start(run.totalSteps, run.step, { stage: 'training', end: `${run.totalSteps} steps`, ...unknown });
  }

  onStep(record: StepRecord): void {
    this.#progress.onStep(record);
  }

  onValidation({ loss, monitored }: ValidationRecord): void {
    const { energyScore } = monitored;
    this.#validation = ` · validation ${loss.toPrecision(4)}`;
    if (energyScore !== undefined) this.#energyScore = ` · energy score ${energyScore.toPrecision(4)}`;
  }

  onEnd(): void {
    this.#progress.onEnd();
    this.#bar.stop();
  }

  #show(progress: Progress): void {
    const { stage, done, eventsPerSecond, secondsLeft, loss } = progress;
    this.#bar.setTotal(endOf(progress));
    this.#bar.update(done, {
      stage,
      end: endText(progress),
      rate: Math.round(eventsPerSecond!),
      left: duration(secondsLeft!),
      loss: loss!.toPrecision(4),
      best: `${this.#validation}${this.#energyScore}`,
    });
  }
}
