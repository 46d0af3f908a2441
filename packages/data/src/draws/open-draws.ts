import { statSync } from 'node:fs';
import { UserError } from '@unfold-zoo/core';
import { expectDataset, expectShape } from '../files/columns/expected-datasets.js';
import { float32 } from '../files/columns/float32.js';
import { WEIGHT } from '../files/event-layout.js';
import { Hdf5Reader, type NumberKind } from '../files/hdf5/reader.js';
import { type Column, MOMENTUM_COMPONENTS } from '../files/raw-events.js';
import { writableFormatOf } from '../writing/writable-formats.js';
import { carriedPath, DRAWS, type DrawFacts, INDEX, type IndexedDraws, MADE_BY, TRUTH } from './draw-layout.js';

const KINDS: Readonly<Record<NumberKind, string>> = { float: 'floating-point numbers', integer: 'whole numbers' };

/** Where the numbers of events are, and what is there anyway. */
const OF_EVENTS = carriedPath('');
const KNOWN: ReadonlySet<string> = new Set([INDEX, WEIGHT]);

/** A file of draws open for reading by ranges of events. */
export class DrawFile implements DrawFacts {
  readonly path: string;
  readonly events: number;
  readonly draws: number;
  readonly particles: readonly string[];
  readonly hasTruth: boolean;
  readonly hasWeights: boolean;
  readonly carried: readonly string[];
  readonly #reader: Hdf5Reader;
  /** Which state of the file was opened. */
  readonly #version: string;

  private constructor(reader: Hdf5Reader) {
    this.path = reader.path;
    this.#reader = reader;
    this.#version = versionOf(reader.path);
    const { shape } = expectDataset(reader, DRAWS, () => `missing ${DRAWS} in ${reader.path}: ${MADE_BY}`);
    const particles = reader.attribute(DRAWS, 'particles');
    if (!Array.isArray(particles)) throw new UserError(`missing attribute particles of ${DRAWS} in ${reader.path}`);
    const momenta = [particles.length, MOMENTUM_COMPONENTS.length];
    if (shape.length !== 4) expectShape(reader, DRAWS, shape, ['N', 'draws', ...momenta]);
    [this.events, this.draws] = shape as [number, number];
    this.particles = particles.map(String);
    this.hasTruth = reader.objectAt(TRUTH) !== undefined;
    this.hasWeights = reader.objectAt(WEIGHT) !== undefined;
    this.#expect(DRAWS, 'float', [this.events, this.draws, ...momenta]);
    if (this.hasTruth) this.#expect(TRUTH, 'float', [this.events, ...momenta]);
    if (this.hasWeights) this.#expect(WEIGHT, 'float', [this.events]);
    this.#expect(INDEX, 'integer', [this.events]);
    this.#checkCounts();
    const ofEvents = [...reader.datasets()].filter((path) => path.startsWith(OF_EVENTS) && !KNOWN.has(path));
    this.carried = ofEvents.map((path) => path.slice(OF_EVENTS.length));
  }

  #expect(dataset: string, kind: NumberKind, shape: readonly number[]): void {
    const missing = (): string => `missing ${dataset} in ${this.path}: ${MADE_BY}`;
    expectShape(this.#reader, dataset, expectDataset(this.#reader, dataset, missing).shape, shape);
    const found = this.#reader.numberKind(dataset);
    if (found === kind) return;
    throw new UserError(`invalid ${dataset} in ${this.path}: expected ${KINDS[kind]}, got ${KINDS[found]}`);
  }

