import {
  type EventSource,
  type EventSpec,
  type HostEvents,
  isUserError,
  type Split,
  UserError,
} from '@unfold-zoo/core';
import type { NamedFiles } from '@unfold-zoo/core/config';
import { type CarriedColumns, checkHostEvents, gatherEvents, largestDifference, SPLITS } from '@unfold-zoo/core/events';
import { eventOpener } from '../mapping/event-opener.js';
import { checkDistinct } from '../splits/check-distinct.js';
import { nearRanges } from '../splits/near-ranges.js';
import { EVENTS_OF_PLACE, NOT_BY_CHANCE, sampledRows } from '../splits/sampled-rows.js';
import { filesOfSamples, type SampleCount, type SampleOptions, sampleOpener } from '../splits/samples.js';
import { largeMedian, mixedWeights, orderNote, unitNote, weightWarning } from '../splits/source-warnings.js';
import { type RowRange, type SplitCounts, SplitRows, spreadRows, tailRows } from '../splits/split-rows.js';
import type { FileFormat } from '../tables/table-file.js';
import { eventSpec, loadTopology, type Topology, topologyText } from '../topology/topology.js';
import { forEachTellingAll } from './all-mistakes.js';
import { joinCarried } from './columns/event-column.js';
import { EventFiles, type FilePart } from './event-files.js';
import type { FilePaths } from './file-lists.js';
import type { FileOptions } from './file-options.js';
import type { EventFileOptions, OpenEventFile } from './open-events.js';
import { encodeEvents } from './raw-events.js';

/** The events of one split. */
interface SplitPart {
  readonly file: EventFiles;
  readonly rows: SplitRows;
}

/** Blocks are about this long where the chunks of a file are shorter, so that a read is worth its call. */
const USUAL_BLOCK = 4096;
/** Blocks are at most this long, however long the chunks of a file are, so that a few of them fit in memory. */
const LARGEST_BLOCK = 16_384;

/** How the files of a source are opened. */
export interface FileSourceSetting extends Pick<EventFileOptions, 'truthOptional'> {
  readonly topologies?: NamedFiles | undefined;
  /** The format of the files. */
  readonly format: FileFormat;
}

/** Events of files, read by ranges. */
export class FileSource implements EventSource {
  readonly spec: EventSpec;
  readonly topology: Topology;
  /** The file of the topology, as it was read. */
  readonly topologyText: string;
  readonly #options: FileOptions;
  readonly #truthOptional: boolean;
  readonly #openEvents: OpenEventFile;
  readonly #files: EventFiles[] = [];
  #splits: Partial<Record<Split, SplitPart>> = {};
  #warnings: readonly string[] = [];
  /** What is wrong with the training files, where there are test events beside them. */
  #trainProblem: UserError | undefined;

  /**
   * @param setting.truthOptional whether training and validation events may lack the truth as well, to be looked at.
   * @throws UserError for a topology that is not known by its name, or whose file is wrong.
   */
  constructor(options: FileOptions, { topologies, format, truthOptional = false }: FileSourceSetting) {
    this.topology = loadTopology(options.topologyFile ?? options.topology, topologies);
    this.topologyText = topologyText(options.topologyFile ?? options.topology, topologies);
    this.spec = eventSpec(this.topology);
    this.#options = options;
    this.#truthOptional = truthOptional;
    this.#openEvents = eventOpener(format, options, this.topology);
  }

