import type { Measured } from '../statistics/measured.js';
import { shareBelow, weightedSample } from '../statistics/weighted-sample.js';

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
  const weights = events.map(({ weight }) => weight);
  const truths = weightedSample(
    events.map(({ truth }) => truth),
    weights,
  );
  const draws = weightedSample(
    events.flatMap((each) => each.draws),
    events.flatMap((each) => each.draws.map(() => shareOf(each))),
  );
  const terms = events.map(({ truth, draws: own }) => {
    const above = own.reduce((sum, score) => sum + 1 - shareBelow(truths, score), 0) / own.length;
    const ofTruth = shareBelow(draws, truth);
    return { ofTruth, both: ofTruth + above };
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
