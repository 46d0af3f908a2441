import type { Reporter, RunStart, StepRecord, ValidationRecord } from '@unfold-zoo/core';
import { type OnProgress, ownRank, type Progress, TrainingProgress } from '@unfold-zoo/runs';

/** What a program is told while a command works. */
export type CommandEvent =
  | { readonly event: 'message'; readonly level: 'info' | 'warn'; readonly text: string }
  | ({ readonly event: 'progress'; readonly label?: string } & Progress)
  | { readonly event: 'validation'; readonly stage: string; readonly step: number; readonly loss: number }
  | { readonly event: 'start'; readonly label: string; readonly place?: string }
  | { readonly event: 'end'; readonly label: string }
  | { readonly event: 'next'; readonly command: string };

/** Writes an event as a line of JSON on standard error. Of several workers, the first does. */
export function writeEvent(event: CommandEvent): void {
  if (ownRank() === 0) process.stderr.write(`${JSON.stringify(event)}\n`);
}

/** Seconds between two events of the same piece of work, but for the last of a stage. */
const SECONDS = 1;

/** Tells how far a piece of work is, once a second and at its end. */
export function progressEvents(label?: string): OnProgress {
  let told = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (progress.done < progress.total && now - told < 1000 * SECONDS) return;
    told = now;
    writeEvent({ event: 'progress', ...(label !== undefined && { label }), ...progress });
  };
}

/** Tells how far a training is. */
export class TrainingEvents implements Reporter {
  readonly #progress = new TrainingProgress(progressEvents());

  onStart(run: RunStart): void {
    this.#progress.onStart(run);
  }

  onStep(record: StepRecord): void {
    this.#progress.onStep(record);
  }

  onValidation({ stage, step, loss }: ValidationRecord): void {
    writeEvent({ event: 'validation', stage, step, loss });
  }

  onEnd(): void {
    this.#progress.onEnd();
  }
}