  // The file says too how many there are, which shows one that lost some or gained some.
  #checkCounts(): void {
    for (const key of ['events', 'draws'] as const) {
      const said = this.#reader.attribute('/', key) ?? this[key];
      if (said !== this[key] || this[key] === 0)
        throw new UserError(`invalid ${DRAWS} in ${this.path}: expected ${said || 'some'} ${key}, got ${this[key]}`);
    }
  }

  /** Opens a file. @throws UserError for a file that is missing, damaged, or of another kind. */
  static async open(path: string): Promise<DrawFile> {
    return DrawFile.#of(await Hdf5Reader.open(path));
  }

  /** Opens a file if it has draws. @throws UserError for a file that is missing or damaged. */
  static async openIfDraws(path: string): Promise<DrawFile | undefined> {
    const reader = await Hdf5Reader.open(path);
    if (reader.objectAt(DRAWS) !== undefined) return DrawFile.#of(reader);
    reader.close();
    return undefined;
  }

  static #of(reader: Hdf5Reader): DrawFile {
    try {
      return new DrawFile(reader);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /**
   * Opens the same file once more, at once; the caller closes it. This one may be closed by then.
   * @throws UserError for a file that was written anew meanwhile.
   */
  openAgain(): DrawFile {
    const again = DrawFile.#of(this.#reader.openAgain());
    if (again.#version === this.#version) return again;
    again.close();
    throw new UserError(`changed ${this.path}: it was written anew while it was read; evaluate it again`);
  }

  attributes(): Readonly<Record<string, unknown>> {
    return this.#reader.attributes('/');
  }

  /** Events `start` to `start + count`. @throws RangeError for events that the file does not have. */
  read(start: number, count: number): IndexedDraws {
    return {
      size: count,
      draws: this.#numbers(DRAWS, start, count),
      ...(this.hasTruth ? { truth: this.#numbers(TRUTH, start, count) } : {}),
      ...(this.hasWeights ? { weights: this.#numbers(WEIGHT, start, count) } : {}),
      index: this.#index(start, count),
      ...(this.carried.length > 0 && { carried: this.#carried(start, count) }),
    };
  }

  /**
   * The momenta alone of events `start` to `start + count`: row-major [count, draws, particles, 5] or, of the truth,
   * [count, particles, 5].
   * @throws RangeError for events that the file does not have.
   */
  readMomenta(of: 'draws' | 'truth', start: number, count: number): Float32Array {
    return this.#numbers(of === 'draws' ? DRAWS : TRUTH, start, count);
  }

  #numbers(dataset: string, start: number, count: number): Float32Array {
    if (!(start >= 0 && count >= 1 && start + count <= this.events)) {
      const place = `events ${start} to ${start + count - 1}`;
      throw new RangeError(`missing draws: asked for ${place} of ${this.path}, there are ${this.events}`);
    }
    return float32(this.#reader.read(dataset, start, count));
  }

  #carried(start: number, count: number): Readonly<Record<string, Column>> {
    return Object.fromEntries(this.carried.map((name) => [name, this.#reader.read(carriedPath(name), start, count)]));
  }

  #index(start: number, count: number): Int32Array {
    const index = Int32Array.from(this.#reader.read(INDEX, start, count) as ArrayLike<number>, Number);
    const wrong = index.findIndex((number, i) => number !== index[0]! + i);
    if (wrong < 0 && index[0]! >= 0) return index;
    const event = start + Math.max(wrong, 0);
    throw new UserError(
      `invalid ${INDEX} in ${this.path}: event ${event} has number ${index[event - start]}, expected neighbours`,
    );
  }

  close(): void {
    this.#reader.close();
  }
}

/** Tells a file from one that was written in its place. */
function versionOf(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  return [ino, mtimeMs, size].join(' ');
}

/**
 * Opens a file of draws to be judged. The caller closes it.
 * @throws UserError for a file that is missing, damaged, or of another kind; draws in other formats than HDF5 have to
 * be converted.
 */
export async function openDraws(path: string): Promise<DrawFile> {
  const { kind } = writableFormatOf(path);
  if (kind === 'hdf5') return DrawFile.open(path);
  throw new UserError(
    `invalid ${path}: draws are judged from HDF5, and this is ${kind}; convert it: unfold convert ${path} draws.h5`,
  );
}
