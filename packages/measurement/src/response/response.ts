/** A matrix as a list of rows. */
export type Rows = readonly (readonly number[])[];

/** One simulated event for each entry: in which bins it is, and its weight. */
export interface SimulatedBins {
  /** [n] true bin; -1 for an event that is outside of the true phase space. */
  readonly truth: Int32Array;
  /** [n] measured bin; -1 for an event that was not measured or not selected. */
  readonly detector: Int32Array;
  /** [n] of either sign. */
  readonly weights: Float64Array;
}

/** How many bins there are, underflow and overflow with them. */
export interface ResponseSize {
  readonly truth: number;
  readonly detector: number;
}

/** How true bins show up in measured bins, as sums of the weights of simulated events. */
export interface Response {
  /** [detector][truth] events that are in both. */
  readonly joint: Rows;
  /** [truth] events that are true and not measured. */
  readonly missed: readonly number[];
  /** [detector] events that are measured and outside of the true phase space. */
  readonly fakes: readonly number[];
}

/** Sums simulated events in their bins; events in neither are left out. */
export function fillResponse({ truth, detector, weights }: SimulatedBins, size: ResponseSize): Response {
  const joint = Array.from({ length: size.detector }, () => Array<number>(size.truth).fill(0));
  const missed = Array<number>(size.truth).fill(0);
  const fakes = Array<number>(size.detector).fill(0);
  for (let i = 0; i < weights.length; i++) {
    const [t, d, weight] = [truth[i]!, detector[i]!, weights[i]!];
    if (t >= 0 && d >= 0) joint[d]![t]! += weight;
    else if (t >= 0) missed[t]! += weight;
    else if (d >= 0) fakes[d]! += weight;
  }
  return { joint, missed, fakes };
}

/** [truth] all true events, measured or not: the spectrum of the simulation. */
export function simulatedTruth({ joint, missed }: Response): number[] {
  return missed.map((sum, t) => joint.reduce((total, row) => total + row[t]!, sum));
}

/** [detector] all measured events of the simulation, fakes with them. */
export function simulatedDetector({ joint, fakes }: Response): number[] {
  return joint.map((row, d) => row.reduce((total, sum) => total + sum, fakes[d]!));
}

/** [detector][truth] chance that an event of a true bin is measured in a bin; 0 for true bins without simulation. */
export function probabilities(response: Response): number[][] {
  const totals = simulatedTruth(response);
  return response.joint.map((row) => row.map((sum, t) => (totals[t] === 0 ? 0 : sum / totals[t]!)));
}

/** [truth] chance that an event of a true bin is measured: the sums of the columns of `probabilities`. */
export function efficiencies(matrix: Rows, truthBins: number): number[] {
  return Array.from({ length: truthBins }, (_, t) => matrix.reduce((sum, row) => sum + row[t]!, 0));
}

/** [detector] share of the measured events of the simulation that are true; 1 where there are none. */
export function truePurity(response: Response): number[] {
  const all = simulatedDetector(response);
  return all.map((total, d) => (total === 0 ? 1 : 1 - response.fakes[d]! / total));
}
