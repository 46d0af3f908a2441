import type { EventSpec, HostEvents, Rng } from '@unfold-zoo/core';
import { drawPartons, logEnergyLimit, partonWidth, QUANTITIES } from '@unfold-zoo/core/events';
import { turnOfEvents } from '@unfold-zoo/core/training';
import { partonMomenta } from '@unfold-zoo/data';
import type { DrawingModel } from './drawing-model.js';

/** What to draw for neighbouring events. */
export interface MomentaRequest {
  /** Number of the first event in its split. */
  readonly first: number;
  /** Draws of each event. */
  readonly draws: number;
  /** Number of the first of them. Default 0. */
  readonly firstDraw?: number;
  /** The stream of all draws of a run and a seed. */
  readonly rng: Rng;
  /** Draws that go through the networks at once: it bounds the memory. */
  readonly rowsAtOnce?: number;
  /** Aborted to stop between portions. */
  readonly signal?: AbortSignal | undefined;
}

/** Draws for neighbouring events. */
export interface DrawnMomenta {
  /**
   * Row-major [n, draws, particles, 5]: mass, energy, px, py, pz in GeV. A draw that is not finite stays as it is: see
   * `notFinite`.
   */
  readonly momenta: Float32Array;
  /** Energies beyond `logEnergyLimit`, which became that limit. */
  readonly cut: number;
  /** [n] draws of each event that hold a number that is not finite. */
  readonly notFinite: Uint32Array;
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
  { model, spec, scaling }: Pick<DrawingModel, 'model' | 'spec' | 'scaling'>,
  events: HostEvents,
  { signal, ...request }: MomentaRequest,
): Promise<DrawnMomenta> {
  const all = new Float32Array(events.size * request.draws * partonWidth(spec));
  const limit = logEnergyLimit(scaling);
  let [filled, cut] = [0, 0];
  for await (const partons of drawPartons(model, { spec, scaling, events, ...request })) {
    if (signal) await checkAborted(signal);
    const { massShell = 'learned' } = scaling.representation ?? {};
    cut += massShell === 'learned' ? cutEnergies(partons, limit) : cutEvents(partons, spec, limit);
    const momenta = partonMomenta(partons);
    all.set(momenta, filled);
    filled += momenta.length;
  }
  return { momenta: all, cut, notFinite: drawsNotFinite(all, events.size, request.draws) };
}

// A signal that a timer aborts is aborted when the event loop comes to the timer.
async function checkAborted(signal: AbortSignal): Promise<void> {
  await turnOfEvents();
  signal.throwIfAborted();
}

/** ln E beyond the limit becomes the limit; returns how many. What is not finite stays what it is. */
function cutEnergies(partons: Float64Array, limit: number): number {
  let cut = 0;
  for (let i = LOG_ENERGY; i < partons.length; i += QUANTITIES.length) {
    if (!(partons[i]! > limit && Number.isFinite(partons[i]))) continue;
    partons[i] = limit;
    cut++;
  }
  return cut;
}

/**
 * The same where masses, energies and momenta of an event fit: all of them become less by one factor, so that they fit
 * still.
 */
function cutEvents(partons: Float64Array, spec: EventSpec, limit: number): number {
  const width = partonWidth(spec);
  let cut = 0;
  for (let row = 0; row < partons.length; row += width) {
    const event = partons.subarray(row, row + width);
    const logEnergies = spec.particles.map((_, particle) => event[particle * QUANTITIES.length + LOG_ENERGY]!);
    const largest = Math.max(...logEnergies);
    if (!(largest > limit && Number.isFinite(largest))) continue;
    cut += logEnergies.filter((logEnergy) => logEnergy > limit).length;
    scaleEvent(event, limit - largest);
  }
  return cut;
}

/** Multiplies the masses, energies and momenta of an event by a factor, given by its logarithm. */
function scaleEvent(event: Float64Array, logFactor: number): void {
  const factor = Math.exp(logFactor);
  for (let i = 0; i < event.length; i++) {
    if (i % QUANTITIES.length === LOG_ENERGY) event[i]! += logFactor;
    else event[i]! *= factor;
  }
}

const LOG_ENERGY = QUANTITIES.indexOf('logE');

/** [events] draws of each event, of momenta [events, draws, particles, 5], with a number that is not finite. */
export function drawsNotFinite(momenta: Float32Array, events: number, draws: number): Uint32Array {
  const counts = new Uint32Array(events);
  const width = momenta.length / (events * draws);
  for (let draw = 0; draw < events * draws; draw++) {
    let allFinite = true;
    for (let i = draw * width; i < (draw + 1) * width; i++) allFinite &&= Number.isFinite(momenta[i]);
    if (!allFinite) counts[Math.floor(draw / draws)]!++;
  }
  return counts;
}
