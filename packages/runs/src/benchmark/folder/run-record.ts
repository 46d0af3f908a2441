import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import type { DistanceReport } from '@unfold-zoo/metrics';

/** How long a training took, and what it needed. */
export interface TrainingCost {
  readonly outcome: 'finished' | 'out of time';
  readonly steps: number;
  readonly parameters: number;
  readonly engine: string;
  readonly seconds: number;
  /** Over the whole training, validation and checkpoints counted in. */
  readonly eventsPerSecond: number;
  /** Largest resident memory of the process, bytes. */
  readonly peakMemory: number;
}

/** What was sampled. */
export interface SamplingPlan {
  readonly draws: number;
  readonly events: number;
}

/** How long a sampling took; of one that was interrupted, the last part. */
export interface SamplingCost {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly peakMemory: number;
}

/** Distances with everything besides the draws that decided them. */
export interface Evaluated {
  readonly bootstrap: number;
  /** Roles of the metrics, as a config has them. */
  readonly metrics: unknown;
  readonly report: DistanceReport;
}

/** What a benchmark keeps beside the files of a run: each part is there once its work is done. */
export interface RunRecord {
  /** What the draws are to be. */
  readonly plan: SamplingPlan;
  readonly training?: TrainingCost;
  readonly sampling?: SamplingCost;
  readonly evaluation?: Evaluated;
}

const NAME = 'benchmark.json';

/** The record of a run; undefined if a benchmark never began it. */
export function readRecord(directory: string): RunRecord | undefined {
  const path = join(directory, NAME);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RunRecord) : undefined;
}

/** Replaces the record of a run. */
export function writeRecord(directory: string, record: RunRecord): void {
  writeFileAtomically(join(directory, NAME), `${JSON.stringify(record, null, 2)}\n`);
}

/** Whether a comparison was made with these settings. */
export function isEvaluated(evaluated: Evaluated | undefined, bootstrap: number, metrics: unknown): boolean {
  return evaluated?.bootstrap === bootstrap && JSON.stringify(evaluated.metrics) === JSON.stringify(metrics);
}
