import { type JudgedModel, summariseVerdicts, type VerdictSummary } from './model-verdicts.js';
import type { RankingColumn } from './ranking.js';

/** What calibration says of a model's posteriors in short; undefined for one that was not judged. */
export function calibrationOf(model: JudgedModel): VerdictSummary | undefined {
  return summariseVerdicts(model, 'calibration');
}

/**
 * Columns of a ranking: how far the posteriors of single events are off, and how many quantities are calibrated.
 * @param events for how many events models were judged.
 * @returns none where no model was judged.
 */
export function calibrationColumns(models: readonly JudgedModel[], events: number): RankingColumn[] {
  const summaries = models.map((model) => [model.label, calibrationOf(model)] as const);
  if (summaries.every(([, summary]) => summary === undefined)) return [];
  const cells = (text: (summary: VerdictSummary) => string): ReadonlyMap<string, string> =>
    new Map(summaries.map(([label, summary]) => [label, summary ? text(summary) : '']));
  // Of n events the bias is known to 1/sqrt(n) and the width to 1/sqrt(2 n): the mean of the larger is 0.98/sqrt(n).
  const byChance = (1 / Math.sqrt(events)).toFixed(2);
  const note =
    'Calibration: right for each event? Mean over quantities: 0.1 for posteriors shifted by 0.1 of their standard ' +
    `deviations or 10 % too wide; ${byChance} is chance.`;
  return [
    { label: 'Calibration', cells: cells(({ badness }) => badness.toFixed(2)), note },
    { label: 'Calibrated', cells: cells(({ good, quantities }) => `${good} of ${quantities}`) },
  ];
}
