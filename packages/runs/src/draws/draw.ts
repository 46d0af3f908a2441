import type { HostEvents } from '@unfold-zoo/core';
import { sequentialBatches } from '@unfold-zoo/core/events';
import { checkOptions } from '@unfold-zoo/core/options';
import { turnOfEvents } from '@unfold-zoo/core/training';
import { partonMomenta } from '@unfold-zoo/data';
import { type ParticleKinematics, particleKinematics } from '@unfold-zoo/metrics';
import type { Session } from '../run/session.js';
import { drawMomenta, streamOfDraws } from './draw-momenta.js';
import type { DrawingModel } from './drawing-model.js';
import { eventsToDraw, samplingProgress } from './sample.js';
import { type DrawOptions, drawOptions } from './sample-options.js';

/** Momenta of the particles of the truth, as numbers and by name. */
export interface NamedMomenta {
  /** Row-major [n, particles, 5]: mass, energy, px, py, pz in GeV. */
  readonly momenta: Float32Array;
  /** By particle and quantity, [n] each. */
  readonly particles: ParticleKinematics;
}

/** What was drawn for neighbouring events: n = events * draws, those of an event one after the other. */
export interface DrawBlock extends NamedMomenta {
  /** Number of the first event in its split. */
  readonly start: number;
  readonly events: number;
  /** Draws of each event. */
  readonly draws: number;
  /** [events] draws of each event that hold a number that is not finite; they stay as they are. */
  readonly notFinite: Uint32Array;
  /** Where it is known, n = events. */
  readonly truth?: NamedMomenta;
  /** [events]; absent when every event counts the same. */
  readonly weights?: Float32Array;
}

/**
 * Draws for the events of a split, a batch at a time.
 * @throws the reason of a signal that is aborted.
 */
export async function* drawBlocks(
  session: Session,
  drawing: DrawingModel,
  options: DrawOptions,
): AsyncGenerator<DrawBlock, void, undefined> {
  const { source, config, rng } = session;
  const { signal, firstDraw = 0 } = options;
  const { split, start: first, draws, batch, seed = config.seed, ...checked } = checkOptions(drawOptions, options);
  const events = eventsToDraw(source, { split, start: first, events: checked.events });
  const tell = samplingProgress(0, events, options.onProgress);
  const stream = streamOfDraws(rng, seed);
  let done = 0;
  for await (const host of sequentialBatches(source, split, { batchSize: batch, start: first, limit: events })) {
    await turnOfEvents();
    signal?.throwIfAborted();
    const start = first + done;
    const { momenta, notFinite } = await drawMomenta(drawing, host, {
      first: start,
      draws,
      firstDraw,
      rng: stream,
      rowsAtOnce: batch,
      signal,
    });
    done += host.size;
    tell(done);
    yield { start, events: host.size, draws, notFinite, ...named(drawing, momenta), ...truthOf(drawing, host) };
  }
}

function named({ spec }: DrawingModel, momenta: Float32Array): NamedMomenta {
  return { momenta, particles: particleKinematics(spec, momenta) };
}

// Collision data have no truth.
function truthOf(drawing: DrawingModel, { partons, weights }: HostEvents): Pick<DrawBlock, 'truth' | 'weights'> {
  return {
    ...(partons && { truth: named(drawing, partonMomenta(partons)) }),
    ...(weights && { weights }),
  };
}
