import { resolve } from 'node:path';
import { checkOptions } from '@unfold-zoo/core/options';
import { writeDiagnosisPage } from '@unfold-zoo/report';
import { z } from 'zod';
import { reportOptions } from '../evaluation/evaluate-options.js';
import type { PosteriorDiagnosis } from './diagnose.js';

/** How the page of a diagnosis is written. */
export const writingOptions = z.object({ png: reportOptions.shape.png });

/** In which formats figures are written. */
export type WriteDiagnosisOptions = z.input<typeof writingOptions>;

/**
 * Writes the page "Can I trust it?" into a folder: `index.html`, which needs no other file, `tables.md`,
 * `diagnosis.json` and every figure as SVG.
 * @returns the paths of the files.
 * @throws UserError for a folder that cannot be written, and for PNG without the packages for it.
 * @example
 * writeDiagnosis('diagnosis', await run.diagnose());
 */
export function writeDiagnosis(
  folder: string,
  diagnosis: PosteriorDiagnosis,
  options: WriteDiagnosisOptions = {},
): string[] {
  const { png } = checkOptions(writingOptions, options);
  return writeDiagnosisPage(resolve(folder), { ...diagnosis, png });
}
