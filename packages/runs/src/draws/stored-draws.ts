import { type EventSpec, type Split, UserError } from '@unfold-zoo/core';
import { QUANTITIES, type Quantity, SPLITS } from '@unfold-zoo/core/events';
import type { DrawFile, IndexedDraws } from '@unfold-zoo/data';
import { LARGEST_ARRAY, type NumberColumn, type PartonColumns, selectEvents } from '@unfold-zoo/metrics';
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
  /** Of an ensemble: seeds of the members that drew, and the seed of the draws, which says who made which. */
  readonly ensemble?: { readonly members: readonly number[]; readonly seed: number };
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
  const attributes = file.attributes();
  const split = SPLITS.find((name) => name === attributes['split']);
  const ensemble = ensembleOf(attributes);
  return { path, events, draws, split, start: number, ...(weights && { weights }), ...(ensemble && { ensemble }) };
}

function ensembleOf({ ensemble, seed }: Readonly<Record<string, unknown>>): DrawsOfFile['ensemble'] {
  if (typeof ensemble !== 'string') return undefined;
  return { members: ensemble.split(' ').map(Number), seed: Number(seed) };
}

/** Draws that are read at once: 14 MB of top pairs. */
const ROWS_AT_ONCE = 65_536;

/** Truth and draws, as the metrics read them. With several draws an event, every draw counts as a prediction. */
export interface DrawColumns {
  readonly truth: PartonColumns;
  readonly predicted: PartonColumns;
}

/**
 * Columns of the draws of a file. Those of one particle are in memory at a time, or one alone where they are larger
 * than the largest array, in bytes. The file is opened anew for each, so that it may be closed, and must stay as it is.
 */
export function drawColumns(
  file: DrawFile,
  { draws, weights }: DrawsOfFile,
  largestArray = LARGEST_ARRAY,
): DrawColumns {
  return {
    truth: columnsOf(new MomentumReader(file, 'truth', 1), largestArray, weights),
    predicted: columnsOf(new MomentumReader(file, 'draws', draws), largestArray, weights && repeated(weights, draws)),
  };
}

/**
 * The same without the events that have draws which are not finite.
 * @throws UserError where no event is left.
 */
export function finiteColumns(file: DrawFile, { drawn, notFinite }: FoundDraws, largestArray?: number): DrawColumns {
  const { path, events, draws } = drawn;
  const { truth, predicted } = drawColumns(file, drawn, largestArray);
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

function columnsOf(reader: MomentumReader, largestArray: number, weights?: Float32Array): PartonColumns {
  let last: { readonly particle: number; readonly columns: readonly NumberColumn[] } | undefined;
  const isSmall = BYTES_OF_PARTICLE * reader.rows <= largestArray;
  const column = (particle: number, quantity: Quantity): NumberColumn => {
    if (!isSmall) return reader.read(particle, [quantity])[0]!;
    if (last?.particle !== particle) last = { particle, columns: reader.read(particle, QUANTITIES) };
    return last.columns[QUANTITIES.indexOf(quantity)]!;
  };
  return { count: reader.rows, column, ...(weights && { weights }) };
}

/** What is held of a particle in one row: ln E in float64, the rest in float32. */
const BYTES_OF_PARTICLE = 24;

/** Reads momenta of one particle in the truth or the draws, of which an event has so many rows. */
class MomentumReader {
  readonly rows: number;
  readonly #file: DrawFile;
  readonly #dataset: 'truth' | 'draws';
  readonly #rowsOfEvent: number;

  constructor(file: DrawFile, dataset: 'truth' | 'draws', rowsOfEvent: number) {
    this.rows = file.events * rowsOfEvent;
    this.#file = file;
    this.#dataset = dataset;
    this.#rowsOfEvent = rowsOfEvent;
  }

  /** Some of mass, ln E, px, py, pz of a particle in all rows, [n] each. */
  read(particle: number, quantities: readonly Quantity[]): NumberColumn[] {
    const columns = quantities.map((quantity) =>
      quantity === 'logE' ? new Float64Array(this.rows) : new Float32Array(this.rows),
    );
    const width = QUANTITIES.length * this.#file.particles.length;
    for (const { firstRow, momenta } of this.#blocks())
      for (const [i, quantity] of quantities.entries()) {
        const column = columns[i]!;
        const place = particle * QUANTITIES.length + QUANTITIES.indexOf(quantity);
        const rows = momenta.length / width;
        if (quantity === 'logE')
          for (let row = 0; row < rows; row++) column[firstRow + row] = Math.log(momenta[row * width + place]!);
        else for (let row = 0; row < rows; row++) column[firstRow + row] = momenta[row * width + place]!;
      }
    return columns;
  }

  *#blocks(): Generator<{ readonly firstRow: number; readonly momenta: Float32Array }> {
    const size = Math.max(1, Math.floor(ROWS_AT_ONCE / this.#rowsOfEvent));
    const reading = this.#file.openAgain();
    try {
      for (let start = 0; start < reading.events; start += size) {
        const momenta = reading.readMomenta(this.#dataset, start, Math.min(size, reading.events - start));
        yield { firstRow: start * this.#rowsOfEvent, momenta };
      }
    } finally {
      reading.close();
    }
  }
}