  /** The samples that training events are joined of; empty where they are not. */
  get samples(): readonly SampleCount[] {
    const counts = this.#files.find(({ samples }) => samples.length > 0)?.samples ?? [];
    return counts.map((events, i) => ({ label: this.#options.samples![i]!.label, events }));
  }

  /** Paths of the files of training events; undefined where none are named. */
  get #trainPaths(): FilePaths | undefined {
    const { train, samples } = this.#options;
    return train ?? (samples && filesOfSamples(samples));
  }

  /**
   * Throws a `UserError` for files that cannot be used and for splits without events. Where test events have files of
   * their own, those of training are not needed to draw for them: what is wrong with these is told who asks for them.
   */
  async open(): Promise<void> {
    const { validation, test, weights } = this.#options;
    checkDistinct({ train: this.#trainPaths, validation, test });
    const { train, ...others } = await this.#openFiles({ weights, truthOptional: this.#truthOptional });
    const { parts, note } = train ? await this.#partsOf(train) : { parts: {}, note: [] };
    const whole = (file: EventFiles): SplitPart => ({ file, rows: new SplitRows([{ start: 0, count: file.size }]) });
    this.#splits = { ...parts, ...mapValues(others, whole) };
    this.#limit();
    const warnings = [...this.#files.flatMap(({ notes }) => notes), ...note];
    if (train) warnings.push(...mixedWeights(train, this.#files.slice(1)));
    for (const split of SPLITS)
      if (this.#splits[split]) warnings.push(...(await weightWarning(split, this.#splits[split])));
    for (const file of this.#files) warnings.push(...(await this.#unitWarning(file)));
    this.#warnings = warnings;
  }

  /** Opens the files of all splits. @throws UserError that tells what is wrong with any of them. */
  async #openFiles(how: EventFileOptions): Promise<Partial<Record<Split, EventFiles>>> {
    const { samples, validation, test } = this.#options;
    const opened: Partial<Record<Split, EventFiles>> = {};
    if (!this.#trainPaths) this.#trainProblem = new UserError(NO_TRAINING);
    try {
      await forEachTellingAll(SPLITS, 'splits', async (split) => {
        const paths = { train: this.#trainPaths, validation, test }[split];
        const options = split === 'test' ? { ...how, truthOptional: true } : how;
        const ofSamples = split === 'train' ? samples : undefined;
        if (paths !== undefined) opened[split] = await this.#openFile(paths, options, ofSamples);
      });
    } catch (error) {
      const isOfTraining = opened.test !== undefined && (validation === undefined || opened.validation !== undefined);
      if (!isUserError(error) || !isOfTraining) throw error;
      this.#trainProblem = error;
    }
    return opened;
  }

  /** The parts of the training files: of them are held out what splits without files of their own have. */
  async #partsOf(file: EventFiles): Promise<{ parts: Partial<Record<Split, SplitPart>>; note: readonly string[] }> {
    const { validation, test, validationFraction, testFraction } = this.#options;
    const held = heldOut(file.size, {
      validation: validation ? 0 : validationFraction,
      test: test ? 0 : testFraction,
    });
    const kept = file.size - held.validation - held.test;
    if (kept <= 0)
      throw new UserError(`invalid splits: none of the ${file.size} events of ${file.path} is left to train on`);
    const { rows, note } = await this.#divide(file, { train: kept, ...held });
    return { parts: mapValues(rows, (each) => ({ file, rows: each })), note };
  }

  /** Leaves as many events of each split as the options say. */
  #limit(): void {
    const { maxTrainEvents, maxValidationEvents, maxTestEvents } = this.#options;
    const limits = { train: maxTrainEvents, validation: maxValidationEvents, test: maxTestEvents };
    for (const split of SPLITS) {
      const part = this.#splits[split];
      if (part) this.#splits[split] = { file: part.file, rows: part.rows.limited(limits[split]) };
    }
  }

  /** Which rows of the training file each split has, and what is to be said of it. */
  async #divide(
    file: EventFiles,
    counts: SplitCounts,
  ): Promise<{ rows: Record<Split, SplitRows>; note: readonly string[] }> {
    const { split } = this.#options;
    const isDivided = counts.validation + counts.test > 0;
    const order = isDivided && split === 'auto' ? await this.#orderOf(file, counts) : undefined;
    const isSpread = isDivided && (split === 'spread' || order !== undefined);
    if (!isSpread) return { rows: tailRows(counts), note: [] };
    const layout = { chunkRows: file.chunkRows, smallRows: LARGEST_BLOCK };
    const note = order === undefined ? [] : [orderNote(file, order)];
    return { rows: spreadRows(counts, layout), note };
  }

  /** The number that the end of a file has differently from the rest, by more than chance. */
  async #orderOf(file: EventFiles, { train, validation, test }: SplitCounts): Promise<string | undefined> {
    const sample = (start: number, count: number): Promise<HostEvents> => {
      const rows = new SplitRows(sampledRows(start, count));
      return this.#readRows({ file, rows }, 0, rows.count);
    };
    const found = await whereReadable(async () =>
      largestDifference(this.spec, await sample(0, train), await sample(train, validation + test)),
    );
    return found && found.probability < NOT_BY_CHANCE ? found.column : undefined;
  }

  async #unitWarning(file: EventFiles): Promise<string[]> {
    const sample = { start: 0, count: Math.min(file.size, EVENTS_OF_PLACE) };
    const found = await whereReadable(async () =>
      largeMedian(this.spec, await this.#readRange(file, sample), file.declaresUnits),
    );
    return found ? [unitNote(file, found)] : [];
  }

  /** What is odd about the files but no mistake. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  async #openFile(
    paths: FilePaths,
    how: EventFileOptions,
    samples: readonly SampleOptions[] | undefined,
  ): Promise<EventFiles> {
    const open = samples ? sampleOpener(samples, this.#openEvents) : this.#openEvents;
    const file = await EventFiles.open(paths, this.topology, how, open);
    this.#files.push(file);
    return file;
  }

  async close(): Promise<void> {
    for (const file of this.#files.splice(0)) await file.close();
    this.#splits = {};
    this.#trainProblem = undefined;
  }

  hasTruth(split: Split): boolean {
    return this.#range(split).file.hasTruth;
  }

  count(split: Split): number {
    return this.#range(split).rows.count;
  }

  /** A chunk of the training file, or several short ones, or a part of a long one. */
  get blockSize(): number {
    const { file } = this.#trainProblem ? this.#range('test') : this.#range('train');
    const chunk = file.chunkRows || USUAL_BLOCK;
    return Math.min(chunk * Math.max(1, Math.round(USUAL_BLOCK / chunk)), LARGEST_BLOCK);
  }

  async read(split: Split, start: number, count: number): Promise<HostEvents> {
    const range = this.#range(split);
    if (!(start >= 0 && count >= 1 && start + count <= range.rows.count)) {
      const place = `events ${start} to ${start + count - 1}`;
      throw new UserError(`missing ${split} events: asked for ${place}, there are ${range.rows.count}`);
    }
    return this.#readRows(range, start, count);
  }

  async readColumns(split: Split, columns: readonly string[], start: number, count: number): Promise<CarriedColumns> {
    const { file: files, rows } = this.#range(split);
    const parts: CarriedColumns[] = [];
    for (const range of rows.slice(start, count))
      for (const part of files.parts(range.start, range.count))
        parts.push(await part.file.readColumns(columns, part.start, part.count));
    return joinCarried(columns, parts);
  }

  /** Events of a split that may stand in several places: what lies between near ones is read with them. */
  async #readRows({ file, rows }: SplitPart, start: number, count: number): Promise<HostEvents> {
    const ranges = rows.slice(start, count);
    if (ranges.length === 1) return this.#readRange(file, ranges[0]!);
    const picked: [HostEvents, number][] = [];
    for (const { all, parts } of nearRanges(ranges, LARGEST_BLOCK)) {
      const block = await this.#readRange(file, all);
      for (const part of parts) for (let i = 0; i < part.count; i++) picked.push([block, part.start - all.start + i]);
    }
    return gatherEvents(this.spec, count, picked);
  }

  async #readRange(files: EventFiles, { start, count }: RowRange): Promise<HostEvents> {
    const parts = files.parts(start, count);
    if (parts.length === 1) return this.#readPart(parts[0]!);
    // Samples alternate: what is neighbours in a file is read at once.
    const blocks = new Map<FilePart['file'], HostEvents>();
    const whole = wholeParts(parts);
    for (const part of whole.values()) blocks.set(part.file, await this.#readPart(part));
    const rows = parts.flatMap(({ file, start: first, count: some }) => {
      const offset = first - whole.get(file)!.start;
      return Array.from({ length: some }, (_, i): [HostEvents, number] => [blocks.get(file)!, offset + i]);
    });
    return gatherEvents(this.spec, count, rows);
  }

  async #readPart({ file, start, count }: FilePart): Promise<HostEvents> {
    const events = encodeEvents(this.topology, await file.read(start, count));
    checkHostEvents(this.spec, events, { name: file.path, first: start });
    return events;
  }

  #range(split: Split): SplitPart {
    const range = this.#splits[split];
    if (!range && this.#trainProblem) throw this.#trainProblem;
    if (!range) throw new Error('the data source is not open');
    return range;
  }
}

/** Parts of each file joined to one: those of a range of events are neighbours. */
function wholeParts(parts: readonly FilePart[]): ReadonlyMap<FilePart['file'], FilePart> {
  const whole = new Map<FilePart['file'], FilePart>();
  for (const part of parts) {
    const before = whole.get(part.file);
    whole.set(part.file, before ? { ...before, count: before.count + part.count } : part);
  }
  return whole;
}

const NO_TRAINING = 'missing data.train: expected files of training events, or data.samples in their place';

/** How many events to keep out of training: a fraction above zero keeps at least one. */
function heldOut<Key extends string>(size: number, fractions: Readonly<Record<Key, number>>): Record<Key, number> {
  const counts = Object.entries<number>(fractions).map(([key, fraction]) => [key, Math.ceil(fraction * size)]);
  return Object.fromEntries(counts) as Record<Key, number>;
}

/** A record with the same keys, of those that have a value. */
function mapValues<Key extends string, From, To>(
  record: Readonly<Partial<Record<Key, From>>>,
  change: (value: From) => To,
): Partial<Record<Key, To>> {
  const entries = Object.entries<From | undefined>(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value!)])) as Partial<Record<Key, To>>;
}

/** What is found in events; undefined where some are refused, as they will be where they are used. */
async function whereReadable<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isUserError(error)) return undefined;
    throw error;
  }
}
