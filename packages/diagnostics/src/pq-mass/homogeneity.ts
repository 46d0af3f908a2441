/** Events of two samples, each in one of some regions. */
export interface RegionSample {
  /** [n] region of each event. */
  readonly regions: Uint32Array;
  readonly regionCount: number;
  /** [n] weights of either sign; all count the same if absent. */
  readonly weights?: Float32Array;
}

/** A chi squared. */
export interface ChiSquared {
  readonly chiSquared: number;
  readonly degreesOfFreedom: number;
}

/**
 * Pearson's chi squared of the hypothesis that two samples fall into regions with the same chances: of counts a and b
 * of A and B events A B sum (a / A - b / B)^2 / (a + b), and one degree of freedom less than there are regions with
 * events. Weighted counts have the variance of sums of weights, which is found from both samples together.
 * @param isFirst [n] 1 for events of the first sample, 0 for those of the second.
 */
export function homogeneityChiSquared(sample: RegionSample, isFirst: Uint8Array): ChiSquared {
  const { regions, regionCount, weights } = sample;
  const [first, second] = [new Float64Array(regionCount), new Float64Array(regionCount)];
  const squares = new Float64Array(regionCount);
  let [firstSum, secondSum, firstSquares, secondSquares] = [0, 0, 0, 0];
  for (let i = 0; i < regions.length; i++) {
    const weight = weights ? weights[i]! : 1;
    squares[regions[i]!]! += weight * weight;
    if (isFirst[i] === 1) {
      first[regions[i]!]! += weight;
      firstSum += weight;
      firstSquares += weight * weight;
    } else {
      second[regions[i]!]! += weight;
      secondSum += weight;
      secondSquares += weight * weight;
    }
  }
  const variance = (firstSquares / firstSum ** 2 + secondSquares / secondSum ** 2) / (firstSquares + secondSquares);
  let [chiSquared, filled] = [0, 0];
  for (let region = 0; region < regionCount; region++) {
    if (squares[region] === 0) continue;
    filled++;
    chiSquared += (first[region]! / firstSum - second[region]! / secondSum) ** 2 / (squares[region]! * variance);
  }
  return { chiSquared, degreesOfFreedom: Math.max(filled - 1, 0) };
}
