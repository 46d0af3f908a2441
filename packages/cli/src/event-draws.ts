import * as tf from '@tensorflow/tfjs-core';
import {
  type EventScaling,
  type EventSpec,
  type GenerativeModel,
  type HostEvents,
  partonWidth,
  QUANTITIES,
  type Rng,
} from '@unfold-zoo/core';
import { toObservation, unscalePartons } from '@unfold-zoo/core/events';
import { LOG_ENERGY_LIMIT } from '@unfold-zoo/core/losses';

/** Draws made at once. */
const BATCH = 512;

/** What a model draws for one event. */
export interface EventDrawing {
  readonly model: GenerativeModel;
  readonly spec: EventSpec;
  readonly scaling: EventScaling;
  /** One event. */
  readonly event: HostEvents;
  readonly draws: number;
  readonly rng: Rng;
}

/** Row-major [draws, P] partons in physical units, ln E at most that of 1 PeV. */
export async function drawEvent({ model, spec, scaling, event, draws, rng }: EventDrawing): Promise<Float64Array> {
  const width = partonWidth(spec);
  const all = new Float64Array(draws * width);
  for (let first = 0; first < draws; first += BATCH) {
    const size = Math.min(BATCH, draws - first);
    const observed = toObservation(repeated(event, size), spec, scaling);
    const drawn = model.sample(observed, rng.fork(`draws ${first}`));
    all.set(unscalePartons(scaling, (await drawn.data()) as Float32Array), first * width);
    drawn.dispose();
    tf.dispose(observed as unknown as tf.TensorContainer);
  }
  const energy = QUANTITIES.indexOf('logE');
  return all.map((value, i) => (i % QUANTITIES.length === energy ? Math.min(value, LOG_ENERGY_LIMIT) : value));
}

/** One event, so many times. */
function repeated({ partons, inputs }: HostEvents, size: number): HostEvents {
  const copies = (row: Float32Array): Float32Array => {
    const all = new Float32Array(size * row.length);
    for (let i = 0; i < size; i++) all.set(row, i * row.length);
    return all;
  };
  const objects = Object.entries(inputs).map(([name, { features, mask }]) => [
    name,
    { features: copies(features), mask: copies(mask) },
  ]);
  return { size, partons: copies(partons), inputs: Object.fromEntries(objects) };
}
