import { type EventSpec, QUANTITIES, type Quantity, SPLITS, type Split, UserError } from '@unfold-zoo/core';
import type { DrawFile, IndexedDraws } from '@unfold-zoo/data';
import type { PartonColumns } from '@unfold-zoo/metrics';
import { drawsNotFinite } from './draw-momenta.js';

/** Draws of a file, of events whose truth it has. Momenta are mass, energy, px, py, pz in GeV. */
export interface DrawsOfFile {
  readonly path: string;
  readonly events: number;
  /** Draws per event. */
  readonly draws: number;
  /** [n]; absent when every event counts the same. */
  readonly weights?: Float32Array;
  /** Where the events are from, if the file says so. */
  readonly split: Split | undefined;
  /** Number of the first event in its split. */
  readonly start: number;
  /** Row-major [count, draws, particles, 5] of `count` events from the `first` on; not to be changed. */
  readMomenta(first: number, count: number): Float32Array;
}

/** A file of draws in memory: 220 bytes an event and draw of top pairs. */
export interface StoredDraws extends DrawsOfFile {
  /** Row-major [n, draws, particles, 5]. */
  readonly momenta: Float32Array;
  /** Row-major [n, particles, 5]. */
  readonly truth: Float32Array;
}

/**
 * Reads a file of draws with the truth of their events.
 * @throws UserError for a file of other particles, or without a truth.
 */
export function readStoredDraws(file: DrawFile, spec: EventSpec): StoredDraws {
  const width = QUANTITIES.length * spec.particles.length;
  const truth = new Float32Array(file.events * width);
  const momenta = new Float32Array(file.events * file.draws * width);
  const about = readBlocks(file, spec, (start, block) => {
    truth.set(block.truth!, start * width);
    momenta.set(block.draws, start * file.draws * width);
  });
  return inMemory({ ...about, momenta, truth });
}

function inMemory(draws: Omit<StoredDraws, 'readMomenta'>): StoredDraws {
  const width = draws.momenta.length / draws.events;
  return {
    ...draws,
    readMomenta: (first, count) => draws.momenta.subarray(first * width, (first + count) * width),
  };
}

/** Draws that stay in their file, of events all of whose draws are finite. */
export interface FileOfFiniteDraws {
  readonly drawn: DrawsOfFile;
  /** Events that have a draw with a number that is not finite. */
  readonly notFinite: number;
}

/**
 * Looks through an open file of draws, block by block: what is held does not grow with the draws. The file stays open
 * as long as its draws are read.
 * @throws UserError for a file of other particles, or without a truth.
 */
export function drawsOfFile(file: DrawFile, spec: EventSpec): FileOfFiniteDraws {
  let notFinite = 0;
  const about = readBlocks(file, spec, (_, block) => {
    for (const count of drawsNotFinite(block.draws, block.size, file.draws)) if (count > 0) notFinite++;
  });
  return { drawn: { ...about, readMomenta: (first, count) => file.read(first, count).draws }, notFinite };
}

/** Goes through a file by blocks, and says what it is of. */
function readBlocks(
  file: DrawFile,
  spec: EventSpec,
  each: (start: number, block: IndexedDraws) => void,
): Omit<DrawsOfFile, 'readMomenta'> {
  const particles = spec.particles.map(({ name }) => name);
  if (String(file.particles) !== String(particles)) {
    throw new UserError(`invalid ${file.path}: its particles are ${file.particles}, those of the run are ${particles}`);
  }
  if (!file.hasTruth) throw new UserError(`invalid ${file.path}: it holds no truth to compare the draws with`);
  const { path, events, draws } = file;
  const weights = file.hasWeights ? new Float32Array(events) : undefined;
  const size = Math.max(1, Math.floor(ROWS_AT_ONCE / draws));
  let number = 0;
  for (let start = 0; start < events; start += size) {
    const block = file.read(start, Math.min(size, events - start));
    if (start === 0) number = block.index[0]!;
    weights?.set(block.weights!, start);
    each(start, block);
  }
  const split = SPLITS.find((name) => name === file.attributes()['split']);
  return { path, events, draws, split, start: number, ...(weights && { weights }) };
}

/** Draws that are read at once: 14 MB of top pairs. */
const ROWS_AT_ONCE = 65_536;

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
  return { stored: inMemory({ ...stored, events: kept.length, ...finite }), leftOut };
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
