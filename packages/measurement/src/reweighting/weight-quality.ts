import { effectiveEvents } from '@unfold-zoo/core/events';
import type { QualityGate } from '../unfolders/unfolder.js';

/** Where a factor of weights is trusted: what is beyond, one should look at before a result is published. */
const LIMITS = {
  /** Largest over median factor. */
  spread: 1000,
  /** Effective number of events over that without factors. */
  effective: 0.1,
  /** Mean distance of predicted and found shares of a classifier. */
  calibration: 0.03,
  /** Share of factors that were cut. */
  clipped: 0.01,
};

/** Largest factor over the median one. */
function spreadOf(factors: Float64Array): number {
  const sorted = factors.toSorted();
  return sorted.at(-1)! / sorted[sorted.length >> 1]!;
}

/**
 * Whether factors that multiply weights can be trusted.
 * @param factors [n] and @param weights [n] that they multiply.
 */
export function factorGates(factors: Float64Array, weights: Float64Array): QualityGate[] {
  const infinite = factors.reduce((sum, factor) => sum + Number(!Number.isFinite(factor)), 0);
  const effective = effectiveEvents(weights.map((weight, i) => weight * factors[i]!)) / effectiveEvents(weights);
  const spread = spreadOf(factors);
  return [
    { name: 'weights that are not finite', value: infinite, expected: '0', passed: infinite === 0 },
    gateBelow('largest weight over the median', spread, LIMITS.spread),
    {
      name: 'effective number of events, as a share',
      value: effective,
      expected: `at least ${LIMITS.effective}`,
      passed: effective >= LIMITS.effective,
    },
  ];
}

/** Whether classifiers can be trusted, by their largest error of calibration and the share of ratios that were cut. */
export function classifierGates({ calibration, clipped }: ClassifierQuality): QualityGate[] {
  return [
    gateBelow('calibration error of the classifiers', calibration, LIMITS.calibration),
    gateBelow('share of ratios that were cut', clipped, LIMITS.clipped),
  ];
}

/** How classifiers did, the worst of them. */
export interface ClassifierQuality {
  /** Mean over events of |predicted - found| share of the numerator, in eleven groups of like prediction. */
  readonly calibration: number;
  /** Share of events whose ratio was cut. */
  readonly clipped: number;
}

/** Where no classifier was used. */
export const NO_CLASSIFIER: ClassifierQuality = { calibration: 0, clipped: 0 };

/** The worse of two in each respect. */
export function worse(a: ClassifierQuality, b: ClassifierQuality): ClassifierQuality {
  return { calibration: Math.max(a.calibration, b.calibration), clipped: Math.max(a.clipped, b.clipped) };
}

function gateBelow(name: string, value: number, limit: number): QualityGate {
  return { name, value, expected: `at most ${limit}`, passed: value <= limit };
}

/** The gate of a ratio that should be 1 within a twentieth. */
export function ratioGate(name: string, value: number): QualityGate {
  return { name, value, expected: '0.95 to 1.05', passed: Math.abs(value - 1) <= 0.05 };
}

/** Sum of |after - before| over that of before, of weights from iteration to iteration. */
export function relativeChange(before: Float64Array, after: Float64Array): number {
  let [change, all] = [0, 0];
  for (const [i, weight] of before.entries()) {
    change += Math.abs(after[i]! - weight);
    all += Math.abs(weight);
  }
  return all === 0 ? 0 : change / all;
}

/** Groups in which a classifier is compared with what it predicts; odd, so that even odds are within one. */
const GROUPS = 11;

/** Predictions of a classifier for the events of both samples. */
export interface Predictions {
  /** [n] logarithm of the ratio. */
  readonly numerator: { readonly logRatios: Float64Array; readonly weights: Float64Array };
  readonly denominator: { readonly logRatios: Float64Array; readonly weights: Float64Array };
}

/** Mean distance of predicted and found shares of the numerator, both samples counting the same. */
export function calibrationError({ numerator, denominator }: Predictions): number {
  const [above, below] = [sum(numerator.weights), sum(denominator.weights)];
  const offset = Math.log(above / below);
  const groups = Array.from({ length: GROUPS }, () => ({ predicted: 0, found: 0, weight: 0 }));
  const add = ({ logRatios, weights }: Predictions['numerator'], total: number, label: number): void => {
    for (const [i, logRatio] of logRatios.entries()) {
      const chance = 1 / (1 + Math.exp(offset - logRatio));
      const group = groups[Math.min(GROUPS - 1, Math.floor(chance * GROUPS))]!;
      const weight = weights[i]! / (2 * total);
      group.predicted += weight * chance;
      group.found += weight * label;
      group.weight += weight;
    }
  };
  add(numerator, above, 1);
  add(denominator, below, 0);
  return groups.reduce((error, { predicted, found }) => error + Math.abs(predicted - found), 0);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
