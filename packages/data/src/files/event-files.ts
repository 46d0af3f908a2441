import { UserError } from '@unfold-zoo/core';
import type { Topology } from '../topology/topology.js';
import { forEachTellingAll } from './all-mistakes.js';
import { EventFile } from './event-file.js';
import { type FilePaths, isPattern } from './file-lists.js';
import type { EventFileOptions, OpenEventFile, OpenEvents } from './open-events.js';

/** Files of events that are read as one, in the order in which they are named. */
export class EventFiles {
  readonly size: number;
  readonly #files: readonly OpenEvents[];
  /** [files] number of the first event of each. */
  readonly #firsts: readonly number[];

  private constructor(files: readonly OpenEvents[]) {
    this.#files = files;
    let size = 0;
    this.#firsts = files.map((file) => {
      size += file.size;
      return size - file.size;
    });
    this.size = size;
  }

  /**
   * @throws UserError that tells all files that cannot be opened or do not have the layout, and for files of which some
   * have a truth, weights or units and some do not.
   */
  static async open(
    paths: FilePaths,
    topology: Topology,
    options: EventFileOptions = {},
    open: OpenEventFile = EventFile.open,
  ): Promise<EventFiles> {
    const files: OpenEvents[] = [];
    try {
      await forEachTellingAll([paths].flat(), 'files', async (path) => {
        if (isPattern(path)) throw new UserError(`missing files: there are none that match ${path}`);
        files.push(await open(path, topology, options));
      });
      checkAlike(files);
      return new EventFiles(files);
    } catch (error) {
      for (const file of files) await file.close();
      throw error;
    }
  }

  get #first(): OpenEvents {
    return this.#files[0]!;
  }

  get files(): readonly OpenEvents[] {
    return this.#files;
  }

  /** The file, or the first and how many follow. */
  get path(): string {
    const others = this.#files.length - 1;
    return others === 0 ? this.#first.path : `${this.#first.path} and ${others} more`;
  }

  /** Rows that the first file stores together. */
  get chunkRows(): number {
    return this.#first.chunkRows;
  }

  get hasTruth(): boolean {
    return this.#first.hasTruth;
  }

  /** Whether attributes of all files say what units the truth and the detector's columns are in. */
  get declaresUnits(): OpenEvents['declaresUnits'] {
    const all = (of: keyof OpenEvents['declaresUnits']) => this.#files.every(({ declaresUnits }) => declaresUnits[of]);
    return { truth: all('truth'), detector: all('detector') };
  }

  /** The dataset of the event weights; undefined if there are none. */
  get weights(): string | undefined {
    return this.#first.weights;
  }

  /** What users should know of the files, though it is no mistake. */
  get notes(): readonly string[] {
    return this.#files.flatMap(({ notes = [] }) => notes);
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  /** Where events `start` to `start + count` are, file by file. */
  parts(start: number, count: number): FilePart[] {
    return this.#files.flatMap((file, i) => {
      const offset = this.#firsts[i]!;
      const [first, end] = [Math.max(start - offset, 0), Math.min(start + count - offset, file.size)];
      return end > first ? [{ file, start: first, count: end - first }] : [];
    });
  }
}

/** Neighbouring events of one file. */
export interface FilePart {
  readonly file: OpenEvents;
  /** Number of the first in the file. */
  readonly start: number;
  readonly count: number;
}

function checkAlike(files: readonly OpenEvents[]): void {
  const [first] = files as [OpenEvents];
  for (const file of files) {
    if (file.hasTruth !== first.hasTruth) throw differs(first, file, 'the truth', first.hasTruth);
    if (file.weights !== first.weights) throw differs(first, file, 'event weights', first.weights !== undefined);
  }
}

function differs(first: OpenEvents, other: OpenEvents, what: string, isOfFirst: boolean): UserError {
  const [having, lacking] = isOfFirst ? [first, other] : [other, first];
  return new UserError(
    `missing ${what} in ${lacking.path}: ${having.path}, which is read with it, has ${what}; all files need it or none`,
  );
}
