import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { checkOverwritesNoInput, fileNameOf, readBytes, sha256, writeFileAtomically } from '@unfold-zoo/core/files';
import { fileFormats, writeColumns } from '@unfold-zoo/data';
import { type BinnedObservable, type Binning, type EventColumns, sumBins } from '@unfold-zoo/measurement';
import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import type { Measurement } from './measurement.js';

/** The file that describes unfolded events, beside those of the events. */
export const EVENT_METADATA = 'metadata.yaml';

const WEIGHT = 'weight';
const BOOTSTRAP = 'weight_bootstrap';
const WHAT = 'the metadata.yaml of unfolded events';

const metadataSchema = z.object({
  format: z.literal('unfolded-events'),
  version: z.literal(1),
  luminosity: z.number().optional(),
  observables: z.array(z.object({ name: z.string(), edges: z.array(z.array(z.number())) })),
  methods: z.array(
    z.object({ method: z.string(), file: z.string(), sha256: z.string(), events: z.int(), sumOfWeights: z.number() }),
  ),
});

/** What `metadata.yaml` says. */
export type EventMetadata = z.output<typeof metadataSchema>;

/** Unfolded events of one method, as files have them. */
export interface PublishedEvents {
  readonly method: string;
  readonly metadata: EventMetadata;
  /** [n] how many events of the data each stands for. */
  readonly weights: Float64Array;
  /** [axes][n] of each observable, by its name. */
  readonly columns: ReadonlyMap<string, readonly Float64Array[]>;
}

/**
 * Writes the unfolded events of all methods of events into `events` of the folder of a measurement: `<method>.h5`, or
 * `.parquet`, with a dataset for every observable, one of weights and, if they were asked for, one of the weights of
 * replicas; and `metadata.yaml`, which has checksums, bins, and what the weights must sum to. Nothing is written
 * without such methods.
 * @returns the paths of the files.
 * @throws UserError as `writeMeasurement` does.
 * @example
 * const files = await writeUnfoldedEvents('lepton', await measure('measurement.yaml'));
 */
export async function writeUnfoldedEvents(folder: string, measurement: Measurement): Promise<string[]> {
  const { events, eventFormat, inputs, result, observables, selection } = measurement;
  if (events.length === 0) return [];
  const directory = resolve(folder, 'events');
  const end = eventFormat === 'parquet' ? 'parquet' : 'h5';
  const paths = [...events.map(({ method }) => `${fileNameOf(method)}.${end}`), EVENT_METADATA].map((name) =>
    join(directory, name),
  );
  checkOverwritesNoInput(paths, inputs);
  const methods = [];
  for (const [i, each] of events.entries()) methods.push(await writeMethod(paths[i]!, each, observables));
  const { name, luminosity } = result;
  const metadata = {
    format: 'unfolded-events',
    version: 1,
    measurement: name,
    ...(luminosity !== undefined && { luminosity }),
    selection: selection ?? 'none',
    weights: weightFamilies(events.some(({ replicaWeights }) => replicaWeights.length > 0)),
    errors: 'covariance-<method>.csv and replicas-<method>.csv of the measurement, for its bins',
    observables: observables.map(({ name, label, unit, truth }) => ({ name, label, unit, edges: truth.axes })),
    methods,
  };
  writeFileAtomically(paths.at(-1)!, stringify(metadata));
  return paths;
}

/** What the datasets of weights are, and how they combine. */
function weightFamilies(hasReplicas: boolean): object[] {
  const nominal = 'events of the data that each one stands for, by itself: no other weight is multiplied with it';
  const bootstrap =
    'one column for each replica of the data, each in place of the nominal weight; the sample covariance of the sums ' +
    'in any bins is the statistical covariance of the data in them';
  return [
    { dataset: WEIGHT, family: 'nominal', combine: nominal },
    ...(hasReplicas ? [{ dataset: BOOTSTRAP, family: 'bootstrap', combine: bootstrap }] : []),
  ];
}

