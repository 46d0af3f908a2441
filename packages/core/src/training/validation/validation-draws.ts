import type { EventSource } from '../../contracts/events/event-source.js';
import { type HostEvents, partonWidth } from '../../contracts/events/event-spec.js';
import type { GenerativeModel } from '../../contracts/model/generative-model.js';
import type { Communicator } from '../../contracts/training/communicator.js';
import { sequentialBatches } from '../../events/batches.js';
import { drawPartons } from '../../events/draw-partons.js';
import type { EventScaling } from '../../events/scaling.js';
import { sliceEvents } from '../../events/slice-events.js';
import type { Rng } from '../../rng.js';
import { DrawScoreSums, type DrawScores, spreadOf } from './draw-scores.js';
import { shareOf } from './share-of.js';

/** For which validation events to draw, how often, and by whom. */
export interface ValidationDraws {
  /** Most events. */
  readonly events: number;
  /** Draws of each. */
  readonly draws: number;
  /** Most draws that go through the networks at once. */
  readonly rowsAtOnce: number;
  readonly rng: Rng;
  readonly communicator: Communicator;
}

/**
 * Scores of draws for validation events, in physical units (mass, ln E, px, py, pz of each particle). The same noise
 * every time it is asked; workers share out the events.
 */
export async function scoreDraws(
  model: Pick<GenerativeModel, 'posterior'>,
  source: EventSource,
  scaling: EventScaling,
  { events: limit, draws, rowsAtOnce, rng, communicator }: ValidationDraws,
): Promise<DrawScores> {
  const { spec } = source;
  const width = partonWidth(spec);
  const events = await firstEvents(source, limit);
  const scores = new DrawScoreSums(spreadOf(events.partons!, width), draws);
  const [first, end] = shareOf(events.size, communicator);
  const atOnce = Math.max(1, Math.floor(rowsAtOnce / draws));
  for (let start = first; start < end; start += atOnce) {
    const portion = sliceEvents(events, spec, start, Math.min(atOnce, end - start));
    const request = { spec, scaling, events: portion, first: start, draws, rng, rowsAtOnce };
    const rows = await joined(drawPartons(model, request), portion.size * draws * width);
    for (let i = 0; i < portion.size; i++) {
      const truth = portion.partons!.subarray(i * width, (i + 1) * width);
      scores.add(rows.subarray(i * draws * width, (i + 1) * draws * width), truth, portion.weights?.[i] ?? 1);
    }
  }
  await communicator.allReduceSum(scores.sums, 'scores of draws');
  return scores.scores();
}

/** The first events of the validation split, in one block. */
async function firstEvents(source: EventSource, limit: number): Promise<HostEvents> {
  const batchSize = Math.min(limit, source.count('validation'));
  const { value } = await sequentialBatches(source, 'validation', { batchSize, limit: batchSize }).next();
  return value as HostEvents;
}

async function joined(portions: AsyncIterable<Float64Array>, length: number): Promise<Float64Array> {
  const all = new Float64Array(length);
  let filled = 0;
  for await (const portion of portions) {
    all.set(portion, filled);
    filled += portion.length;
  }
  return all;
}
