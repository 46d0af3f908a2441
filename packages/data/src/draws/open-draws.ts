import { UserError } from '@unfold-zoo/core';
import { WEIGHT } from '../files/event-layout.js';
import { Hdf5Reader } from '../files/hdf5-file.js';
import { MOMENTUM_COMPONENTS } from '../files/raw-events.js';
import { DRAWS, type DrawnEvents, INDEX, TRUTH } from './draw-layout.js';

/** Draws read from a file, with the numbers of their events in the split. */
export interface IndexedDraws extends DrawnEvents {
  /** [n] */
  readonly index: Int32Array;
}

/** A file of draws open for reading by ranges of events. */
export class DrawFile {
  readonly path: string;
  readonly events: number;
  /** Draws per event. */
  readonly draws: number;
  /** Names of the particles, in order. */
  readonly particles: readonly string[];
  readonly hasTruth: boolean;
  readonly hasWeights: boolean;
  readonly #reader: Hdf5Reader;

  private constructor(reader: Hdf5Reader) {
    this.path = reader.path;
    this.#reader = reader;
    const shape = reader.shapeOf(DRAWS)?.shape;
    if (!shape) throw new UserError(`missing ${DRAWS} in ${reader.path}: expected a file made by unfold sample`);
    const particles = reader.attributes(DRAWS)['particles'];
    if (shape.length !== 4 || shape[3] !== MOMENTUM_COMPONENTS.length || !Array.isArray(particles)) {
      throw new UserError(
        `invalid ${DRAWS} in ${reader.path}: expected shape (N, draws, particles, 5) and an attribute "particles", ` +
          `got shape (${shape.join(', ')})`,
      );
    }
    [this.events, this.draws] = shape as [number, number];
    this.particles = particles;
    this.hasTruth = reader.shapeOf(TRUTH) !== undefined;
    this.hasWeights = reader.shapeOf(WEIGHT) !== undefined;
  }

  /** Opens a file. @throws UserError for a file that is missing, damaged, or of another kind. */
  static async open(path: string): Promise<DrawFile> {
    const reader = await Hdf5Reader.open(path);
    try {
      return new DrawFile(reader);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Attributes of the file: seed, model, versions, `spec` as JSON, ... */
  attributes(): Readonly<Record<string, unknown>> {
    return this.#reader.attributes('/');
  }

  /** Events `start` to `start + count`. @throws RangeError for events that the file does not have. */
  read(start: number, count: number): IndexedDraws {
    if (!(start >= 0 && count >= 1 && start + count <= this.events)) {
      const place = `events ${start} to ${start + count - 1}`;
      throw new RangeError(`missing draws: asked for ${place} of ${this.path}, there are ${this.events}`);
    }
    const read = (dataset: string) => this.#reader.read(dataset, start, count);
    return {
      size: count,
      draws: read(DRAWS) as Float32Array,
      ...(this.hasTruth ? { truth: read(TRUTH) as Float32Array } : {}),
      ...(this.hasWeights ? { weights: read(WEIGHT) as Float32Array } : {}),
      index: read(INDEX) as Int32Array,
    };
  }

  close(): void {
    this.#reader.close();
  }
}

/**
 * Opens a file of draws. The caller closes it.
 * @throws UserError for a file that is missing, damaged, or of another kind.
 */
export function openDraws(path: string): Promise<DrawFile> {
  return DrawFile.open(path);
}
