import { dirname, join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { readBytes } from '@unfold-zoo/core/files';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { PublishedSpectrum } from './published-spectrum.js';

const MOST_BYTES = 2 ** 26;
const header = z.object({ name: z.string(), units: z.string().optional() });
const size = z.union([z.number(), z.string()]);
const errorSchema = z.object({
  symerror: size.optional(),
  asymerror: z.object({ plus: size, minus: size }).optional(),
});
const tableSchema = z.object({
  independent_variables: z.array(
    z.object({ values: z.array(z.object({ low: z.number().optional(), high: z.number().optional() })) }),
  ),
  dependent_variables: z.array(
    z.object({
      header,
      qualifiers: z.array(z.object({ name: z.string(), value: size })).default([]),
      values: z.array(z.object({ value: size, errors: z.array(errorSchema).default([]) })),
    }),
  ),
});
const entrySchema = z.object({ name: z.string(), data_file: z.string() });

/** What values are multiplied by to be in fb, by the unit of a cross section. */
const FEMTOBARNS: Readonly<Record<string, number>> = { fb: 1, pb: 1e3, nb: 1e6 };

/**
 * The spectra of a HEPData submission, of tables whose independent variables are bins: the observable is the name of
 * the table, the method the qualifier `Method`, or else the name of the dependent variable.
 * @param path of `submission.yaml`; the data files lie beside it.
 */
export function publishedHepData(path: string): PublishedSpectrum[] {
  const documents = yamlOf(path).map((each) => entrySchema.safeParse(each));
  const entries = documents.flatMap(({ data }) => data ?? []);
  const found = entries.flatMap((entry) => tableOf(join(dirname(path), entry.data_file), entry.name));
  if (found.length > 0) return found;
  throw new UserError(`invalid ${path}: it names no table with bins, expected a submission to HEPData`);
}

function tableOf(path: string, observable: string): PublishedSpectrum[] {
  const { success, data: table } = tableSchema.safeParse(yamlOf(path)[0]);
  if (!success) throw new UserError(`invalid ${path}: expected a table of HEPData`);
  const axes = table.independent_variables.map(({ values }) => values);
  const areBins = axes.every((values) => values.every(({ low, high }) => low !== undefined && high !== undefined));
  if (!areBins) return [];
  return table.dependent_variables.flatMap(({ header: { name, units = '' }, qualifiers, values }) => {
    const unit = /^\w+/.exec(units)?.[0] ?? '';
    const factor = FEMTOBARNS[unit];
    // Ratios, and spectra normalised to 1, predict no cross section.
    if (factor === undefined && unit !== 'events') return [];
    const method = qualifiers.find((each) => each.name === 'Method')?.value ?? name;
    const spectrum: PublishedSpectrum = {
      observable,
      method: String(method),
      values: factor === undefined ? 'events over width' : 'cross section over width',
      bins: values.map(({ value, errors }, i) => ({
        ranges: axes.map((ends) => [ends[i]!.low!, ends[i]!.high!] as const),
        value: (factor ?? 1) * Number(value),
        error: (factor ?? 1) * Math.hypot(...errors.map((each) => errorOf(each, Number(value)))),
      })),
    };
    return [spectrum];
  });
}

/** The size of an error; of two sides, the mean of both. A size may be a percentage of the value. */
function errorOf({ symerror, asymerror }: z.output<typeof errorSchema>, value: number): number {
  const sizeOf = (text: number | string): number =>
    Math.abs(String(text).endsWith('%') ? (Number.parseFloat(String(text)) / 100) * value : Number(text));
  if (asymerror) return (sizeOf(asymerror.plus) + sizeOf(asymerror.minus)) / 2;
  return symerror === undefined ? 0 : sizeOf(symerror);
}

function yamlOf(path: string): unknown[] {
  const what = 'YAML of a submission to HEPData';
  const documents = parseAllDocuments(readBytes(path, what, MOST_BYTES).toString('utf8'));
  const [problem] = documents.flatMap(({ errors }) => errors);
  if (problem) throw new UserError(`invalid ${path}: ${problem.message}; expected ${what}`);
  return documents.map((each) => each.toJS() as unknown);
}
