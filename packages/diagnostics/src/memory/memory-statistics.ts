import type { EventSpec, Rng } from '@unfold-zoo/core';
import type { PairedSample } from '../draws/paired-sample.js';
import { momentumSpace } from '../draws/truth-sample.js';
import { holmAdjusted } from '../statistics/holm.js';
import { normalQuantile } from '../statistics/normal.js';
import { SHIFT_OF_SHARE } from '../statistics/shares.js';
import { signFlipChance } from '../statistics/sign-flips.js';
import { quantileOf, weightedSample } from '../statistics/weighted-sample.js';
import { nearestDistances } from './nearest-distances.js';

/** A number of the draw and one of the truth of each event, [n] each. */
export interface Paired {
  readonly draws: Float64Array;
  readonly truth: Float64Array;
}

/** Distances to the nearest event, in the standardised momenta of all particles. */
export interface NeighbourDistances {
  readonly training: Paired;
  /** To events that the model has not seen; absent where there are none. */
  readonly heldOut?: Paired;
  /** What is compared: training over held-out distance, or the training distance alone. */
  readonly compared: Paired;
}

/** Whether draws are nearer to training events than true events are. */
export interface MemoryTest {
  /** Share of the events whose draw is nearer than its truth, by weight; 0.5 for right posteriors. */
  readonly nearer: number;
  /** Shares of draws and of truth among the nearest of both together. */
  readonly nearest: { readonly draws: number; readonly truth: number };
  /** Chances of shares so large for right posteriors. */
  readonly nearerChance: number;
  readonly nearestChance: number;
  /** The smaller of both, adjusted for looking at two. */
  readonly chance: number;
  /** A shift in standard deviations that brings draws as near. */
  readonly size: number;
  readonly effectiveEvents: number;
}

/** Distances below this, in standard deviations, are rounding. */
const LEAST_DISTANCE = 1e-6;

/**
 * Distances of truth and draws to the nearest training event and to the nearest held-out one.
 * @param training row-major [n, P] truth.
 * @param heldOut row-major [m, P] truth; may be empty.
 */
export function neighbourDistances(
  spec: EventSpec,
  pairs: PairedSample,
  { training, heldOut }: { readonly training: Float32Array; readonly heldOut: Float32Array },
): NeighbourDistances {
  const { coordinates, width } = momentumSpace(spec, training);
  const [draws, truth] = [coordinates(pairs.drawn), coordinates(pairs.truth)];
  const to = (others: Float32Array): Paired => ({
    draws: nearestDistances(draws, others, width).map((distance) => Math.max(distance, LEAST_DISTANCE)),
    truth: nearestDistances(truth, others, width).map((distance) => Math.max(distance, LEAST_DISTANCE)),
  });
  const near = to(coordinates(training));
  if (heldOut.length === 0) return { training: near, compared: near };
  const other = to(coordinates(heldOut));
  const compared = {
    draws: near.draws.map((distance, i) => distance / other.draws[i]!),
    truth: near.truth.map((distance, i) => distance / other.truth[i]!),
  };
  return { training: near, heldOut: other, compared };
}

/**
 * Two one-sided tests, exact for right posteriors, of which truth and draw may change places: how often the draw is the
 * nearer of the two, and how many of the nearest of all are draws. The second sees a small share of copies.
 */
export function memoryTest(
  { draws, truth }: Paired,
  weights: Float32Array | undefined,
  { nearest: share, flips }: { readonly nearest: number; readonly flips: number },
  rng: Rng,
): MemoryTest {
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  const both = Float64Array.from([...draws, ...truth]);
  const near = quantileOf(weightedSample(both, weights && Float32Array.from([...weights, ...weights])), share);
  const nearer = draws.map((draw, i) => weightOf(i) * Math.sign(truth[i]! - draw));
  const nearest = draws.map((draw, i) => weightOf(i) * (Number(draw <= near) - Number(truth[i]! <= near)));
  const total = sumOf(draws.map((_, i) => weightOf(i)));
  const below = (values: Float64Array) => sumOf(values.map((value, i) => weightOf(i) * Number(value <= near))) / total;
  const effectiveEvents = total ** 2 / sumOf(draws.map((_, i) => weightOf(i) ** 2));
  const shares = {
    nearer: (1 + sumOf(nearer) / total) / 2,
    nearest: { draws: below(draws), truth: below(truth) },
  };
  const nearerChance = signFlipChance(nearer, flips, rng.fork('nearer'));
  const nearestChance = signFlipChance(nearest, flips, rng.fork('nearest'));
  const chance = Math.min(...holmAdjusted([nearerChance, nearestChance]));
  return { ...shares, nearerChance, nearestChance, chance, size: sizeOf(shares, effectiveEvents), effectiveEvents };
}

/** Of shares in standard deviations: P(draw nearer) = Phi(shift / sqrt 2). */
function sizeOf({ nearer, nearest }: Pick<MemoryTest, 'nearer' | 'nearest'>, events: number): number {
  const certain = 0.5 / Math.max(events, 1);
  const shift = Math.SQRT2 * normalQuantile(Math.min(Math.max(nearer, certain), 1 - certain));
  return Math.max(0, shift, SHIFT_OF_SHARE * (nearest.draws - nearest.truth));
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
