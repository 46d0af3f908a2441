import { countBelow } from '../count-below.js';

/**
 * A monotone map of one column to a standard normal distribution and back (normal scores; van der Waerden 1952): the
 * score of a value is the standard normal quantile of its rank. A sharp peak with long tails, such as a resonance's
 * mass, becomes as easy to learn as a normal distribution, and what comes back has the peak's very shape.
 */
export interface NormalScores {
  /**
   * [K] normal scores of the knots, ascending. Between knots the map is a straight line, beyond them it is constant.
   */
  readonly scores: Float64Array;
  /** [K] values at the knots, ascending. */
  readonly values: Float64Array;
  /**
   * [K - 1] for a column that takes few values only, which are then the knots: the scores at which one value gives way
   * to the next. What comes back from a score is always one of the values.
   */
  readonly thresholds?: Float64Array;
}

/** A column of at most so many different values is one of steps, e.g. the masses of light quarks by flavour. */
const MOST_STEPS = 32;

/** Knots of a curve, evenly spaced in the score. */
const KNOTS = 257;

/** Scores beyond which there is nothing to see in a float64 probability. */
const LAST_SCORE = 8;

/** Fits the map to a column [n], with the weights >= 0 of its values if they have any. */
export function fitNormalScores(column: ArrayLike<number>, weights?: ArrayLike<number>): NormalScores {
  const order = Uint32Array.from({ length: column.length }, (_, i) => i).sort((a, b) => column[a]! - column[b]!);
  const sorted = Float64Array.from(order, (i) => column[i]!);
  const upTo = cumulative(order, weights);
  const starts = startsOfValues(sorted);
  return starts.length <= MOST_STEPS ? steps(sorted, upTo, starts) : curve(sorted, upTo);
}

/** The score of a value. */
export function toNormalScore({ scores, values, thresholds }: NormalScores, value: number): number {
  return thresholds ? scores[nearest(values, value)]! : interpolate(values, scores, value);
}

/** The value of a score. */
export function fromNormalScore({ scores, values, thresholds }: NormalScores, score: number): number {
  return thresholds ? values[countBelow(thresholds, score)]! : interpolate(scores, values, score);
}

/**
 * Distribution function of the standard normal (Marsaglia 2004), to float64 rounding within eight standard deviations.
 */
export function normalCdf(z: number): number {
  if (z > LAST_SCORE) return 1;
  if (z < -LAST_SCORE) return 0;
  let [term, sum] = [z, z];
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}

/** [n + 1] share of the weight below each value of the sorted column. */
function cumulative(order: Uint32Array, weights: ArrayLike<number> | undefined): Float64Array {
  const upTo = new Float64Array(order.length + 1);
  for (const [k, i] of order.entries()) upTo[k + 1] = upTo[k]! + (weights ? weights[i]! : 1);
  const total = upTo[order.length]!;
  return upTo.map((sum) => sum / total);
}

/** Where each different value begins. As soon as there are too many for steps, the rest is left out. */
function startsOfValues(sorted: Float64Array): number[] {
  const starts: number[] = [];
  for (let k = 0; k < sorted.length && starts.length <= MOST_STEPS; k++) {
    if (k === 0 || sorted[k] !== sorted[k - 1]) starts.push(k);
  }
  return starts;
}

/** Each value has the score of the middle of its ranks. */
function steps(sorted: Float64Array, upTo: Float64Array, starts: readonly number[]): NormalScores {
  const share = (i: number): number => upTo[starts[i] ?? sorted.length]!;
  return {
    scores: Float64Array.from(starts, (_, i) => normalQuantile((share(i) + share(i + 1)) / 2)),
    values: Float64Array.from(starts, (start) => sorted[start]!),
    thresholds: Float64Array.from(starts.slice(1), (_, i) => normalQuantile(share(i + 1))),
  };
}

/** Quantiles at evenly spaced scores, out to where half an event is expected. */
function curve(sorted: Float64Array, upTo: Float64Array): NormalScores {
  const last = -normalQuantile(0.5 / sorted.length);
  const scores = Float64Array.from({ length: KNOTS }, (_, k) => last * ((2 * k) / (KNOTS - 1) - 1));
  const middles = Float64Array.from(sorted, (_, k) => (upTo[k]! + upTo[k + 1]!) / 2);
  return { scores, values: scores.map((score) => interpolate(middles, sorted, normalCdf(score))) };
}

/** Inverse of `normalCdf`, by bisection. */
function normalQuantile(probability: number): number {
  let [low, high] = [-LAST_SCORE, LAST_SCORE];
  for (let middle = 0; low < middle && middle < high; middle = (low + high) / 2) {
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Straight lines between ascending knots, constant beyond them; at knots that coincide, the middle of their heights.
 */
function interpolate(knots: Float64Array, heights: Float64Array, at: number): number {
  const right = countBelow(knots, at);
  if (knots[right] === at) {
    let end = right;
    while (knots[end + 1] === at) end++;
    return (heights[right]! + heights[end]!) / 2;
  }
  if (right === 0) return heights[0]!;
  if (right === knots.length) return heights[right - 1]!;
  const share = (at - knots[right - 1]!) / (knots[right]! - knots[right - 1]!);
  return heights[right - 1]! + share * (heights[right]! - heights[right - 1]!);
}

function nearest(ascending: Float64Array, value: number): number {
  const right = countBelow(ascending, value);
  if (right === 0) return 0;
  if (right === ascending.length) return right - 1;
  return value - ascending[right - 1]! < ascending[right]! - value ? right - 1 : right;
}
