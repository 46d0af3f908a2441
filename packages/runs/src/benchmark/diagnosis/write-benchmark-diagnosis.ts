import { resolve } from 'node:path';
import { checkOptions } from '@unfold-zoo/core/options';
import { writeBenchmarkDiagnosisPages } from '@unfold-zoo/report';
import { type WriteDiagnosisOptions, writingOptions } from '../../diagnosis/write-diagnosis.js';
import type { BenchmarkDiagnosis } from './diagnose-benchmark.js';

/**
 * Writes the page of a diagnosed benchmark into a folder: the models side by side in `index.html`, `tables.md` and
 * `diagnosis.json`, and the page of each model, with its figures, in a folder below of the name of its run.
 * @returns the paths of the files.
 * @throws UserError for a folder that cannot be written, and for PNG without the packages for it.
 * @example
 * writeBenchmarkDiagnosis('diagnosis', await benchmark.diagnose());
 */
export function writeBenchmarkDiagnosis(
  folder: string,
  diagnosis: BenchmarkDiagnosis,
  options: WriteDiagnosisOptions = {},
): string[] {
  const { png } = checkOptions(writingOptions, options);
  return writeBenchmarkDiagnosisPages(resolve(folder), { ...diagnosis, png });
}
