import { UserError } from '@unfold-zoo/core';
import { SampleFile } from '../splits/samples.js';
import { interleavedRows, type SplitRows } from '../splits/split-rows.js';
import type { Topology } from '../topology/topology.js';
import { forEachTellingAll } from './all-mistakes.js';
import { EventFile } from './event-file.js';
import { type FilePaths, isPattern } from './file-lists.js';
import { type EventFileOptions, NoEvents, type OpenEventFile, type OpenEvents } from './open-events.js';

/** Stripes, each with a part of every sample, that events are cut into at least, unless they are few. */
const STRIPES = 64;
/** Events of a stripe: a block that is read has a part of each sample. */
const [SHORTEST_STRIPE, LONGEST_STRIPE] = [16, 4096];

/**
 * Files of events that are read as one, in the order in which they are named. Those of samples alternate, so that any
 * part of the events has as much of each sample as all of them.
 */
export class EventFiles {
  readonly size: number;
  readonly #files: readonly OpenEvents[];
  /** [files] number of the first event of each. */
  readonly #firsts: readonly number[];
  /** Where the events stand, one file after the other, where that is not their order. */
  readonly #order: SplitRows | undefined;

  readonly #empty: readonly NoEvents[];

  private constructor(files: readonly OpenEvents[], empty: readonly NoEvents[]) {
    this.#files = files;
    this.#empty = empty;
    let size = 0;
    this.#firsts = files.map((file) => {
      size += file.size;
      return size - file.size;
    });
    this.size = size;
    const samples = samplesOf(files);
    const stripe = Math.min(Math.max(Math.ceil(size / STRIPES), SHORTEST_STRIPE), LONGEST_STRIPE);
    if (samples.length > 1) this.#order = interleavedRows(samples, stripe);
  }

  /**
   * Of several files, those that hold no events are passed over.
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
    const empty: NoEvents[] = [];
    try {
      await forEachTellingAll([paths].flat(), 'files', async (path) => {
        if (isPattern(path)) throw new UserError(`missing files: there are none that match ${path}`);
        try {
          files.push(await open(path, topology, options));
        } catch (error) {
          if (!(error instanceof NoEvents)) throw error;
          empty.push(error);
        }
      });
      if (files.length === 0) throw empty[0];
      checkAlike(files);
      return new EventFiles(files, empty);
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
    const passedOver = this.#empty.map(({ path }) => `${path} holds no events and is passed over`);
    return [...passedOver, ...this.#files.flatMap(({ notes = [] }) => notes)];
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  /** Where events `start` to `start + count` are, file by file. */
  parts(start: number, count: number): FilePart[] {
    const ranges = this.#order?.slice(start, count) ?? [{ start, count }];
    return ranges.flatMap((range) => this.#partsInOrder(range.start, range.count));
  }

  /** Events of each sample, in their order; empty where there are none. */
  get samples(): readonly number[] {
    return samplesOf(this.#files);
  }

  #partsInOrder(start: number, count: number): FilePart[] {
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

/** Events of each sample that files are of. */
function samplesOf(files: readonly OpenEvents[]): number[] {
  const events: number[] = [];
  for (const file of files)
    if (file instanceof SampleFile) events[file.sample] = (events[file.sample] ?? 0) + file.size;
  return events;
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
