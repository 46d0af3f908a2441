import { join } from 'node:path';
import { checkOverwritesNoInput, fileNameOf, writeFileAtomically } from '@unfold-zoo/core/files';
import { markdownTable, reportPage } from '@unfold-zoo/report';
import { hepDataFiles } from '../publishing/hepdata.js';
import { yodaText } from '../publishing/yoda.js';
import { breakdownFigure } from './breakdown-figure.js';
import { covarianceFigure } from './covariance-figure.js';
import type { MeasurementResult } from './measurement-result.js';
import { covarianceCsv, measurementTables, replicasCsv, spectrumCsv } from './result-tables.js';
import { spectrumFigure } from './spectrum-figure.js';

/**
 * Writes a measurement into a folder, and returns the paths of its files: `index.html`, which needs no other file,
 * `tables.md`, `measurement.json`, `<observable>.csv`, `covariance-<method>.csv`, `replicas-<method>.csv`, a submission
 * to HEPData in `hepdata`, `measurement.yoda`, and the figures as SVG. A file is there whole or not at all.
 * @param inputs the files that it was made from; none of them is written over.
 * @throws UserError, before anything is written, for a folder in which one of them is an input; and for a folder that
 * cannot be written.
 */
export function writeMeasurementFiles(
  directory: string,
  result: MeasurementResult,
  inputs: readonly string[] = [],
): string[] {
  const files = filesOf(result);
  const paths = files.map(([name]) => join(directory, name));
  checkOverwritesNoInput(paths, inputs);
  for (const [i, [, text]] of files.entries()) writeFileAtomically(paths[i]!, text);
  return paths;
}

function filesOf(result: MeasurementResult): (readonly [name: string, text: string])[] {
  const { name, observables, luminosity, jointCovariances } = result;
  const figures = [
    ...observables.map((each) => spectrumFigure(each, luminosity)),
    ...observables.flatMap((each) => each.methods.map((method) => breakdownFigure(each, method))),
    ...jointCovariances.map(({ method }) => covarianceFigure(result, method)),
  ];
  const tables = measurementTables(result);
  const page = reportPage({
    title: name,
    summary: [summaryOf(result)],
    models: jointCovariances.map(({ method }) => method),
    spectra: { figures, tables },
  });
  return [
    ...figures.map((figure) => [join('figures', `${figure.name}.svg`), `${figure.svg}\n`] as const),
    ...observables.map((each) => [`${each.name}.csv`, spectrumCsv(each, luminosity)] as const),
    ...jointCovariances.map(
      ({ method }) => [`covariance-${fileNameOf(method)}.csv`, covarianceCsv(result, method)] as const,
    ),
    ...jointCovariances.map(
      ({ method }) => [`replicas-${fileNameOf(method)}.csv`, replicasCsv(result, method)] as const,
    ),
    ...hepDataFiles(result).map(([file, text]) => [join('hepdata', file), text] as const),
    ['measurement.yoda', yodaText(result)],
    ['tables.md', `# ${name}\n\n${tables.map(markdownTable).join('\n')}`],
    ['measurement.json', `${JSON.stringify(result, null, 2)}\n`],
    ['index.html', page],
  ];
}

function summaryOf({ observables, jointCovariances, luminosity }: MeasurementResult): string {
  const what = `${observables.map(({ label }) => label).join(', ')}, unfolded by `;
  const how = jointCovariances.map(({ method }) => method).join(', ');
  return `${what}${how}${luminosity === undefined ? '' : `, with ${luminosity} / fb`}.`;
}
