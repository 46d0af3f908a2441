import type { EventSpec } from '@unfold-zoo/core';
import type { Table } from '@unfold-zoo/core/findings';
import { modelColumns, withError } from '../drawing/number-text.js';
import { columnName } from '../draws/quantity-blocks.js';
import type { QuantileSketch } from '../statistics/quantile-sketch.js';
import type { binnedQuantities } from './resolution-figures.js';
import type { QuantityErrors } from './resolution-statistics.js';
import { widthRatio } from './resolution-verdict.js';
import { binLabel } from './truth-bins.js';

/** Bias and width of the errors of every quantity. */
export function errorTable(spec: EventSpec, errors: readonly QuantityErrors[]): Table {
  const rows = errors.map((each) => {
    // Draws of one event share its truth, so they tell no more than its mean does.
    const events = each.mean.effectiveCount;
    const ratio = widthRatio(each);
    return {
      label: columnName(spec, each),
      origin: 'model' as const,
      cells: [
        ...biasAndWidth(each.draws, events),
        ...biasAndWidth(each.mean, events),
        ...(ratio ? biasAndWidth(each.detector) : ['', '']),
        ratio ? `${(100 * each.seen).toFixed(1)} %` : '',
        ratio ? withError(ratio.value, ratio.error) : '',
      ],
    };
  });
  return {
    title: 'Resolution: draws, their mean and the detector less the truth',
    heading: 'Quantity',
    columns: modelColumns(
      'Draws: bias',
      'width',
      'Mean: bias',
      'width',
      'Detector: bias',
      'width',
      'Seen',
      'Mean : detector',
    ),
    rows,
    notes: [
      'Bias: median of the errors; width: half of their central 68.3 %. GeV; radians for φ.',
      'Detector: of the lepton, or of the jet that is nearest to the true particle (within 0.4 in η and φ, which ' +
        'helps it), or of the missing momentum. Seen: share of the events with such an object.',
      'Mean : detector: ratio of widths in those events. Below 1, unfolding makes the quantity sharper. No mass is ' +
        "compared: a jet's is not that of its quark, and a lepton's is that of its kind.",
    ],
  };
}

/** What happens to each bin of the truth. */
export function binTable(spec: EventSpec, quantities: ReturnType<typeof binnedQuantities>): Table {
  const rows = quantities.flatMap(({ binned: { bins, errors, draws, detector }, seen, ...column }) =>
    errors.map((own, bin) => ({
      label: `${columnName(spec, column)} ${binLabel(bins, bin)}`,
      origin: 'model' as const,
      cells: [
        ...biasAndWidth(own.draws, own.mean.effectiveCount),
        ...biasAndWidth(own.mean),
        draws.purity(bin).toFixed(3),
        draws.stability(bin).toFixed(3),
        ...(seen > 0 ? [detector.purity(bin).toFixed(3), detector.stability(bin).toFixed(3)] : ['', '']),
      ],
    })),
  );
  return {
    title: 'Resolution, purity and stability in bins of the truth',
    heading: 'Bin of the truth',
    columns: modelColumns(
      'Draws: bias',
      'width',
      'Mean: bias',
      'width',
      'Purity',
      'stability',
      'Detector: purity',
      'stability',
    ),
    rows,
    notes: [
      'Purity: share of what comes out in a bin that is truly in it. Stability: share of the true events of a bin ' +
        'that come out in it. Of the draws, and of what the detector reads where it sees the particle.',
    ],
  };
}

function biasAndWidth(errors: QuantileSketch, count = errors.effectiveCount): string[] {
  return [errors.median(count), errors.coreWidth(count)].map(({ value, error }) =>
    Number.isFinite(value) ? withError(value, Number.isFinite(error) ? error : 0) : '',
  );
}
