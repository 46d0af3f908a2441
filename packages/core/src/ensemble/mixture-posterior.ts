import * as tf from '@tensorflow/tfjs-core';
import type { GenerativeModel } from '../contracts/model/generative-model.js';
import type { Observation } from '../contracts/model/observation.js';
import type { Posterior } from '../contracts/model/posterior.js';
import { type DrawRange, drawStreams } from '../events/draw-streams.js';
import { mapObserved } from '../nn/repeat-rows.js';
import type { Rng } from '../rng.js';

type Model = Pick<GenerativeModel, 'posterior'>;

/**
 * The mixture with equal weights of the posteriors of several models. Which of them makes a draw is a random number of
 * that draw alone, so that it depends on no other draw and no other event; see `memberOfDraws`.
 */
export function mixturePosterior(models: readonly Model[], observed: Observation): Posterior {
  if (models.length === 1) return models[0]!.posterior(observed);
  const kept = mapObserved(observed, (rows) => tf.clone(rows));
  const events = Object.values(kept)[0]!.mask.shape[0];
  return {
    events,
    draw: (rng, draws = 1) => tf.tidy(() => drawMixture(models, kept, { rng, draws, rows: events * draws })),
    dispose: () => tf.dispose(kept as unknown as tf.TensorContainer),
  };
}

/** Which of some models makes each of `rows` draws of an ensemble, by its index. */
export function memberOfDraws(rng: Rng, rows: number, models: number): Uint8Array {
  return Uint8Array.from(rng.fork('member').uniformRows(rows), (u) => Math.min(models - 1, Math.floor(models * u)));
}

/**
 * The same for the draws of neighbouring events, the draws of an event one after the other.
 * @param all the stream of all draws of a run and a seed, as of `drawPartons`.
 */
export function membersOfEvents(all: Rng, range: DrawRange, models: number): Uint8Array {
  return memberOfDraws(drawStreams(all, range), range.events * (range.draws ?? 1), models);
}

interface MixtureDraw {
  readonly rng: Rng;
  readonly draws: number;
  /** Of all events. */
  readonly rows: number;
}

function drawMixture(models: readonly Model[], observed: Observation, { rng, draws, rows }: MixtureDraw): tf.Tensor2D {
  const member = memberOfDraws(rng, rows, models.length);
  const rowsOf = models.map((_, i) => [...member.keys()].filter((row) => member[row] === i));
  const parts = models.flatMap((model, i) => {
    const own = rowsOf[i]!;
    return own.length === 0 ? [] : [drawRows(model, observed, { rows: own, draws, rng: rng.select(own, rows) })];
  });
  const places = new Int32Array(rows);
  for (const [place, row] of rowsOf.flat().entries()) places[row] = place;
  return tf.gather(tf.concat(parts), tf.tensor1d(places, 'int32'));
}

/** A draw for each row, for the event that it is of. */
function drawRows(
  model: Model,
  observed: Observation,
  { rows, draws, rng }: { readonly rows: readonly number[]; readonly draws: number; readonly rng: Rng },
): tf.Tensor2D {
  const events = tf.tensor1d(
    Int32Array.from(rows, (row) => Math.floor(row / draws)),
    'int32',
  );
  const posterior = model.posterior(mapObserved(observed, (all) => tf.gather(all, events)));
  const drawn = posterior.draw(rng);
  posterior.dispose();
  return drawn;
}
