import { numberOrNull, readJson } from '@unfold-zoo/core/files';
import { z } from 'zod';
import type { PublishedSpectrum } from './published-spectrum.js';

const rows = z.array(z.array(numberOrNull));
const shift = z.object({ name: z.string(), up: z.array(numberOrNull), down: z.array(numberOrNull).optional() });
const end = z.number().nullable();
const resultSchema = z.object({
  luminosity: z.number().optional(),
  observables: z.array(
    z.object({
      name: z.string(),
      bins: z.array(z.object({ ranges: z.array(z.tuple([end, end])) })),
      methods: z.array(
        z.object({
          method: z.string(),
          values: z.array(numberOrNull),
          statistical: rows,
          simulation: rows,
          shifts: z.array(shift),
        }),
      ),
    }),
  ),
});

/** The spectra of a `measurement.json`. */
export function publishedJson(path: string): PublishedSpectrum[] {
  const { luminosity, observables } = readJson(path, resultSchema, 'a measurement.json of unfold measure');
  return observables.flatMap(({ name, bins, methods }) =>
    methods.map(({ method, values, statistical, simulation, shifts }): PublishedSpectrum => {
      const systematic = (i: number): number =>
        shifts.reduce((sum, { up, down }) => sum + (down ? (up[i]! - down[i]!) / 2 : up[i]!) ** 2, 0);
      return {
        observable: name,
        method,
        values: 'events',
        luminosity,
        bins: bins.map(({ ranges }, i) => ({
          ranges,
          value: values[i]!,
          error: Math.sqrt(statistical[i]![i]! + simulation[i]![i]! + systematic(i)),
        })),
      };
    }),
  );
}
