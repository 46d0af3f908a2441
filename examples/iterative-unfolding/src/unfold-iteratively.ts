/** How true bins (causes C) show up in measured bins (effects E). */
export interface Response {
  /** [causes][effects] P(E_j | C_i); a row adds up to the efficiency of its cause, which may be less than 1. */
  readonly probabilities: readonly (readonly number[])[];
  /** [causes] share of each cause among the events that the response was learned from. */
  readonly prior: readonly number[];
}

/**
 * Fits a response on simulated events: the weight [causes][effects + 1] of the events of a true bin that are measured
 * in a bin, with those that are not measured at all in the last column.
 */
export function fitResponse(counts: readonly (readonly number[])[]): Response {
  const totals = counts.map(sum);
  const all = sum(totals);
  return {
    probabilities: counts.map((row, i) => row.slice(0, -1).map((count) => (totals[i]! > 0 ? count / totals[i]! : 0))),
    prior: totals.map((total) => total / all),
  };
}

/**
 * Iterative Bayesian unfolding (D'Agostini 1995, Nucl. Instrum. Meth. A 362, 487, eqs. 3 and 4): Bayes' theorem says
 * from which causes the events of an effect came; what it makes of the measured counts [effects] is the next prior.
 * Each iteration is one of expectation maximisation, so that few iterations regularise towards the first prior, and
 * many go to the maximum of the likelihood with all its noise. Returns counts [causes], corrected for efficiency.
 */
export function unfoldIteratively(measured: readonly number[], response: Response, iterations: number): number[] {
  let prior = response.prior;
  let unfolded: number[] = [];
  for (let i = 0; i < iterations; i++) {
    unfolded = unfoldOnce(measured, response.probabilities, prior);
    const total = sum(unfolded);
    if (total === 0) return unfolded;
    prior = unfolded.map((count) => count / total);
  }
  return unfolded;
}

/**
 * n(C_i) = sum_j n(E_j) P(C_i | E_j) / efficiency_i, with P(C_i | E_j) = P(E_j | C_i) P(C_i) / sum_l P(E_j | C_l)
 * P(C_l).
 */
function unfoldOnce(measured: readonly number[], probabilities: Response['probabilities'], prior: readonly number[]) {
  const expected = measured.map((_, j) => sum(prior.map((share, i) => probabilities[i]![j]! * share)));
  return prior.map((share, i) => {
    const efficiency = sum(probabilities[i]!);
    if (efficiency === 0) return 0;
    // An effect that no cause leads to tells nothing of the causes.
    const assigned = measured.map((count, j) =>
      expected[j]! > 0 ? (count * probabilities[i]![j]!) / expected[j]! : 0,
    );
    return (share * sum(assigned)) / efficiency;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
