import { Writable } from 'node:stream';
import { component, Reporter, type RunStart, type StepRecord, type ValidationRecord } from '@unfold-zoo/core';
import { type Options, SingleBar } from 'cli-progress';
import { z } from 'zod';
import { ownRank } from './own-rank.js';

/** A bar on standard error: on a terminal it redraws itself, elsewhere it prints a line now and then. Of several workers, the first has it. */
export function progressBar(format: string, { seconds = 10 } = {}): SingleBar {
  const options: Options = {
    format,
    stream: ownRank() === 0 ? process.stderr : (nowhere() as NodeJS.WriteStream),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    fps: 5,
    etaBuffer: 50,
    noTTYOutput: true,
    notTTYSchedule: 1000 * seconds,
    emptyOnZero: true,
    clearOnComplete: false,
    gracefulExit: false,
  };
  return new SingleBar(options);
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Seconds as people say them: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** Steps, rate, time left and the loss while a model trains. */
class ProgressReporter implements Reporter {
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

export const progressReporter = component(Reporter, 'progress', {
  description: 'A progress bar with the rate, the time left and the loss.',
  options: z.object({}),
  create: () => new ProgressReporter(),
});
