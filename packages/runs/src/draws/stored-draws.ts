import { type EventSpec, QUANTITIES, type Quantity, SPLITS, type Split, UserError } from '@unfold-zoo/core';
import type { DrawFile } from '@unfold-zoo/data';
import type { PartonColumns } from '@unfold-zoo/metrics';
import { drawsNotFinite } from './draw-momenta.js';

/** A file of draws in memory: 220 bytes an event and draw. Momenta are mass, energy, px, py, pz in GeV. */
export interface StoredDraws {
  readonly path: string;
  readonly events: number;
  /** Draws per event. */
  readonly draws: number;
  /** Row-major [n, draws, particles, 5]. */
  readonly momenta: Float32Array;
  /** Row-major [n, particles, 5]. */
  readonly truth: Float32Array;
  /** [n]; absent when every event counts the same. */
  readonly weights?: Float32Array;
  /** Where the events are from, if the file says so. */
  readonly split: Split | undefined;
  /** Number of the first event in its split. */
  readonly start: number;
}

/**
 * Reads a file of draws with the truth of their events.
 * @throws UserError for a file of other particles, or without a truth.
 */
export function readStoredDraws(file: DrawFile, spec: EventSpec): StoredDraws {
  const particles = spec.particles.map(({ name }) => name);
  if (String(file.particles) !== String(particles)) {
    throw new UserError(`invalid ${file.path}: its particles are ${file.particles}, those of the run are ${particles}`);
  }
  if (!file.hasTruth) throw new UserError(`invalid ${file.path}: it holds no truth to compare the draws with`);
  const { path, events, draws } = file;
  const width = QUANTITIES.length * particles.length;
  const truth = new Float32Array(events * width);
  const momenta = new Float32Array(events * draws * width);
  const weights = file.hasWeights ? new Float32Array(events) : undefined;
  for (let start = 0; start < events; start += READ_BLOCK) {
    const block = file.read(start, Math.min(READ_BLOCK, events - start));
    truth.set(block.truth!, start * width);
    momenta.set(block.draws, start * draws * width);
    weights?.set(block.weights!, start);
  }
  const split = SPLITS.find((each) => each === file.attributes()['split']);
  const start = file.read(0, 1).index[0]!;
  return { path, events, draws, momenta, truth, split, start, ...(weights && { weights }) };
}

const READ_BLOCK = 16_384;

/** Draws of the events whose numbers are all finite, and the numbers of the others. */
export interface FiniteDraws {
  readonly stored: StoredDraws;
  /** Numbers, in the file, of events that are left out. */
  readonly leftOut: readonly number[];
}

/**
 * Leaves out events with a draw that is not finite, truth and all.
 * @throws UserError where no event is left.
 */
export function finiteDraws(stored: StoredDraws): FiniteDraws {
  const { path, events, draws, momenta, truth, weights } = stored;
  const notFinite = drawsNotFinite(momenta, events, draws);
  const kept = [...notFinite.keys()].filter((event) => notFinite[event] === 0);
  if (kept.length === events) return { stored, leftOut: [] };
  if (kept.length === 0) throw new UserError(`invalid ${path}: no event has draws that are finite numbers`);
  const rows = (values: Float32Array): Float32Array => {
    const width = values.length / events;
    const picked = new Float32Array(kept.length * width);
    for (const [i, event] of kept.entries()) picked.set(values.subarray(event * width, (event + 1) * width), i * width);
    return picked;
  };
  const finite = { momenta: rows(momenta), truth: rows(truth), ...(weights && { weights: rows(weights) }) };
  const leftOut = [...notFinite.keys()].filter((event) => notFinite[event]! > 0);
  return { stored: { ...stored, events: kept.length, ...finite }, leftOut };
}

/** Truth and draws, as the metrics read them. With several draws an event, every draw counts as a prediction. */
export interface DrawColumns {
  readonly truth: PartonColumns;
  readonly predicted: PartonColumns;
}

/** Columns of draws that were read. */
export function drawColumns({ events, draws, momenta, truth, weights }: StoredDraws): DrawColumns {
  const width = truth.length / events;
  const repeated = weights && Float32Array.from({ length: events * draws }, (_, i) => weights[Math.floor(i / draws)]!);
  return { truth: momentumColumns(truth, width, weights), predicted: momentumColumns(momenta, width, repeated) };
}

/** Columns of rows of momenta: mass, energy, px, py, pz of each particle. */
function momentumColumns(momenta: Float32Array, width: number, weights?: Float32Array): PartonColumns {
  const count = momenta.length / width;
  const column = (particle: number, quantity: Quantity): Float64Array => {
    const first = particle * QUANTITIES.length + QUANTITIES.indexOf(quantity);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = momenta[first + i * width]!;
    return quantity === 'logE' ? values.map(Math.log) : values;
  };
  return { count, column, ...(weights && { weights }) };
}

/** Momenta [..., particles, 5] as partons: files hold the energy, and partons its logarithm. */
export function partonsOfMomenta(momenta: Float32Array): Float32Array {
  const partons = momenta.slice();
  for (let i = QUANTITIES.indexOf('logE'); i < partons.length; i += QUANTITIES.length)
    partons[i] = Math.log(partons[i]!);
  return partons;
}
