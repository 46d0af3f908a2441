import type { ModelDistances } from '@unfold-zoo/metrics';
import { calibrationOf } from './calibration-column.js';
import { csvLine } from './csv-line.js';
import type { JudgedModel } from './model-verdicts.js';
import { rankModels } from './ranking.js';

const COLUMNS = ['place', 'model', 'metric', 'total', 'error', 'calibration', 'calibrated', 'quantities'];

/**
 * A ranking by the total of a metric as comma-separated values, a line a model. `calibration` is the mean badness of
 * its posteriors, and `calibrated` says on how many of its `quantities` the verdict is good; all three are empty for a
 * model that was not judged.
 * @throws UserError as `rankModels` does.
 */
export function rankingCsv(
  models: readonly ModelDistances[],
  metric: string,
  judged: readonly JudgedModel[] = [],
): string {
  const lines = rankModels(models, metric).map(({ place, label, total }) => {
    const verdicts = judged.find((model) => model.label === label);
    const summary = verdicts && calibrationOf(verdicts);
    const calibration = summary ? [summary.badness, summary.good, summary.quantities] : ['', '', ''];
    return csvLine([place, label, metric, total.value, total.error ?? '', ...calibration]);
  });
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}
