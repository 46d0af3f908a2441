import { type EventSource, type HostEvents, isUserError, type Split } from '@unfold-zoo/core';
import {
  type EventScaling,
  gatherEvents,
  largestDifference,
  objectFeature,
  partonColumn,
  partonName,
  partonWidth,
  RoundTrip,
  readEvents,
  roundTripSentence,
} from '@unfold-zoo/core/events';
import { NOT_BY_CHANCE, sampledRows } from '../splits/sampled-rows.js';
import { fewEffective } from '../splits/source-warnings.js';

/** Splits differ by far where a distribution function does by this, and not by chance. */
const FAR = 0.1;

/**
 * What is odd about the data of a run but no mistake: few effective events, units that look like MeV, splits that are
 * different populations, columns whose scaling a few events decide. A sample of each split is read.
 * Test events that sampling will refuse are told of too: a training needs none.
 * @throws UserError for training and validation events that cannot be used.
 */
export async function dataWarnings(source: EventSource, scaling: EventScaling): Promise<string[]> {
  const train = await sampleOf(source, 'train');
  const warnings = [
    ...(source.warnings ?? []),
    ...outlierWarnings(source, train, (name) => scaled(source, scaling, name)),
    ...lostTruth(source, train, scaling),
  ];
  if (!source.warnings && train.weights) warnings.push(...fewEffective('the train split', train.weights));
  for (const split of ['validation', 'test'] as const) {
    if (source.count(split) === 0) continue;
    try {
      warnings.push(...differenceWarning(source, split, train, await sampleOf(source, split)));
    } catch (error) {
      if (split !== 'test' || !isUserError(error)) throw error;
      warnings.push(`the test split cannot be sampled as it is: ${error.message}`);
    }
  }
  return warnings;
}

/** Events of one split. */
export interface SplitOfSource {
  /** Open. */
  readonly source: EventSource;
  readonly split: Split;
}

/**
 * Says so where the detector saw other events in data than in their simulation, by the input that differs most. A
 * sample of both is read; weights are not looked at.
 */
export async function unlikeSimulation(simulation: SplitOfSource, data: SplitOfSource): Promise<string[]> {
  const observed = async ({ source, split }: SplitOfSource): Promise<HostEvents> => {
    const { partons: _, ...events } = await sampleOf(source, split);
    return events;
  };
  const found = largestDifference(simulation.source.spec, await observed(simulation), await observed(data));
  if (!found || !isFar(found)) return [];
  return [
    `the data are unlike the simulation: ${found.column} differs most, its distribution functions by ` +
      `${found.distance.toFixed(2)}; what is learned from the simulation may not hold for them`,
  ];
}

function isFar({ distance, probability }: NonNullable<ReturnType<typeof largestDifference>>): boolean {
  return distance >= FAR && probability <= NOT_BY_CHANCE;
}

/** Events of a few places of a split. */
export async function sampleOf(source: EventSource, split: Split): Promise<HostEvents> {
  const rows: [HostEvents, number][] = [];
  for (const { start, count } of sampledRows(0, source.count(split))) {
    const block = await readEvents(source, split, start, count);
    for (let row = 0; row < block.size; row++) rows.push([block, row]);
  }
  return gatherEvents(source.spec, rows.length, rows);
}

function differenceWarning({ spec }: EventSource, split: Split, train: HostEvents, other: HostEvents): string[] {
  const found = largestDifference(spec, train, other);
  if (!found || !isFar(found)) return [];
  return [
    `the ${split} split is not like the training split: ${found.column} differs most, its distribution functions by ` +
      `${found.distance.toFixed(2)}; losses and distances of the two cannot be compared`,
  ];
}

/** A standard deviation this many times the central spread is that of a few events. Of a Breit-Wigner peak it is 3. */
const OUTLYING = 10;

/** The standard deviation of a column by its name, e.g. `hadronic_top.px`; undefined for one that does not matter. */
type StandardDeviation = (column: string) => number | undefined;

/** Columns of a split that has been read, of which a few events decide the standard deviation. */
export async function outlierWarningsOf(
  source: EventSource,
  split: Split,
  standardDeviation: StandardDeviation,
): Promise<string[]> {
  return source.count(split) > 0 ? outlierWarnings(source, await sampleOf(source, split), standardDeviation) : [];
}

/** Particles of the truth that their representation does not give back in a few events; in many, it is refused. */
function lostTruth({ spec }: EventSource, events: HostEvents, { representation }: EventScaling): string[] {
  const { partons } = events;
  if (!representation || !partons) return [];
  const roundTrip = new RoundTrip(spec, representation);
  roundTrip.add(partons, representation.encode(partons, events), events);
  return roundTrip.lost.map((particle) => `${roundTripSentence(particle)}; the rest of the truth is learned`);
}

/** That of the scaling; undefined for columns that are mapped to normal scores, compressed or not learned as such. */
function scaled({ spec }: EventSource, scaling: EventScaling, column: string): number | undefined {
  const { partons, representation, normalScores, asinh, inputs } = scaling;
  const known = new Map<string, number>();
  for (const [i, value] of partons.standardDeviation.entries())
    if (!normalScores?.has(i) && !asinh?.has(i))
      known.set(representation?.columns[i]?.name ?? partonName(spec, i), value);
  for (const [name, { features }] of Object.entries(spec.inputs))
    for (const [i, feature] of features.entries())
      known.set(`${name}.${feature.name}`, inputs[name]!.standardDeviation[i]!);
  return known.get(column);
}

function outlierWarnings({ spec }: EventSource, sample: HostEvents, of: StandardDeviation): string[] {
  const { partons } = sample;
  const width = partonWidth(spec);
  const ofPartons = Array.from({ length: partons ? width : 0 }, (_, i) => {
    const values = partonColumn(partons!, width, i);
    const cure = 'mend or leave out these events, or set scaling.normalScores or scaling.asinh for the quantity';
    return outlierWarning(partonName(spec, i), values, of(partonName(spec, i)), cure);
  });
  const ofFeatures = Object.entries(spec.inputs).flatMap(([name, { features }]) => {
    return features.map(({ name: feature, scaling }, i) => {
      // A logarithm has no tail to speak of.
      if (scaling !== 'standard') return [];
      const column = objectFeature(sample.inputs[name]!, features.length, i);
      const cure = 'mend the data, or say scaling: log in the topology';
      return outlierWarning(`${name}.${feature}`, column, of(`${name}.${feature}`), cure);
    });
  });
  return [...ofPartons, ...ofFeatures].flat();
}

/** In a list; empty for a column without outliers, and for one that takes few values. */
function outlierWarning(column: string, values: Float64Array, deviation: number | undefined, cure: string): string[] {
  const sorted = values.sort();
  const quantile = (fraction: number): number => sorted[Math.round(fraction * (sorted.length - 1))] ?? 0;
  const spread = (quantile(0.84) - quantile(0.16)) / 2;
  // A scaling has 1 for a column that does not vary, or not by its weights.
  if (deviation === undefined || deviation === 1 || spread === 0 || deviation < OUTLYING * spread) return [];
  const [wide, narrow] = [deviation, spread].map((value) => Number(value.toPrecision(3)));
  return [
    `a few outliers decide the scaling of ${column}: its standard deviation is ${wide}, but two thirds of the events ` +
      `lie within ${narrow} of its middle; ${cure}`,
  ];
}
