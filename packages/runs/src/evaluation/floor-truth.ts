import type { EventSource, EventSpec, Rng, Split } from '@unfold-zoo/core';
import { chanceOfDistance, effectiveEvents, QUANTITIES } from '@unfold-zoo/core/events';
import { cdfDistances, type PartonColumns, selectEvents, sortedSample } from '@unfold-zoo/metrics';
import type { TruthReader } from './truth-columns.js';

/** Which events the truth is that draws are compared with. */
export interface EvaluatedEvents {
  /** Absent for draws that do not say where their events are from. */
  readonly split: Split | undefined;
  /** Number of the first in its split. */
  readonly start: number;
  readonly events: number;
  readonly truth: PartonColumns;
}

/** Two independent samples of one population: what chance alone makes them differ by is the floor. */
export interface FloorTruth {
  /** The truth itself, or as many events resampled from it. */
  readonly truth: PartonColumns;
  readonly independent: PartonColumns;
  /** Why it is not training events that the truth is compared with. */
  readonly note?: string;
}

/**
 * Truth that the evaluated events have nothing to do with, `count` events of the same population: training events where
 * these are of it, else other events of the evaluated split, else the truth resampled twice. A stress test has test
 * events of another population on purpose: training events would measure that difference, and not chance. Training
 * events are the first, or spread over a split that is in order of something. Undefined where there are too few events.
 */
export async function floorTruth(
  source: EventSource,
  evaluated: EvaluatedEvents,
  count: number,
  { rng, reader }: { readonly rng: Rng; readonly reader: TruthReader },
): Promise<FloorTruth | undefined> {
  const { truth, split, start, events } = evaluated;
  const ofTraining = rangeBeside(source.count('train'), split === 'train' ? { start, events } : undefined, count);
  const training = ofTraining === undefined ? undefined : await reader.read('train', ofTraining, count);
  if (!training) return undefined;
  const difference = populationDifference(source.spec, truth, training);
  if (!difference) return { truth, independent: training };
  // The first events of a file that is in order of something are of no population but their own.
  const spread = split === 'train' ? undefined : await reader.readSpread('train', count);
  if (spread && !populationDifference(source.spec, truth, spread)) return { truth, independent: spread };
  const note = `floor: training events are another population than those evaluated (${difference} differs most), so `;
  const ofSplit = split && split !== 'train' && source.hasTruth(split) ? { start, events } : undefined;
  const place = ofSplit && rangeBeside(source.count(split!), ofSplit, count);
  const others = place === undefined ? undefined : await reader.read(split!, place, count);
  if (others && !populationDifference(source.spec, truth, others))
    return { truth, independent: others, note: `${note}the truth is compared with other events of the ${split} split` };
  const resampled = (name: string, size: number) => resample(truth, size, rng.fork(name));
  return {
    truth: resampled('floor truth', truth.count),
    independent: resampled('floor resampled', count),
    note: `${note}two resamplings of the truth are compared`,
  };
}

/** Where `count` events begin that are not among the evaluated; undefined where there are not so many. */
function rangeBeside(
  size: number,
  taken: { readonly start: number; readonly events: number } | undefined,
  count: number,
): number | undefined {
  if (!taken || taken.start >= count) return size >= count ? 0 : undefined;
  const next = taken.start + taken.events;
  return size - next >= count ? next : undefined;
}

/** Chance, over all numbers together, that two samples of one population are taken for those of two. */
const BY_CHANCE = 1e-4;

/** The regressed number that shows that two samples are of different populations; undefined where none does. */
export function populationDifference(spec: EventSpec, a: PartonColumns, b: PartonColumns): string | undefined {
  const [n, m] = [a, b].map(({ count, weights }) => (weights ? effectiveEvents(weights) : count)) as [number, number];
  const columns = spec.particles.flatMap(({ name }, particle) =>
    QUANTITIES.map((quantity) => {
      const [x, y] = [a, b].map((of) => sortedSample(of.column(particle, quantity), of.weights));
      return { column: `${name}.${quantity}`, probability: chanceOfDistance(cdfDistances(x!, y!).ks, n, m) };
    }),
  );
  const [first] = columns.sort((x, y) => x.probability - y.probability);
  return first && first.probability < BY_CHANCE / columns.length ? first.column : undefined;
}

/** `count` events drawn with replacement, of positive weight together. */
function resample(columns: PartonColumns, count: number, rng: Rng): PartonColumns {
  for (;;) {
    const drawn = selectEvents(
      columns,
      Uint32Array.from({ length: count }, () => rng.integer(columns.count)),
    );
    if (!drawn.weights || Float64Array.from(drawn.weights).reduce((sum, weight) => sum + weight, 0) > 0) return drawn;
  }
}