async function writeMethod(
  path: string,
  { method, events: all, replicaWeights }: Measurement['events'][0],
  observables: readonly BinnedObservable[],
) {
  // Events that do not count may count in a replica.
  const { columns, weights } = replicaWeights.length > 0 ? all : countedEvents(all);
  const rows = weights.length;
  const datasets = observables.map(({ name }, k) => [name, interleaved(columns[k]!)] as const);
  const replicas = replicaWeights.length > 0 && { [BOOTSTRAP]: interleaved(replicaWeights) };
  await writeColumns(path, rows, { ...Object.fromEntries(datasets), [WEIGHT]: weights, ...replicas }, { method });
  return {
    method,
    file: basename(path),
    sha256: sha256([readFileSync(path)]),
    events: rows,
    sumOfWeights: sumOf(weights),
    sumsOfBins: Object.fromEntries(
      observables.map(({ name, truth }, k) => [
        name,
        [...sumBins(truth.binsOf(columns[k]!), truth.size, weights).sums],
      ]),
    ),
  };
}

/** Those of the events that count. */
function countedEvents({ columns, weights }: EventColumns): EventColumns {
  const pick = (column: Float64Array): Float64Array => column.filter((_, i) => weights[i] !== 0);
  return { columns: columns.map((axes) => axes.map(pick)), weights: pick(weights) };
}

/** Row-major [n, axes]. */
function interleaved(axes: readonly Float64Array[]): Float64Array {
  const [first] = axes;
  return Float64Array.from(
    { length: first!.length * axes.length },
    (_, i) => axes[i % axes.length]![Math.floor(i / axes.length)]!,
  );
}

function sumOf(weights: Float64Array): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

/**
 * Reads unfolded events.
 * @param path of `metadata.yaml`.
 * @param method whose events; may be left out where there is one alone.
 * @throws UserError for files that are absent, or are not as `metadata.yaml` says.
 */
export async function readUnfoldedEvents(path: string, method?: string): Promise<PublishedEvents> {
  const metadata = readMetadata(path);
  const chosen = metadata.methods.find((each) => each.method === (method ?? metadata.methods[0]?.method));
  if (!chosen || (method === undefined && metadata.methods.length > 1)) {
    const have = metadata.methods.map((each) => each.method).join(', ');
    throw new UserError(
      `${method === undefined ? 'missing' : 'unknown'} method: ${path} has ${have}, and expected is one of them`,
    );
  }
  const file = join(dirname(path), chosen.file);
  const found = sha256([readBytes(file, 'unfolded events')]);
  if (found !== chosen.sha256) throw new UserError(`damaged ${file}: its SHA-256 is not that of ${basename(path)}`);
  const names = metadata.observables.map(({ name }) => name);
  const kind = file.endsWith('.parquet') ? 'parquet' : 'hdf5';
  const table = await fileFormats.find((format) => format.kind === kind)!.open(file);
  try {
    const blocks = await table.read([...names, WEIGHT], 0, chosen.events);
    const weights = Float64Array.from(blocks.get(WEIGHT)!.values as Float64Array);
    checkSum(file, sumOf(weights), chosen.sumOfWeights);
    const columns = metadata.observables.map(({ name, edges }) => {
      const values = blocks.get(name)!.values as Float64Array;
      const axes = edges.map((_, axis) => Float64Array.from(weights, (__, i) => values[i * edges.length + axis]!));
      return [name, axes] as const;
    });
    return { method: chosen.method, metadata, weights, columns: new Map(columns) };
  } finally {
    await table.close();
  }
}

function readMetadata(path: string): EventMetadata {
  const document = parseDocument(readBytes(path, WHAT).toString('utf8'));
  const { success, data } = metadataSchema.safeParse(document.errors.length > 0 ? undefined : document.toJS());
  if (!success) throw new UserError(`invalid ${path}: expected ${WHAT}`);
  return data;
}

function checkSum(file: string, found: number, expected: number): void {
  if (Math.abs(found - expected) <= 1e-9 * Math.abs(expected)) return;
  throw new UserError(`damaged ${file}: its weights sum to ${found}, and ${EVENT_METADATA} has ${expected}`);
}

/** The sums of the weights of unfolded events in bins. */
export function sumsOfEvents(axes: readonly Float64Array[], weights: Float64Array, binning: Binning): number[] {
  return [...sumBins(binning.binsOf(axes), binning.size, weights).sums];
}
