/** An axis and the numbers along it. */
export interface DiagnosticAxis {
  /** What the numbers are, with symbol and unit where there are some, e.g. `t`. */
  readonly title: string;
  /** [n]. */
  readonly values: Float32Array;
}

/** Something that a model has learned, as curves over one axis: a figure with a panel for each curve. */
export interface Diagnostic {
  /**
   * What is shown, e.g. `Noise schedule`. Models that show the same thing give it the same name, so that they share a
   * figure.
   */
  readonly name: string;
  readonly x: DiagnosticAxis;
  readonly curves: readonly DiagnosticCurve[];
}

/** One curve of a diagnostic. */
export interface DiagnosticCurve {
  /** Heading of its panel, e.g. `Slope`. */
  readonly name: string;
  readonly y: DiagnosticAxis;
  /** Default `linear`. */
  readonly yScale?: 'linear' | 'log';
}
