import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { filePath } from '@unfold-zoo/core/files';
import {
  type BinnedObservable,
  binResults,
  type Prediction,
  type PublishedSpectrum,
  predictionOf,
  readPublished,
} from '@unfold-zoo/measurement';
import { z } from 'zod';
import { EVENT_METADATA, readUnfoldedEvents, sumsOfEvents } from './unfolded-events.js';

/** A published result to compare with. */
export const predictionSchema = z.strictObject({
  file: filePath().describe(
    'measurement.json, <observable>.csv, measurement.yoda, submission.yaml of HEPData, or metadata.yaml of unfolded ' +
      'events, or the folder of one of the last two',
  ),
  method: z.string().optional().describe('Whose result of several in the file. Default: the only one'),
  observables: z
    .record(z.string(), z.string())
    .default({})
    .describe('What observables are called in the file, where that is otherwise than here'),
  luminosity: z.number().gt(0).optional().describe('Of the counted events of the file, 1/fb, where it does not say'),
});

/** Parsed keys of a prediction. */
export type PredictionKeys = z.output<typeof predictionSchema>;

/**
 * Reads the predictions of a measurement.
 * @returns for each observable, those that have something to say of it.
 * @throws UserError for files that cannot be read, and for a prediction that is of none of the observables or of other
 * bins.
 */
export async function readPredictions(
  predictions: Readonly<Record<string, PredictionKeys>>,
  observables: readonly BinnedObservable[],
  luminosity: number | undefined,
): Promise<Prediction[][]> {
  const found: Prediction[][] = observables.map(() => []);
  for (const [name, keys] of Object.entries(predictions)) {
    const spectra = await spectraOf(name, keys, observables);
    const own = observables.map((each) => spectra.find(({ observable }) => observable === nameIn(keys, each.name)));
    if (own.every((each) => each === undefined)) {
      const have = spectra.map(({ observable }) => observable).join(', ');
      throw new UserError(
        `invalid predictions.${name}: ${keys.file} has the observables ${have}, none of them one of the measurement; ` +
          `name them in predictions.${name}.observables`,
      );
    }
    for (const [k, spectrum] of own.entries()) {
      const observable = { name: observables[k]!.name, bins: binResults(observables[k]!.truth) };
      const known = spectrum && { ...spectrum, luminosity: spectrum.luminosity ?? keys.luminosity };
      if (known) found[k]!.push(predictionOf(name, known, observable, luminosity));
    }
  }
  return found;
}

function nameIn({ observables }: PredictionKeys, own: string): string {
  return observables[own] ?? own;
}

async function spectraOf(
  name: string,
  keys: PredictionKeys,
  observables: readonly BinnedObservable[],
): Promise<PublishedSpectrum[]> {
  const inside = join(keys.file, EVENT_METADATA);
  const metadata = existsSync(inside) ? inside : keys.file;
  if (basename(metadata) === EVENT_METADATA) return eventSpectra(metadata, keys, observables);
  const spectra = readPublished(keys.file);
  const methods = [...new Set(spectra.map(({ method }) => method))];
  const method = keys.method ?? methods[0]!;
  if (!methods.includes(method) || (keys.method === undefined && methods.length > 1)) {
    throw new UserError(
      `${keys.method === undefined ? 'missing' : 'unknown'} predictions.${name}.method: ${keys.file} has ` +
        `${methods.join(', ')}, and expected is one of them`,
    );
  }
  return spectra.filter((each) => each.method === method);
}

/** Unfolded events in the bins of the measurement, whatever these are; without errors. */
async function eventSpectra(
  path: string,
  keys: PredictionKeys,
  observables: readonly BinnedObservable[],
): Promise<PublishedSpectrum[]> {
  const { method, metadata, weights, columns } = await readUnfoldedEvents(path, keys.method);
  const others = [...columns.keys()].map((observable) => ({ observable, bins: [] }));
  const own = observables.flatMap(({ name, truth }) => {
    const observable = nameIn(keys, name);
    const axes = columns.get(observable);
    if (axes?.length !== truth.axes.length) return [];
    const sums = sumsOfEvents(axes, weights, truth);
    return [{ observable, bins: binResults(truth).map(({ ranges }, i) => ({ ranges, value: sums[i]!, error: 0 })) }];
  });
  const { luminosity } = metadata;
  return (own.length > 0 ? own : others).map((each) => ({ ...each, method, values: 'events', luminosity }));
}
