import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@unfold-zoo/core/config';
import { numberOrNull, readJson, writeFileAtomically } from '@unfold-zoo/core/files';
import { distanceReportSchema } from '@unfold-zoo/metrics';
import { z } from 'zod';
import { findingsSchema } from './findings-schema.js';

const count = z.int().min(0);

const trainingCost = z.strictObject({
  outcome: z.enum(['finished', 'out of time']),
  steps: count,
  parameters: count,
  engine: z.string(),
  seconds: numberOrNull,
  /** Over the whole training, validation and checkpoints counted in. */
  eventsPerSecond: numberOrNull,
  /** Largest resident memory of the process, bytes. */
  peakMemory: z.number(),
});

const samplingPlan = z.strictObject({ draws: count, events: count });

const samplingCost = z.strictObject({
  seconds: numberOrNull,
  eventsPerSecond: numberOrNull,
  /** Largest resident memory of the process, bytes. */
  peakMemory: z.number(),
});

const evaluated = z.strictObject({
  bootstrap: count,
  /** Roles of the metrics, as a config has them. */
  metrics: z.unknown(),
  /** Roles of the evaluators, likewise; absent when there are none. */
  evaluators: z.unknown().optional(),
  report: distanceReportSchema,
  /** What they found; absent without evaluators, and where draws are not finite. */
  findings: findingsSchema.exactOptional(),
});

const calibrated = z.strictObject({
  /** How many draws of how many events were judged. */
  plan: samplingPlan,
  findings: findingsSchema,
});

const runRecord = z.strictObject({
  /** What the draws are to be. */
  plan: samplingPlan,
  training: trainingCost.exactOptional(),
  sampling: samplingCost.exactOptional(),
  evaluation: evaluated.exactOptional(),
  /** Of draws made for it; absent where the evaluators of the config judge the calibration of the other draws. */
  calibration: calibrated.exactOptional(),
});

/** How long a training took, and what it needed. */
export type TrainingCost = Readonly<z.output<typeof trainingCost>>;

/** What was sampled. */
export type SamplingPlan = Readonly<z.output<typeof samplingPlan>>;

/** How long a sampling took; of one that was interrupted, the last part. */
export type SamplingCost = Readonly<z.output<typeof samplingCost>>;

/** Distances with everything besides the draws that decided them. */
export type Evaluated = Readonly<z.output<typeof evaluated>>;

/** What is said of the posteriors of single events, and of how many draws. */
export type Calibrated = Readonly<z.output<typeof calibrated>>;

/** What a benchmark keeps beside the files of a run: each part is there once its work is done. */
export type RunRecord = Readonly<z.output<typeof runRecord>>;

const NAME = 'benchmark.json';

/**
 * The record of a run; undefined if a benchmark never began it.
 * @throws UserError for a file that is not one.
 */
export function readRecord(directory: string): RunRecord | undefined {
  const path = join(directory, NAME);
  if (!existsSync(path)) return undefined;
  const what = 'the record of a run in a benchmark; remove the file, and the run is sampled and evaluated again';
  return readJson(path, runRecord, what);
}

/** Replaces the record of a run. */
export function writeRecord(directory: string, record: RunRecord): void {
  writeFileAtomically(join(directory, NAME), `${JSON.stringify(record, null, 2)}\n`);
}

/** Whether two plans are the same. */
export function samePlan(a: SamplingPlan, b: SamplingPlan): boolean {
  return a.draws === b.draws && a.events === b.events;
}

/** What decides a comparison besides the draws. */
export type EvaluationSettings = Pick<Evaluated, 'bootstrap' | 'metrics' | 'evaluators'>;

/** The settings of a comparison of a config's draws. */
export function evaluationSettings({ choices }: Config, bootstrap: number): EvaluationSettings {
  const { metrics, evaluators } = choices;
  return { bootstrap, metrics, evaluators };
}

/** Whether a comparison was made with these settings. */
export function isEvaluated(evaluated: Evaluated | undefined, settings: EvaluationSettings): boolean {
  return (
    evaluated?.bootstrap === settings.bootstrap &&
    JSON.stringify(evaluated.metrics) === JSON.stringify(settings.metrics) &&
    JSON.stringify(evaluated.evaluators) === JSON.stringify(settings.evaluators)
  );
}
