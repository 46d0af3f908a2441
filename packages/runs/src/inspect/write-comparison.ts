import { resolve } from 'node:path';
import { checkOptions } from '@unfold-zoo/core/options';
import { writePage } from '@unfold-zoo/report';
import { type WriteDiagnosisOptions, writingOptions } from '../diagnosis/write-diagnosis.js';
import type { DataComparison } from './compare-with-data.js';
import { HOW_TO_READ } from './feature-figure.js';

/**
 * Writes a comparison of simulation and data into a folder: `index.html`, which needs no other file, `tables.md`,
 * `comparison.json`, and a figure of every number as SVG.
 * @returns the paths of the files.
 * @throws UserError for a folder that cannot be written, and for PNG without the packages for it.
 * @example
 * writeComparison('comparison', await compareWithData('simulated.h5', 'measured.h5'));
 */
export function writeComparison(
  folder: string,
  comparison: DataComparison,
  options: WriteDiagnosisOptions = {},
): string[] {
  const { png } = checkOptions(writingOptions, options);
  const { simulation, data, events, table, figures, warnings } = comparison;
  const page = {
    title: 'Is this data like its simulation?',
    summary: [
      `Simulation: ${events.simulation.toLocaleString('en-US')} events of ${simulation}.`,
      `Data: ${events.data.toLocaleString('en-US')} events of ${data}, scaled to the sum of the simulation.`,
      HOW_TO_READ,
      ...verdictOf(warnings),
    ],
    models: ['Data'],
    tables: [table],
    highlights: figures.map(({ svg }) => svg),
  };
  const json = ['comparison.json', comparisonJson(comparison)] as const;
  return writePage(resolve(folder), { page, tables: [table], figures, json, inputs: [simulation, data], png });
}

/** What a comparison found, in words. */
export function verdictOf(warnings: readonly string[]): readonly string[] {
  if (warnings.length > 0) return warnings;
  return ['No distribution function differs by a tenth or more that is not by chance.'];
}

/** What a comparison found as JSON, figures aside. */
export function comparisonJson({ figures: _figures, table: _table, ...found }: DataComparison): string {
  return `${JSON.stringify(found, null, 2)}\n`;
}
