import type { Reporter, RunStart, StepRecord } from '@unfold-zoo/core';
import { Stopwatch } from '@unfold-zoo/core/training';
import type { OnProgress, Progress } from './progress.js';

/** Tells how far a training is, with a loss that is smoothed over some twenty steps. */
export class TrainingProgress implements Reporter {
  readonly #tell: OnProgress;
  #start: { readonly run: RunStart; readonly stopwatch: Stopwatch } | undefined;
  #loss = Number.NaN;

  constructor(tell: OnProgress) {
    this.#tell = tell;
  }

  onStart(run: RunStart): void {
    this.#start = { run, stopwatch: new Stopwatch() };
  }

  onStep({ stage, step, loss, eventsPerSecond }: StepRecord): void {
    this.#loss = Number.isNaN(this.#loss) ? loss : 0.95 * this.#loss + 0.05 * loss;
    const { run, stopwatch } = this.#start!;
    const end = endOfTraining(run, step, stopwatch.seconds);
    this.#tell({ stage, done: step, total: run.totalSteps, unit: 'steps', eventsPerSecond, loss: this.#loss, ...end });
  }

  onEnd(): void {
    this.#start?.stopwatch[Symbol.dispose]();
  }
}

/** What ends a training first, its steps or its time, at the pace since its start. */
function endOfTraining(
  { step: first, totalSteps, secondsLeft: limit = Number.POSITIVE_INFINITY }: RunStart,
  step: number,
  seconds: number,
): Pick<Progress, 'secondsLeft' | 'doneInTime'> {
  const secondsPerStep = seconds / (step - first);
  const bySteps = secondsPerStep * (totalSteps - step);
  const byTime = Math.max(0, limit - seconds);
  if (bySteps <= byTime) return { secondsLeft: bySteps };
  return { secondsLeft: byTime, doneInTime: step + Math.ceil(byTime / secondsPerStep) };
}
