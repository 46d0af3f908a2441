import { type EventColumns, momentsOf } from '@unfold-zoo/measurement';

/** Events of one observable. */
export function column(values: readonly number[], weights: readonly number[]): EventColumns {
  return { columns: [[Float64Array.from(values)]], weights: Float64Array.from(weights) };
}

/** Simulated events of one observable; NaN at the detector for one that is missed, in the truth for a fake. */
export function simulation(
  events: readonly { readonly truth: number; readonly detector: number; readonly weight: number }[],
) {
  const weights = events.map(({ weight }) => weight);
  const [truth, detector] = [events.map((event) => event.truth), events.map((event) => event.detector)];
  return { truth: column(truth, weights), detector: column(detector, weights) };
}

/** The three-bin problem: chances of each true bin, in columns, to be measured in each bin, in rows. */
export const THREE_BINS = [
  [0.6, 0.1, 0],
  [0.15, 0.65, 0.2],
  [0, 0.1, 0.55],
] as const;

/** What is measured in it. */
export const THREE_COUNTS = [500, 900, 700] as const;

/** Its simulation: an event for each pair of bins, and one for what each true bin loses. */
export const THREE_SIMULATED = [
  ...THREE_BINS.flatMap((row, detector) => row.map((chance, truth) => ({ truth, detector, weight: 1000 * chance }))),
  ...[0.75, 0.85, 0.75].map((seen, truth) => ({ truth, detector: Number.NaN, weight: 1000 * (1 - seen) })),
].filter(({ weight }) => weight !== 0);

interface Normal {
  readonly mean: number;
  readonly deviation: number;
}

/** The toy of iterative prior removal: a prior, the data's truth, and a detector that shifts and smears. */
export interface Toy {
  readonly prior: Normal;
  readonly truth: Normal;
  readonly shift: number;
  readonly resolution: number;
}

/** Points of the grids that stand for normal distributions, from -7 to 7 standard deviations. */
const POINTS = 41;
const GRID = Array.from({ length: POINTS }, (_, k) => -7 + (14 * k) / (POINTS - 1));
const density = (z: number): number => Math.exp((-z * z) / 2);

/**
 * Events of the toy without any chance: weighted grids, sums over which are integrals over normal distributions to
 * nine digits. Simulated ones are a grid of truths times one of smearings.
 */
export function toyEvents({ prior, truth, shift, resolution }: Toy) {
  const pairs = GRID.flatMap((z) =>
    GRID.map((smearing) => {
      const x = prior.mean + prior.deviation * z;
      return { truth: x, detector: x + shift + resolution * smearing, weight: density(z) * density(smearing) };
    }),
  );
  const width = Math.hypot(truth.deviation, resolution);
  return {
    simulation: simulation(pairs),
    data: column(
      GRID.map((z) => truth.mean + shift + width * z),
      GRID.map((z) => 1000 * density(z)),
    ),
  };
}

/** Mean and standard deviation of the only observable. */
export function momentsOfToy(events: EventColumns): Normal {
  return momentsOf(events)[0]![0]!;
}

/** The four toys with the exact results of iterations 1, 2, 3, 5 and 10. */
export const TOYS: readonly {
  readonly toy: Toy;
  readonly exact: Readonly<Record<number, readonly [mean: number, deviation: number]>>;
}[] = [
  {
    toy: { prior: { mean: 4, deviation: 4 }, truth: { mean: 10, deviation: 3.8 }, shift: -6, resolution: 3 },
    exact: { 1: [7.84, 3.91931], 2: [9.202, 3.87231], 3: [9.70069, 3.84424], 5: [9.95688, 3.81679] },
  },
  {
    toy: { prior: { mean: 0, deviation: 1 }, truth: { mean: 0.2, deviation: 0.8 }, shift: 0, resolution: 0.5 },
    exact: { 1: [0.16, 0.87727], 2: [0.19019, 0.83412], 3: [0.19741, 0.81583], 5: [0.1998, 0.80359] },
  },
  {
    toy: { prior: { mean: 1, deviation: 1 }, truth: { mean: 0, deviation: 1 }, shift: 0, resolution: 0.5 },
    exact: { 1: [0.2, 1], 2: [0.04, 1], 3: [0.008, 1], 5: [0.00032, 1] },
  },
  {
    toy: { prior: { mean: 0, deviation: 1 }, truth: { mean: 0.2, deviation: 0.9 }, shift: 0, resolution: 2 },
    exact: { 1: [0.04, 0.99619], 2: [0.07181, 0.99257], 5: [0.13351, 0.98268] },
  },
];
