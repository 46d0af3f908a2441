import type { Metric, SortedSample } from '../../contracts/evaluation/metric.js';
import { Rng } from '../../rng.js';
import { type Check, check, claim } from '../check.js';

/** What a metric says about itself. */
export interface MetricClaims {
  /** d(a, b) = d(b, a). Default: yes. */
  readonly symmetric?: boolean;
  /** The distance between a sample and the same sample moved by `by`, where it does not depend on the sample. */
  readonly shift?: (by: number) => number;
  /** d(c a, c b) = c^degree d(a, b) for c > 0: 1 for a distance in units of the values, 0 for one without units. */
  readonly degree?: number;
}

/** Rounding of sums over a few hundred float64 values. */
const ROUNDING = 1e-9;

/** What a `Metric` must do. */
export function metricChecks(make: () => Metric, { symmetric = true, shift, degree }: MetricClaims = {}): Check[] {
  const { a, b } = samples();
  const checks = [
    check('the distance of equal samples is zero', () => {
      claimClose('of a sample to itself', make().distance(a, copy(a)), 0);
      claimClose('of a weighted sample to itself', make().distance(weighted(a), copy(weighted(a))), 0);
    }),
    check('the distance of different samples is positive and finite', () => {
      for (const pair of [
        [a, b],
        [a, weighted(b)],
        [weighted(b), a],
      ] as const) {
        const distance = make().distance(...pair);
        claim(distance > 0 && Number.isFinite(distance), `different samples are ${distance} apart`);
      }
    }),
    check('a weight of n counts as n equal values', () => {
      claimClose(
        'with weights instead of repeated values',
        make().distance(weighted(a), b),
        make().distance(repeated(a), b),
      );
      claimClose(
        'to weights instead of repeated values',
        make().distance(b, weighted(a)),
        make().distance(b, repeated(a)),
      );
    }),
    check('the order in which equal values stand with their weights does not matter', () => {
      const values = Float64Array.of(0, 0, 1, 1, 1, 2);
      const [first, second] = [
        [1, 3, 2, 5, 1, 1],
        [3, 1, 5, 1, 2, 1],
      ].map((weights) => ({ values, weights: Float64Array.from(weights) }));
      claimClose('with equal values in another order', make().distance(first!, b), make().distance(second!, b));
    }),
    check('the samples stay as they were, and the metric keeps nothing of them', () => {
      const metric = make();
      const [left, right] = [copy(weighted(a)), copy(weighted(b))];
      const before = metric.distance(left, right);
      const isUnchanged = isSameSample(left, weighted(a)) && isSameSample(right, weighted(b));
      claim(isUnchanged, 'the metric changed a sample that it was given');
      metric.distance(b, a);
      claim(metric.distance(left, right) === before, 'the distance changes when it is asked for again');
    }),
    check('it has a label', () => claim(make().label.trim() !== '', 'the label is empty')),
  ];
  if (symmetric) {
    checks.push(
      check('the distance from a to b is that from b to a', () => {
        claimClose('from b to a', make().distance(b, a), make().distance(a, b));
        claimClose('from weighted b to a', make().distance(weighted(b), a), make().distance(a, weighted(b)));
      }),
    );
  }
  if (shift) {
    checks.push(
      check('the distance of a shift is what is claimed', () => {
        for (const by of [0.25, -1, 40])
          claimClose(
            `of a shift by ${by}`,
            make().distance(
              a,
              moved(a, (x) => x + by),
            ),
            shift(by),
          );
      }),
    );
  }
  if (degree !== undefined) {
    checks.push(
      check('the distance scales with the values as is claimed', () => {
        const [left, right] = [a, b].map((sample) => moved(sample, (x) => 8 * x));
        claimClose(
          'of samples eight times as large',
          make().distance(left!, right!),
          8 ** degree * make().distance(a, b),
        );
      }),
    );
  }
  return checks;
}

function samples(): { a: SortedSample; b: SortedSample } {
  const rng = new Rng(3);
  const draw = (count: number, of: () => number) => ({ values: Float64Array.from({ length: count }, of).sort() });
  return { a: draw(200, () => rng.normal()), b: draw(150, () => 0.7 + 1.5 * rng.normal()) };
}

/** Weights 0, 1, 2, 3, 0, 1, ... */
function weighted({ values }: SortedSample): SortedSample {
  return { values, weights: values.map((_, i) => i % 4) };
}

function repeated({ values }: SortedSample): SortedSample {
  return { values: Float64Array.from([...values].flatMap((value, i) => Array<number>(i % 4).fill(value))) };
}

function moved({ values }: SortedSample, move: (value: number) => number): SortedSample {
  return { values: values.map(move) };
}

function copy({ values, weights }: SortedSample): SortedSample {
  return weights ? { values: values.slice(), weights: weights.slice() } : { values: values.slice() };
}

function isSameSample(a: SortedSample, b: SortedSample): boolean {
  return String(a.values) === String(b.values) && String(a.weights) === String(b.weights);
}

function claimClose(what: string, got: number, expected: number): void {
  const allowed = ROUNDING * (1 + Math.abs(expected));
  claim(Math.abs(got - expected) <= allowed, `the distance ${what} is ${got}, expected ${expected}`);
}
