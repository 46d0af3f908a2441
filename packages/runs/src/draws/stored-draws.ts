import { type EventSpec, type Split, UserError } from '@unfold-zoo/core';
import { QUANTITIES, type Quantity, SPLITS } from '@unfold-zoo/core/events';
import type { DrawFile, IndexedDraws } from '@unfold-zoo/data';
import { LARGEST_ARRAY, type NumberColumn, type PartonColumns, ScratchFile, selectEvents } from '@unfold-zoo/metrics';
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
 * Columns of the draws of a file, which is read once for each particle. Those of one particle are in memory at a time;
 * where they are larger than the largest array, in bytes, they lie in the folder for temporary files. The file is
 * opened anew for each, so that it may be closed, and must stay as it is.
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
  const store = BYTES_OF_PARTICLE * reader.rows <= largestArray ? new HeldParticle(reader) : new FiledParticle(reader);
  let last: number | undefined;
  const column = (particle: number, quantity: Quantity): NumberColumn => {
    if (last !== particle) {
      last = undefined; // of two, should the reading end half-way
      store.read(particle);
      last = particle;
    }
    return store.column(QUANTITIES.indexOf(quantity));
  };
  return { count: reader.rows, column, ...(weights && { weights }) };
}

/** What is held of a particle in one row: ln E in float64, the rest in float32. */
const BYTES_OF_PARTICLE = 24;
const LOG_E = QUANTITIES.indexOf('logE');

/** Mass, ln E, px, py, pz of one particle in all rows, [n] each. */
interface ParticleStore {
  read(particle: number): void;
  column(quantity: number): NumberColumn;
}

/** One that is in memory. */
class HeldParticle implements ParticleStore {
  readonly #reader: MomentumReader;
  #columns: readonly NumberColumn[] = [];

  constructor(reader: MomentumReader) {
    this.#reader = reader;
  }

  read(particle: number): void {
    this.#columns = [];
    const columns = QUANTITIES.map((_, i) =>
      i === LOG_E ? new Float64Array(this.#reader.rows) : new Float32Array(this.#reader.rows),
    );
    for (const { quantity, firstRow, values } of this.#reader.read(particle))
      columns[quantity]!.set(quantity === LOG_E ? logarithms(values) : values, firstRow);
    this.#columns = columns;
  }

  column(quantity: number): NumberColumn {
    return this.#columns[quantity]!;
  }
}

/** One that is in the folder for temporary files, of which one column is in memory when it is asked for. */
class FiledParticle implements ParticleStore {
  readonly #reader: MomentumReader;
  #file: ScratchFile | undefined;

  constructor(reader: MomentumReader) {
    this.#reader = reader;
  }

  read(particle: number): void {
    this.#file ??= new ScratchFile();
    for (const { quantity, firstRow, values } of this.#reader.read(particle))
      this.#file.write(values, this.#place(quantity, firstRow));
  }

  column(quantity: number): NumberColumn {
    const values = new Float32Array(this.#reader.rows);
    this.#file!.read(values, this.#place(quantity, 0));
    return quantity === LOG_E ? logarithms(values) : values;
  }

  #place(quantity: number, row: number): number {
    return Float32Array.BYTES_PER_ELEMENT * (quantity * this.#reader.rows + row);
  }
}

function logarithms(values: Float32Array): Float64Array {
  const logs = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) logs[i] = Math.log(values[i]!);
  return logs;
}

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

  /** Mass, energy, px, py, pz of a particle in some rows, which hold until the next are read. */
  *read(
    particle: number,
  ): Generator<{ readonly quantity: number; readonly firstRow: number; readonly values: Float32Array }> {
    const width = QUANTITIES.length * this.#file.particles.length;
    const room = new Float32Array(Math.max(ROWS_AT_ONCE, this.#rowsOfEvent));
    for (const { firstRow, momenta } of this.#blocks()) {
      const values = room.subarray(0, momenta.length / width);
      for (let quantity = 0; quantity < QUANTITIES.length; quantity++) {
        const place = particle * QUANTITIES.length + quantity;
        for (let row = 0; row < values.length; row++) values[row] = momenta[row * width + place]!;
        yield { quantity, firstRow, values };
      }
    }
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
