/** An affine map to mean 0 and standard deviation 1, after a logarithm where `log` says so. */
export interface ColumnScaling {
  readonly mean: Float64Array;
  readonly standardDeviation: Float64Array;
  /** 1 where the column is standardised as ln(max(x, tiny)). */
  readonly log: Uint8Array;
}

/** Standardisation fitted on the training split: partons, and the features of each input. */
export interface EventScaling {
  readonly partons: ColumnScaling;
  readonly inputs: Readonly<Record<string, ColumnScaling>>;
  /**
   * GeV^2, one per particle: the training standard deviation of E^2, in which the consistency loss (paper, eq. 10)
   * measures M^2 - (E^2 - |p|^2). That of M^2 itself cannot serve: the masses of b quarks and neutrinos never vary.
   */
  readonly energySquared: Float64Array;
}

/** Below this a standard deviation counts as 1: the column never varies (masses of b quarks and neutrinos). */
export const CONSTANT_BELOW = 1e-6;
