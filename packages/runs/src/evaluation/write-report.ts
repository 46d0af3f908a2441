import { resolve } from 'node:path';
import { checkOptions } from '@unfold-zoo/core/options';
import { writeReportFiles } from '@unfold-zoo/report';
import type { z } from 'zod';
import type { Evaluation } from './evaluate.js';
import { reportOptions } from './evaluate-options.js';

/** What a report shows, and in which formats: the options of the schema `reportOptions`. */
export type ReportOptions = z.input<typeof reportOptions>;

/**
 * Writes the report of an evaluation into a folder: `index.html`, which needs no other file, tables, distances as CSV
 * and JSON, and every figure as SVG.
 * @returns the paths of the files.
 * @throws UserError for a folder that cannot be written, and for PNG without the packages for it.
 * @example
 * writeReport('report', await run.evaluate(), { figures: 'all' });
 */
export function writeReport(folder: string, evaluation: Evaluation, options: ReportOptions = {}): string[] {
  const { figures, png } = checkOptions(reportOptions, options);
  const { label, predicted, distances, ...shown } = evaluation;
  return writeReportFiles(resolve(folder), {
    ...shown,
    title: `Unfolding with ${label}`,
    models: [{ label, columns: predicted, distances }],
    figures: figures === 'all' ? 'all' : 'highlights',
    png,
  });
}
