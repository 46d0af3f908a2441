import * as tf from '@tensorflow/tfjs-core';
import type { EventSpec, HostEvents } from '../contracts/events/event-spec.js';
import type { GenerativeModel } from '../contracts/model/generative-model.js';
import type { Rng } from '../rng.js';
import { toObservation } from './batches.js';
import { drawStreams } from './draw-streams.js';
import { type EventScaling, unscalePartons } from './scaling.js';
import { sliceEvents } from './slice-events.js';

/** What to draw, and for which events. */
export interface DrawRequest {
  readonly spec: EventSpec;
  /** How the events that the model was trained on were standardised. */
  readonly scaling: EventScaling;
  /** Neighbouring events of a split, in physical units. Their partons are not looked at. */
  readonly events: HostEvents;
  /** Number of the first of them in its split. */
  readonly first: number;
  /** Draws of each event. */
  readonly draws: number;
  /** Number of the first of them; others may have been drawn before. Default 0. */
  readonly firstDraw?: number;
  /** The stream of all draws of a run and a seed; see `drawStreams`. */
  readonly rng: Rng;
  /** Most draws that go through the networks at once: it bounds the memory, and changes no draw. Default 1024. */
  readonly rowsAtOnce?: number;
}

/** Draws that go through the networks at once by default. */
const ROWS_AT_ONCE = 1024;

/**
 * Draws of a model for events on the host: portions of rows [P] in physical units (mass, ln E, px, py, pz of each
 * particle), which, one after the other, are [events, draws, P].
 *
 * Every event is encoded once. A draw depends on the model, `rng`, the number of the event in its split and the number
 * of the draw, and on nothing else, but for float32 rounding and for a sampler that is not `batchIndependent`.
 *
 * @example
 * const rng = new Rng(seed).fork('draws 7');
 * const partons: number[] = [];
 * for await (const rows of drawPartons(model, { spec, scaling, events, first: 0, draws: 100, rng }))
 *   partons.push(...rows);
 */
export async function* drawPartons(
  model: Pick<GenerativeModel, 'posterior'>,
  request: DrawRequest,
): AsyncGenerator<Float64Array> {
  const { events, draws, spec, rowsAtOnce = ROWS_AT_ONCE } = request;
  const eventsAtOnce = Math.max(1, Math.floor(rowsAtOnce / draws));
  for (let start = 0; start < events.size; start += eventsAtOnce) {
    const portion = sliceEvents(events, spec, start, Math.min(eventsAtOnce, events.size - start));
    yield* drawPortion(model, { ...request, events: portion, first: request.first + start, rowsAtOnce });
  }
}

/** Draws for events that share a posterior: all at once, or those of one event in several goes. */
async function* drawPortion(
  model: Pick<GenerativeModel, 'posterior'>,
  request: DrawRequest & { readonly rowsAtOnce: number },
): AsyncGenerator<Float64Array> {
  const { events, first, draws, firstDraw: before = 0, rng, spec, scaling, rowsAtOnce } = request;
  const observed = toObservation(events, spec, scaling);
  const posterior = model.posterior(observed);
  tf.dispose(observed as unknown as tf.TensorContainer);
  try {
    for (let done = 0; done < draws; done += rowsAtOnce) {
      const own = { firstDraw: before + done, draws: Math.min(rowsAtOnce, draws - done) };
      const range = { first, events: events.size, ...own };
      const drawn = posterior.draw(drawStreams(rng, range), range.draws);
      const values = (await drawn.data()) as Float32Array;
      drawn.dispose();
      yield unscalePartons(scaling, values, events);
    }
  } finally {
    posterior.dispose();
  }
}
