import type { Table } from '@unfold-zoo/core/findings';
import type { ModelDistances } from '@unfold-zoo/metrics';
import { rankModels } from '@unfold-zoo/report';
import { duration } from '../../progress/duration.js';
import type { RunRecord } from '../folder/run-record.js';

/** A training with what became of it. */
export interface FinishedRun {
  readonly model: string;
  readonly seed: number;
  readonly label: string;
  readonly path: string;
  readonly record: RunRecord & Required<Pick<RunRecord, 'evaluation'>>;
}

/** The distances of a model over its seeds. */
export interface RankedModel extends ModelDistances {
  readonly runs: readonly FinishedRun[];
}

/** The models by the total of the first distance, the closest first. */
export function rank(models: readonly RankedModel[]): RankedModel[] {
  const byLabel = new Map(models.map((model) => [model.label, model]));
  return rankModels(models, models[0]!.report.metrics[0]!).map(({ label }) => byLabel.get(label)!);
}

/** What every training took and needed. */
export function costTable(runs: readonly FinishedRun[]): Table {
  const labels = [
    'Parameters',
    'Steps',
    'Training',
    'Training events/s',
    'Sampling',
    'Sampling events/s',
    'Peak memory',
  ];
  return {
    title: 'Timings and sizes',
    heading: 'Model',
    columns: labels.map((label) => ({ label, origin: 'model' })),
    rows: runs.map(({ label, record }) => ({ label, origin: 'model', cells: costCells(record) })),
    notes: [
      'Training and sampling are wall times; training counts validation and checkpoints in. With several models side ' +
        'by side they share the processors.',
      'Peak memory is the largest resident memory of the process that trained or sampled the model.',
    ],
  };
}

function costCells({ training, sampling }: RunRecord): string[] {
  const peak = Math.max(training?.peakMemory ?? 0, sampling?.peakMemory ?? 0);
  const late = training?.outcome === 'out of time' ? ' (out of time)' : '';
  return [
    wholeNumber(training?.parameters),
    `${wholeNumber(training?.steps)}${late}`,
    duration(training?.seconds ?? Number.NaN),
    wholeNumber(training?.eventsPerSecond),
    duration(sampling?.seconds ?? Number.NaN),
    wholeNumber(sampling?.eventsPerSecond),
    `${(peak / 2 ** 30).toFixed(2)} GiB`,
  ];
}

function wholeNumber(value: number | undefined): string {
  return value === undefined ? '-' : Math.round(value).toLocaleString('en-US');
}
