import type { Measured } from '../statistics/measured.js';

/** Scores of one event: that of its truth, and those of its draws. */
export interface EventScores {
  readonly truth: number;
  readonly draws: readonly number[];
  readonly weight: number;
}

/**
 * Area under the receiver operating characteristic: the chance that a true event scores above a drawn one, ties
 * counting half. Its error takes into account that truth and draws are of the same events: DeLong et al., Biometrics 44
 * (1988) 837, with one term an event.
 */
export function areaUnderCurve(events: readonly EventScores[]): Measured {
  const total = events.reduce((sum, { weight }) => sum + weight, 0);
  const truths = cumulative(events.map(({ truth, weight }) => ({ score: truth, weight })));
  const draws = cumulative(events.flatMap((each) => each.draws.map((score) => ({ score, weight: shareOf(each) }))));
  const terms = events.map(({ truth, draws: own }) => {
    const above = own.reduce((sum, score) => sum + 1 - truths(score), 0) / own.length;
    return { ofTruth: draws(truth), both: draws(truth) + above };
  });
  const mean = (of: (i: number) => number): number =>
    events.reduce((sum, { weight }, i) => sum + weight * of(i), 0) / total;
  const value = mean((i) => terms[i]!.ofTruth);
  const squares = events.reduce((sum, { weight }, i) => sum + (weight * (terms[i]!.both - 2 * value)) ** 2, 0);
  return { value, error: Math.sqrt(squares) / Math.abs(total) };
}

/** Weight of one draw of an event: its draws together count as much as its truth. */
function shareOf({ draws, weight }: EventScores): number {
  return weight / draws.length;
}

interface Weighted {
  readonly score: number;
  readonly weight: number;
}

/** The share of the weights below a score, and half of those at it. */
function cumulative(scores: readonly Weighted[]): (score: number) => number {
  const sorted = scores.toSorted((a, b) => a.score - b.score);
  const below = new Float64Array(sorted.length + 1);
  for (const [i, { weight }] of sorted.entries()) below[i + 1] = below[i]! + weight;
  const total = below[sorted.length]!;
  const first = (isAbove: (score: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAbove(sorted[middle]!.score)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (score) => (below[first((at) => at >= score)]! + below[first((at) => at > score)]!) / (2 * total);
}

/**
 * Standardised preference of a classifier for truths over draws of the same events. For right posteriors truth and
 * draws of an event may be exchanged, so it is about standard normal whatever the classifier is, if that was trained on
 * other events.
 */
export function preferenceForTruth(events: readonly EventScores[]): number {
  let [sum, squares] = [0, 0];
  for (const { truth, draws, weight } of events) {
    const difference = weight * (truth - draws.reduce((all, score) => all + score, 0) / draws.length);
    sum += difference;
    squares += difference * difference;
  }
  return squares > 0 ? sum / Math.sqrt(squares) : 0;
}
