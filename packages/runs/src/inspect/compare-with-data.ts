import { resolve } from 'node:path';
import { type EventSource, UserError } from '@unfold-zoo/core';
import { type Catalogue, topologiesOf } from '@unfold-zoo/core/config';
import type { Figure, Table } from '@unfold-zoo/core/findings';
import { FileSource, fileOptions, unlikeSimulation } from '@unfold-zoo/data';
import { type CatalogueOptions, catalogueOf } from '../configs/catalogue.js';
import { formatOf } from '../events/file-format.js';
import { type ComparedFeature, comparedFeatures, spreadBlocks } from './compared-features.js';
import { featureFigure } from './feature-figure.js';
import { DEFAULT_TOPOLOGY } from './inspect-options.js';

/** What the files are read as. */
export interface CompareWithDataOptions {
  /** Event description of both: its name, or a YAML file. */
  readonly topology?: string | undefined;
  /** Which of the tables of files that have several. */
  readonly table?: string | undefined;
  /** Plugins whose topologies are known too. */
  readonly plugins?: CatalogueOptions['plugins'];
}

/** How differently one number of the detector is distributed in the simulation and in data. */
export type FeatureDifference = Pick<ComparedFeature, 'name' | 'distance' | 'probability'>;

/** What the detector saw in simulated events, beside what it saw in data. */
export interface DataComparison {
  /** Paths of both files. */
  readonly simulation: string;
  readonly data: string;
  readonly topology: string;
  /** Events that were looked at, of both. */
  readonly events: { readonly simulation: number; readonly data: number };
  /** The most different first. */
  readonly features: readonly FeatureDifference[];
  /** What a measurement or sampling would warn of: in a list, empty where the data are like the simulation. */
  readonly warnings: readonly string[];
  readonly table: Table;
  /** Of every feature, in the order of the topology. */
  readonly figures: readonly Figure[];
}

/** Events of each file that are looked at: a distance is then known to a few thousandths. */
const MOST_EVENTS = 200_000;

/**
 * Compares the distributions of everything that the detector gives between simulated events and data: is this data like
 * what models and methods learn from? Truth is not looked at. Weights of both count.
 * @throws UserError for files that cannot be read as the topology says, and for a file without events.
 * @example
 * const { features, warnings } = await compareWithData('simulated.h5', 'measured.h5');
 */
export async function compareWithData(
  simulation: string,
  data: string,
  options: CompareWithDataOptions = {},
): Promise<DataComparison> {
  const catalogue = await catalogueOf({ plugins: options.plugins ?? [] });
  const [ours, theirs] = [simulation, data].map((path) => sourceOf(resolve(path), catalogue, options));
  try {
    await opened(ours!, simulation);
    await opened(theirs!, data);
    return await compare({ path: resolve(simulation), source: ours! }, { path: resolve(data), source: theirs! });
  } finally {
    await ours!.close();
    await theirs!.close();
  }
}

function sourceOf(path: string, catalogue: Catalogue, { topology, table }: CompareWithDataOptions): EventSource {
  const options = {
    ...fileOptions.parse({ train: path, validationFraction: 0, topology: topology ?? DEFAULT_TOPOLOGY }),
    table,
  };
  const topologies = topologiesOf(catalogue.plugins);
  return new FileSource(options, { topologies, format: formatOf(path, catalogue), truthOptional: true });
}

async function opened(source: EventSource, path: string): Promise<void> {
  await source.open();
  if (source.count('train') === 0) throw new UserError(`invalid ${resolve(path)}: it has no events`);
}

interface ComparedFile {
  readonly path: string;
  readonly source: EventSource;
}

async function compare(simulation: ComparedFile, data: ComparedFile): Promise<DataComparison> {
  const { spec } = simulation.source;
  const [ours, theirs] = [
    await spreadBlocks(simulation.source, 'train', MOST_EVENTS),
    await spreadBlocks(data.source, 'train', MOST_EVENTS),
  ];
  const features = comparedFeatures(spec, ours, theirs);
  const sizeOf = (blocks: readonly { readonly size: number }[]) => blocks.reduce((sum, { size }) => sum + size, 0);
  const sorted = features.toSorted((a, b) => a.probability - b.probability || b.distance - a.distance);
  const split = 'train';
  return {
    simulation: simulation.path,
    data: data.path,
    topology: spec.name,
    events: { simulation: sizeOf(ours), data: sizeOf(theirs) },
    features: sorted.map(({ name, distance, probability }) => ({ name, distance, probability })),
    warnings: await unlikeSimulation({ source: simulation.source, split }, { source: data.source, split }),
    table: tableOf(sorted),
    figures: features.map(featureFigure),
  };
}

function tableOf(features: readonly ComparedFeature[]): Table {
  const columns = ['Mean, simulation', 'Mean, data', 'K-S', 'chance'];
  return {
    title: 'What the detector saw: simulation and data, the most different first',
    heading: 'Number',
    columns: columns.map((label) => ({ label, origin: 'model' })),
    rows: features.map(({ name, unit, simulation, data, distance, probability }) => ({
      label: unit ? `${name} [${unit}]` : name,
      origin: 'model',
      cells: [
        ...[simulation, data].map((sample) => meanOf(sample).toPrecision(4)),
        distance.toFixed(3),
        probability < 1e-6 ? '< 1e-6' : probability.toPrecision(2),
      ],
    })),
    notes: [
      'K-S: largest difference of the distribution functions, of all objects of all events, with their weights; ' +
        'chance: of as large a one between samples of one population, for no more independent objects than events.',
    ],
  };
}

function meanOf({ values, weights }: ComparedFeature['data']): number {
  const weight = (i: number): number => weights?.[i] ?? 1;
  const total = values.reduce((sum, _, i) => sum + weight(i), 0);
  return values.reduce((sum, value, i) => sum + weight(i) * value, 0) / total;
}
