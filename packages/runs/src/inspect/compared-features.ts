import type { EventSource, EventSpec, HostEvents, Split } from '@unfold-zoo/core';
import { chanceOfDistance, effectiveEvents, type InputSpec, readEvents } from '@unfold-zoo/core/events';
import { cdfDistances, sortedSample } from '@unfold-zoo/metrics';

/** One number that the detector gives, of all objects or events of a sample. */
export interface FeatureSample {
  /** [n]. */
  readonly values: Float64Array;
  /** [n]; absent when all count the same. */
  readonly weights?: Float64Array;
  /** Events that would know as much if all counted the same. */
  readonly effective: number;
}

/** One number that the detector gives, in the simulation and in data. */
export interface ComparedFeature {
  /** E.g. `jets.pt`, or `number of jets`. */
  readonly name: string;
  readonly unit: string;
  /** How its distribution is drawn: over a logarithmic range, in whole numbers, or as it is. */
  readonly kind: 'log' | 'whole' | 'standard';
  readonly simulation: FeatureSample;
  readonly data: FeatureSample;
  /** Largest difference of the distribution functions (Kolmogorov and Smirnov). */
  readonly distance: number;
  /**
   * Chance of a distance as large as this between samples of one population. Objects of an event hang together, so
   * there are taken to be no more of them than events: what is found not to be by chance is not.
   */
  readonly probability: number;
}

/** Every number that the detector gives of the events of two sources, in the order of the topology. */
export function comparedFeatures(
  spec: EventSpec,
  simulation: readonly HostEvents[],
  data: readonly HostEvents[],
): ComparedFeature[] {
  return Object.entries(spec.inputs).flatMap(([input, about]) => {
    const [simulated, measured] = [simulation, data].map((blocks) => samplesOf(input, about, blocks));
    return columnsOf(input, about).flatMap((column, i): ComparedFeature[] => {
      const [ours, theirs] = [simulated![i]!, measured![i]!];
      if (ours.values.length === 0 || theirs.values.length === 0) return [];
      const [u, v] = [ours, theirs].map(({ values, weights }) => sortedSample(values, weights, column.name));
      const distance = cdfDistances(u!, v!).ks;
      const probability = chanceOfDistance(distance, ours.effective, theirs.effective);
      return [{ ...column, simulation: ours, data: theirs, distance, probability }];
    });
  });
}

/** The number of objects, where there may be several, then every feature. */
function columnsOf(
  input: string,
  { capacity, features }: InputSpec,
): Pick<ComparedFeature, 'name' | 'unit' | 'kind'>[] {
  const ofFeatures = features.map(({ name, unit, scaling }) => {
    const kind = scaling === 'none' ? 'whole' : scaling;
    return { name: `${input}.${name}`, unit, kind } as const;
  });
  return capacity > 1 ? [{ name: `number of ${input}`, unit: '', kind: 'whole' }, ...ofFeatures] : ofFeatures;
}

/** In the order of `columnsOf`. */
function samplesOf(input: string, about: InputSpec, blocks: readonly HostEvents[]): FeatureSample[] {
  const { capacity, features } = about;
  const counts: number[] = [];
  const columns = features.map((): number[] => []);
  const [ofEvents, ofObjects]: [number[], number[]] = [[], []];
  for (const { size, inputs, weights } of blocks) {
    const { mask, features: values } = inputs[input]!;
    for (let event = 0; event < size; event++) {
      const weight = weights?.[event] ?? 1;
      let count = 0;
      for (let slot = event * capacity; slot < (event + 1) * capacity; slot++) {
        if (mask[slot] === 0) continue;
        count++;
        ofObjects.push(weight);
        for (const [i, column] of columns.entries()) column.push(values[slot * features.length + i]!);
      }
      counts.push(count);
      ofEvents.push(weight);
    }
  }
  const effective = effectiveEvents(ofEvents);
  const isWeighted = blocks.some(({ weights }) => weights !== undefined);
  const sample = (values: readonly number[], weights: readonly number[]): FeatureSample => ({
    values: Float64Array.from(values),
    effective: Math.min(effective, effectiveEvents(weights)),
    ...(isWeighted && { weights: Float64Array.from(weights) }),
  });
  return [...(capacity > 1 ? [sample(counts, ofEvents)] : []), ...columns.map((values) => sample(values, ofObjects))];
}

/** Events of a split, all or blocks spread evenly over it, of some `most` events together. */
export async function spreadBlocks(source: EventSource, split: Split, most: number): Promise<HostEvents[]> {
  const { blockSize } = source;
  const events = source.count(split);
  const blocks = Math.ceil(events / blockSize);
  const used = Math.min(blocks, Math.max(1, Math.ceil(most / blockSize)));
  const found: HostEvents[] = [];
  for (let i = 0; i < used; i++) {
    const start = Math.floor((i * blocks) / used) * blockSize;
    found.push(await readEvents(source, split, start, Math.min(blockSize, events - start)));
  }
  return found;
}
