import { chiSquaredChance } from '@unfold-zoo/diagnostics';
import { EVD, Matrix } from 'ml-matrix';
import type { Rows } from '../response/response.js';

/** How well two spectra agree. */
export interface SpectraAgreement {
  readonly chiSquared: number;
  /** Directions in which the covariance is not zero. */
  readonly degreesOfFreedom: number;
  /** Chance of so large a chi-squared. */
  readonly chance: number;
}

/** As it stands in tables: `12.3 / 10`. */
export function chiSquaredText({ chiSquared, degreesOfFreedom }: Omit<SpectraAgreement, 'chance'>): string {
  return `${chiSquared.toFixed(1)} / ${degreesOfFreedom}`;
}

/** Eigenvalues below this part of the largest count as zero. */
const NEGLIGIBLE = 1e-10;

/**
 * Chi-squared of differences with a covariance, each bin in units of its error; directions in which nothing varies are
 * left out.
 */
export function agreement(differences: readonly number[], covariance: Rows): SpectraAgreement {
  const varying = [...differences.keys()].filter((i) => covariance[i]![i]! > 0);
  if (varying.length === 0) return { chiSquared: 0, degreesOfFreedom: 0, chance: 1 };
  const errors = varying.map((i) => Math.sqrt(covariance[i]![i]!));
  const scaled = new Matrix(
    varying.map((i, k) => varying.map((j, l) => covariance[i]![j]! / (errors[k]! * errors[l]!))),
  );
  const { realEigenvalues, eigenvectorMatrix } = new EVD(scaled, { assumeSymmetric: true });
  const pulls = Matrix.columnVector(varying.map((i, k) => differences[i]! / errors[k]!));
  const along = eigenvectorMatrix.transpose().mmul(pulls).to1DArray();
  const least = NEGLIGIBLE * Math.max(...realEigenvalues);
  const kept = [...along.keys()].filter((i) => realEigenvalues[i]! > least);
  const chiSquared = kept.reduce((sum, i) => sum + along[i]! ** 2 / realEigenvalues[i]!, 0);
  return { chiSquared, degreesOfFreedom: kept.length, chance: chiSquaredChance(chiSquared, kept.length) };
}
