import { type EventSpec, type Split, UserError } from '@unfold-zoo/core';
import { QUANTITIES, SPLITS } from '@unfold-zoo/core/events';
import type { DrawFile, IndexedDraws } from '@unfold-zoo/data';
import { type NumberColumn, type PartonColumns, selectEvents } from '@unfold-zoo/metrics';
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

/** Draws of a file, and which of its events cannot be judged. */
export interface FoundDraws {
  readonly drawn: DrawsOfFile;
  /** Numbers, in the file, of events that have a draw with a number that is not finite. */
  readonly notFinite: readonly number[];
}

/**
 * Looks through an open file of draws, block by block: what is held does not grow with the draws. The file stays open
 * as long as its draws are read.
 * @throws UserError for a file of other particles, or without a truth.
 */
export function drawsOfFile(file: DrawFile, spec: EventSpec): FoundDraws {
  const notFinite: number[] = [];
  const about = readBlocks(file, spec, (start, block) => {
    for (const [event, count] of drawsNotFinite(block.draws, block.size, file.draws).entries())
      if (count > 0) notFinite.push(start + event);
  });
  return { drawn: { ...about, readMomenta: (first, count) => file.readMomenta('draws', first, count) }, notFinite };
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

/** Truth and draws, as the metrics read them. With several draws an event, every draw counts as a prediction. */
export interface DrawColumns {
  readonly truth: PartonColumns;
  readonly predicted: PartonColumns;
}

/**
 * Columns of the draws of a file. Those of one particle are in memory at a time; the file is opened anew for each, so
 * that it may be closed, and must stay as it is.
 */
export function drawColumns(file: DrawFile, { draws, weights }: DrawsOfFile): DrawColumns {
  return {
    truth: columnsOf('truth', file, 1, weights),
    predicted: columnsOf('draws', file, draws, weights && repeated(weights, draws)),
  };
}

/**
 * The same without the events that have draws which are not finite.
 * @throws UserError where no event is left.
 */
export function finiteColumns(file: DrawFile, { drawn, notFinite }: FoundDraws): DrawColumns {
  const { path, events, draws } = drawn;
  const { truth, predicted } = drawColumns(file, drawn);
  if (notFinite.length === 0) return { truth, predicted };
  if (notFinite.length === events) throw new UserError(`invalid ${path}: no event has draws that are finite numbers`);
  const leftOut = new Set(notFinite);
  const kept = (rowsOfEvent: number): Uint32Array =>
    Uint32Array.from({ length: events * rowsOfEvent }, (_, row) => row).filter(
      (row) => !leftOut.has(Math.floor(row / rowsOfEvent)),
    );
  return { truth: selectEvents(truth, kept(1)), predicted: selectEvents(predicted, kept(draws)) };
}

function repeated(weights: Float32Array, draws: number): Float32Array {
  return Float32Array.from({ length: weights.length * draws }, (_, i) => weights[Math.floor(i / draws)]!);
}

/** Columns of the truth or of the draws, of which an event has so many rows. */
function columnsOf(
  dataset: 'truth' | 'draws',
  file: DrawFile,
  rowsOfEvent: number,
  weights?: Float32Array,
): PartonColumns {
  let last: { readonly particle: number; readonly columns: readonly NumberColumn[] } | undefined;
  return {
    count: file.events * rowsOfEvent,
    column: (particle, quantity) => {
      if (last?.particle !== particle) last = { particle, columns: readParticle(file, dataset, particle, rowsOfEvent) };
      return last.columns[QUANTITIES.indexOf(quantity)]!;
    },
    ...(weights && { weights }),
  };
}

/** Mass, ln E, px, py, pz of a particle in all rows, [n] each. */
function readParticle(
  file: DrawFile,
  dataset: 'truth' | 'draws',
  particle: number,
  rowsOfEvent: number,
): NumberColumn[] {
  const count = file.events * rowsOfEvent;
  const columns = QUANTITIES.map((quantity) =>
    quantity === 'logE' ? new Float64Array(count) : new Float32Array(count),
  );
  const width = QUANTITIES.length * file.particles.length;
  const first = particle * QUANTITIES.length;
  const size = Math.max(1, Math.floor(ROWS_AT_ONCE / rowsOfEvent));
  const reading = file.openAgain();
  try {
    for (let start = 0; start < file.events; start += size) {
      const momenta = reading.readMomenta(dataset, start, Math.min(size, file.events - start));
      for (const [i, column] of columns.entries())
        for (let row = 0; row < momenta.length / width; row++)
          column[start * rowsOfEvent + row] = momenta[row * width + first + i]!;
    }
  } finally {
    reading.close();
  }
  const energy = QUANTITIES.indexOf('logE');
  columns[energy] = columns[energy]!.map(Math.log);
  return columns;
}
