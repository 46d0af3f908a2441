import type { EventScaling, EventSource, HostEvents, Split } from '@unfold-zoo/core';
import { gatherEvents, LOG_FLOOR, largestDifference, partonName, readEvents } from '@unfold-zoo/core/events';
import { fewEffective } from '../files/source-warnings.js';

/** A sample of a split is of so many places, evenly spread, and of so many neighbouring events at each. */
const PLACES = 4;
const EVENTS_OF_PLACE = 1024;
/** Splits differ by far where a distribution function does by this, and not by chance. */
const FAR = 0.1;
const NOT_BY_CHANCE = 1e-12;

/**
 * What is odd about the data of a run but no mistake: few effective events, units that look like MeV, splits that are
 * different populations, columns whose scaling a few events decide. A sample of each split is read.
 * @throws UserError for events that cannot be used.
 */
export async function dataWarnings(source: EventSource, scaling: EventScaling): Promise<string[]> {
  const train = await sampleOf(source, 'train');
  const warnings = [...(source.warnings ?? []), ...outlierWarnings(source, scaling, train)];
  if (!source.warnings && train.weights) warnings.push(...fewEffective('the train split', train.weights));
  for (const split of ['validation', 'test'] as const) {
    if (source.count(split) === 0) continue;
    warnings.push(...differenceWarning(source, split, train, await sampleOf(source, split)));
  }
  return warnings;
}

/** Events of a few places of a split. */
async function sampleOf(source: EventSource, split: Split): Promise<HostEvents> {
  const events = source.count(split);
  const rows: [HostEvents, number][] = [];
  for (let place = 0; place < PLACES; place++) {
    const [first, end] = [place, place + 1].map((each) => Math.floor((each * events) / PLACES)) as [number, number];
    if (end === first) continue;
    const block = await readEvents(source, split, first, Math.min(end - first, EVENTS_OF_PLACE));
    for (let row = 0; row < block.size; row++) rows.push([block, row]);
  }
  return gatherEvents(source.spec, rows.length, rows);
}

function differenceWarning({ spec }: EventSource, split: Split, train: HostEvents, other: HostEvents): string[] {
  const found = largestDifference(spec, train, other);
  if (!found || found.distance < FAR || found.probability > NOT_BY_CHANCE) return [];
  return [
    `the ${split} split is not like the training split: ${found.column} differs most, its distribution functions by ` +
      `${found.distance.toFixed(2)}; losses and distances of the two cannot be compared`,
  ];
}

/** A standard deviation this many times the central spread is that of a few events. Of a Breit-Wigner peak it is 3. */
const OUTLYING = 10;

function outlierWarnings({ spec }: EventSource, scaling: EventScaling, sample: HostEvents): string[] {
  const { partons, normalScores } = scaling;
  const width = partons.mean.length;
  const ofPartons = Array.from({ length: width }, (_, i) => {
    if (normalScores?.has(i)) return [];
    const values = Float64Array.from({ length: sample.size }, (_, event) => sample.partons![event * width + i]!);
    const cure = '; mend or leave out these events, or set scaling.normalScores for the quantity';
    return outlierWarning(partonName(spec, i), values, partons.standardDeviation[i]!, cure);
  });
  const ofFeatures = Object.entries(spec.inputs).flatMap(([name, { features }]) => {
    const { mask, features: values } = sample.inputs[name]!;
    const objects = [...mask.keys()].filter((object) => mask[object] === 1);
    const { standardDeviation } = scaling.inputs[name]!;
    return features.map(({ name: feature, scaling: how }, i) => {
      if (how === 'none') return [];
      const column = Float64Array.from(objects, (object) => values[object * features.length + i]!);
      const scaled = how === 'log' ? column.map((value) => Math.log(Math.max(value, LOG_FLOOR))) : column;
      const cure = how === 'log' ? '; mend the data' : '; mend the data, or say scaling: log in the topology';
      return outlierWarning(`${name}.${feature}`, scaled, standardDeviation[i]!, cure);
    });
  });
  return [...ofPartons, ...ofFeatures].flat();
}

/** In a list; empty for a column without outliers, and for one that takes few values. */
function outlierWarning(column: string, values: Float64Array, standardDeviation: number, cure: string): string[] {
  const sorted = values.sort();
  const quantile = (fraction: number): number => sorted[Math.round(fraction * (sorted.length - 1))] ?? 0;
  const spread = (quantile(0.84) - quantile(0.16)) / 2;
  if (spread === 0 || standardDeviation < OUTLYING * spread) return [];
  const [wide, narrow] = [standardDeviation, spread].map((value) => Number(value.toPrecision(3)));
  return [
    `a few outliers decide the scaling of ${column}: its standard deviation is ${wide}, but two thirds of the events lie ` +
      `within ${narrow} of its middle${cure}`,
  ];
}
