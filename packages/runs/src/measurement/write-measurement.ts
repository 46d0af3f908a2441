import { resolve } from 'node:path';
import { writeMeasurementFiles } from '@unfold-zoo/measurement';
import type { Measurement } from './measurement.js';

/**
 * Writes a measurement into a folder: `index.html`, which needs no other file, `tables.md`, `measurement.json`, a CSV
 * file for each observable and for the covariance of each method, and every figure as SVG.
 * @returns the paths of the files.
 * @throws UserError for a folder that cannot be written, or in which a file that the measurement was made from would be
 * written over.
 * @example
 * writeMeasurement('top-pt', await measure('top-pt.yaml'));
 */
export function writeMeasurement(folder: string, { result, inputs }: Pick<Measurement, 'result' | 'inputs'>): string[] {
  return writeMeasurementFiles(resolve(folder), result, inputs);
}
