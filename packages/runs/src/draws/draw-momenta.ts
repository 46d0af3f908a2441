import { type HostEvents, partonWidth, QUANTITIES, type Rng } from '@unfold-zoo/core';
import { drawPartons } from '@unfold-zoo/core/events';
import { LOG_ENERGY_LIMIT } from '@unfold-zoo/core/losses';
import { turnOfEvents } from '@unfold-zoo/core/training';
import { partonMomenta } from '@unfold-zoo/data';
import type { DrawingModel } from './drawing-model.js';

/** What to draw for neighbouring events. */
export interface MomentaRequest {
  /** Number of the first event in its split. */
  readonly first: number;
  /** Draws of each event. */
  readonly draws: number;
  /** The stream of all draws of a run and a seed. */
  readonly rng: Rng;
  /** Draws that go through the networks at once: it bounds the memory. */
  readonly rowsAtOnce?: number;
  /** Aborted to stop between portions. */
  readonly signal?: AbortSignal | undefined;
}

/** Draws for neighbouring events. */
export interface DrawnMomenta {
  /** Row-major [n, draws, particles, 5]: mass, energy, px, py, pz in GeV. */
  readonly momenta: Float32Array;
  /** Energies above 1 PeV, which became 1 PeV. */
  readonly cut: number;
}

/** The stream of all draws of a run and a seed. Those of a file, of `draw` and of `posterior` are the same. */
export function streamOfDraws(rng: Rng, seed: number): Rng {
  return rng.fork(`draws ${seed}`);
}

/**
 * Draws for neighbouring events. A draw depends on the model, the seed, and the numbers of its event and of itself
 * alone.
 */
export async function drawMomenta(
  { model, spec, scaling }: DrawingModel,
  events: HostEvents,
  { signal, ...request }: MomentaRequest,
): Promise<DrawnMomenta> {
  const all = new Float32Array(events.size * request.draws * partonWidth(spec));
  let [filled, cut] = [0, 0];
  for await (const partons of drawPartons(model, { spec, scaling, events, ...request })) {
    if (signal) await checkAborted(signal);
    const momenta = partonMomenta(partons);
    cut += cutEnergies(momenta);
    all.set(momenta, filled);
    filled += momenta.length;
  }
  return { momenta: all, cut };
}

// A signal that a timer aborts is aborted when the event loop comes to the timer.
async function checkAborted(signal: AbortSignal): Promise<void> {
  await turnOfEvents();
  signal.throwIfAborted();
}

/**
 * Energies above 1 PeV become 1 PeV; returns how many. A model regresses ln E, and an untrained one may ask for an
 * energy that float32 cannot hold.
 */
function cutEnergies(momenta: Float32Array): number {
  const limit = Math.exp(LOG_ENERGY_LIMIT);
  let cut = 0;
  for (let i = QUANTITIES.indexOf('logE'); i < momenta.length; i += QUANTITIES.length) {
    if (momenta[i]! <= limit) continue;
    momenta[i] = limit;
    cut++;
  }
  return cut;
}
