import { UserError } from '@unfold-zoo/core';
import type { BinResult, ObservableResult, Prediction } from '../results/measurement-result.js';

/** One bin of a published spectrum. */
export interface PublishedBin {
  /** The ends along each axis; null for an end that is open. */
  readonly ranges: BinResult['ranges'];
  readonly value: number;
  /** Of one standard deviation, all sources together. */
  readonly error: number;
}

/** A spectrum as a file has it. */
export interface PublishedSpectrum {
  readonly observable: string;
  readonly method: string;
  readonly bins: readonly PublishedBin[];
  /** What values are: events of a bin, or those over its width; or a cross section, in fb, over its width. */
  readonly values: 'events' | 'events over width' | 'cross section over width';
  /** Of the counted events, 1/fb, if the file says so. */
  readonly luminosity?: number | undefined;
}

/**
 * A published spectrum as a prediction for the same observable of a measurement: events of each of its bins. Bins that
 * the spectrum has not, as underflow and overflow of most formats, have null.
 * @param luminosity of the measurement, 1/fb.
 * @throws UserError for a spectrum of other bins, and for one that is of cross sections where the measurement counts
 * events, or the other way round.
 */
export function predictionOf(
  name: string,
  spectrum: PublishedSpectrum,
  { bins, name: observable }: Pick<ObservableResult, 'bins' | 'name'>,
  luminosity: number | undefined,
): Prediction {
  const known = new Map(spectrum.bins.map((bin) => [keyOf(bin), bin]));
  const own = bins.map((bin) => known.get(keyOf(bin)));
  const missing = bins.find((bin, i) => bin.width !== null && own[i] === undefined);
  if (missing) {
    const have = spectrum.bins.map(({ ranges }) => ranges.map((ends) => ends.join(' to ')).join(', ')).join('; ');
    throw new UserError(
      `invalid predictions.${name}: its bins of ${spectrum.observable} are ${have}, and bin "${missing.label}" of ` +
        `${observable} is not one of them; take the same bins`,
    );
  }
  const scale = scaleOf(name, spectrum, luminosity);
  const factor = (bin: BinResult): number => (spectrum.values === 'events' ? scale : scale * (bin.width ?? Number.NaN));
  const numbers = (of: (bin: PublishedBin) => number) =>
    bins.map((bin, i) => {
      const value = own[i] === undefined ? Number.NaN : factor(bin) * of(own[i]);
      return Number.isFinite(value) ? value : null;
    });
  return { name, values: numbers(({ value }) => value), errors: numbers(({ error }) => error) };
}

/** Ends to nine digits: files have them as decimals. */
function keyOf({ ranges }: Pick<PublishedBin, 'ranges'>): string {
  return JSON.stringify(ranges.map((ends) => ends.map((end) => (end === null ? null : Number(end.toPrecision(9))))));
}

/** What a value of the file is multiplied by, its width aside, to be a number of events of the measurement. */
function scaleOf(name: string, { values, luminosity: own }: PublishedSpectrum, luminosity: number | undefined): number {
  const place = `invalid predictions.${name}`;
  if (values === 'cross section over width') {
    if (luminosity !== undefined) return luminosity;
    throw new UserError(`${place}: it is a cross section, and the measurement counts events; set luminosity`);
  }
  if (own === luminosity) return 1;
  if (luminosity === undefined)
    throw new UserError(`${place}: its events are those of ${own} / fb; set luminosity of the measurement`);
  if (own !== undefined) return luminosity / own;
  throw new UserError(
    `${place}: it counts events, and the measurement is of cross sections; set predictions.${name}.luminosity, ` +
      'that of its events',
  );
}
