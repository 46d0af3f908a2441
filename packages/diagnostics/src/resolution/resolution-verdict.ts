import type { EventSpec } from '@unfold-zoo/core';
import type { Verdict } from '@unfold-zoo/core/findings';
import { columnName } from '../draws/quantity-blocks.js';
import type { Measured } from '../statistics/measured.js';
import type { QuantityErrors } from './resolution-statistics.js';

/** Standard errors beyond which a difference of widths is told. */
const TOLD = 3;

/**
 * Width of the mean's errors over that of the detector's, where the detector sees the particle. Not of a mass: a jet's
 * is not that of its quark, and a lepton's is that of its kind.
 */
export function widthRatio({ quantity, meanWhereSeen, detector }: QuantityErrors): Measured | undefined {
  if (quantity === 'mass') return undefined;
  const [mean, reading] = [meanWhereSeen.coreWidth(), detector.coreWidth()];
  // Where the draws are always right, as of a mass that all events share, there is nothing to make sharper.
  if (!(reading.value > 0 && mean.value > 0)) return undefined;
  const value = mean.value / reading.value;
  // Errors of both are taken as independent: they hang together, and the ratio is known a little better than this.
  return { value, error: Math.hypot(mean.error / reading.value, (value * reading.error) / reading.value) };
}

/** Whether the mean of the draws is nearer to the truth than the detector, for each quantity that both know. */
export function resolutionVerdicts(
  spec: EventSpec,
  errors: readonly QuantityErrors[],
  { tolerance }: { readonly tolerance: number },
): Verdict[] {
  return errors.flatMap((each) => {
    const ratio = widthRatio(each);
    if (!ratio) return [];
    const measured = { name: 'width of the mean of the draws over the width of the detector', ...ratio };
    return [{ quantity: columnName(spec, each), diagnostic: 'resolution', ...verdictOf(ratio, tolerance), measured }];
  });
}

function verdictOf({ value, error }: Measured, tolerance: number): Pick<Verdict, 'status' | 'badness' | 'text'> {
  const worst = value + TOLD * error;
  const best = value - TOLD * error;
  const badness = Math.max(0, Math.log(value));
  if (best > 1 + tolerance) {
    return { status: 'bad', badness, text: `less sharp than the detector by a factor of ${value.toPrecision(3)}` };
  }
  if (worst < 1 + tolerance || value <= 1) {
    const factor =
      value < 1 - TOLD * error ? `sharper than the detector by a factor of ${(1 / value).toPrecision(3)}` : '';
    return { status: 'good', badness, text: factor || 'as sharp as the detector' };
  }
  return {
    status: 'undecided',
    badness,
    text: `not enough events to tell: perhaps less sharp than the detector by a factor of ${value.toPrecision(3)}`,
  };
}
