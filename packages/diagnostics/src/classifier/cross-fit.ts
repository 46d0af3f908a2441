import type { Rng } from '@unfold-zoo/core';
import { areaUnderCurve, type EventScores } from './auc.js';
import type { LabelledEvents } from './labelled-events.js';
import { type LabelledRows, type NetworkOptions, type TrainedNetwork, trainNetwork } from './network.js';
import { type Standardisation, standardisation, standardised } from './standardise.js';

/** Scores that a network gave to events that it was not trained on. */
export interface FoldScores {
  readonly events: readonly EventScores[];
  /** For each group of features, by name, the area under the curve with that group shuffled among these events. */
  readonly shuffled: ReadonlyMap<string, number>;
}

/** Share of the events that a network is trained with that are held back to choose its best epoch by. */
const HELD = 0.2;

/**
 * Trains a network on all events but those of one fold and scores these with it, fold by fold: every event is scored by
 * a network that has not seen it.
 */
export async function crossFit(
  data: LabelledEvents,
  { folds, ...options }: NetworkOptions & { readonly folds: number },
  rng: Rng,
): Promise<FoldScores[]> {
  const order = shuffledOrder(data.events, rng.fork('folds'));
  const found: FoldScores[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const own = rng.fork(`fold ${fold}`);
    const others = order.filter((_, i) => i % folds !== fold);
    const held = Math.ceil(HELD * others.length);
    const [validating, training] = [others.slice(0, held), others.slice(held)];
    const scale = standardisation(data.features, data.columns.length, rowsOf(data, training));
    const network = await trainNetwork(rows(data, scale, training), rows(data, scale, validating), options, own);
    const scored = order.filter((_, i) => i % folds === fold);
    found.push(await foldScores(data, { network, scale, scored }, own.fork('shuffle')));
    network.dispose();
  }
  return found;
}

interface Scoring {
  readonly network: TrainedNetwork;
  readonly scale: Standardisation;
  /** The events to score. */
  readonly scored: readonly number[];
}

async function foldScores(data: LabelledEvents, { network, scale, scored }: Scoring, rng: Rng): Promise<FoldScores> {
  const features = standardised(data.features, scale, rowsOf(data, scored));
  const events = eventScores(data, scored, await network.score(features));
  const shuffled = new Map<string, number>();
  for (const group of new Set(data.columns.map((column) => column.group))) {
    const mixed = withShuffledGroup(data, features, { group, rng: rng.fork(group) });
    shuffled.set(group, areaUnderCurve(eventScores(data, scored, await network.score(mixed))).value);
  }
  return { events, shuffled };
}

function eventScores({ draws, weights }: LabelledEvents, events: readonly number[], scores: Float32Array) {
  return events.map((event, i): EventScores => {
    const first = i * (1 + draws);
    return {
      truth: scores[first]!,
      draws: [...scores.subarray(first + 1, first + 1 + draws)],
      weight: weights[event]!,
    };
  });
}

/** The features of one group moved to other rows at random. */
function withShuffledGroup(
  { columns }: LabelledEvents,
  features: Float32Array,
  { group, rng }: { group: string; rng: Rng },
): Float32Array {
  const width = columns.length;
  const mixed = features.slice();
  const order = shuffledOrder(features.length / width, rng);
  const own = columns.flatMap((column, k) => (column.group === group ? [k] : []));
  for (const [row, other] of order.entries())
    for (const k of own) mixed[row * width + k] = features[other * width + k]!;
  return mixed;
}

/** The rows of the truth and of all draws of events. */
function rowsOf({ draws }: LabelledEvents, events: readonly number[]): Uint32Array {
  const each = 1 + draws;
  return Uint32Array.from(
    { length: events.length * each },
    (_, i) => events[Math.floor(i / each)]! * each + (i % each),
  );
}

function rows(data: LabelledEvents, scale: Standardisation, events: readonly number[]): LabelledRows {
  const each = 1 + data.draws;
  const at = rowsOf(data, events);
  return {
    features: standardised(data.features, scale, at),
    labels: Float32Array.from(at, (_, i) => Number(i % each === 0)),
    // The truth of an event counts as much as all of its draws.
    weights: Float32Array.from(
      at,
      (row, i) => data.weights[Math.floor(row / each)]! / (i % each === 0 ? 1 : data.draws),
    ),
  };
}

function shuffledOrder(count: number, rng: Rng): number[] {
  return rng.shuffle(Array.from({ length: count }, (_, i) => i));
}
