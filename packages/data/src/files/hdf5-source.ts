import { realpathSync } from 'node:fs';
import {
  component,
  EventSource,
  type EventSpec,
  filePath,
  type HostEvents,
  type Split,
  UserError,
} from '@unfold-zoo/core';
import { LoadedCatalogue, type NamedFiles, topologiesOf } from '@unfold-zoo/core/config';
import { z } from 'zod';
import { eventSpec, loadTopology, type Topology, topologyText } from '../topology/topology.js';
import { EventFile } from './event-file.js';
import { encodeEvents } from './raw-events.js';

const maxEvents = z.int().min(1).optional();

/** Options of the data source `hdf5`. */
export const hdf5Options = z.object({
  topology: z
    .string()
    .default('semileptonic-ttbar')
    .describe('Name of a topology of a plugin, of this package unless one is listed.'),
  topologyFile: filePath().optional().describe('YAML file with a topology, instead of `topology`.'),
  train: filePath().describe('File of training events.'),
  validation: filePath().optional().describe('File of validation events. Default: the end of the training file.'),
  test: filePath()
    .optional()
    .describe('File of test events; may lack the truth. Default: the very end of the training file, see testFraction.'),
  validationFraction: z
    .number()
    .min(0)
    .lt(1)
    .default(0.05)
    .describe('Part of the training file kept for validation when there is no validation file.'),
  testFraction: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Part of the training file kept for tests when there is no test file.'),
  weights: z
    .string()
    .optional()
    .describe(
      'Dataset of event weights. Default: /event/weight in files that have it, else all events count the same.',
    ),
  maxTrainEvents: maxEvents.describe('Use no more than so many training events.'),
  maxValidationEvents: maxEvents.describe('Use no more than so many validation events.'),
  maxTestEvents: maxEvents.describe('Use no more than so many test events.'),
});

/** Options of the data source `hdf5`, complete. */
export type Hdf5Options = z.output<typeof hdf5Options>;

/** Neighbouring events of one file. */
interface Range {
  readonly file: EventFile;
  readonly start: number;
  readonly count: number;
}

/** Blocks are about this long where the chunks of a file are shorter, so that a read is worth its call. */
const USUAL_BLOCK = 4096;
/** Blocks are at most this long, however long the chunks of a file are, so that a few of them fit in memory. */
const LARGEST_BLOCK = 16_384;

/** Events of HDF5 files, read by ranges. */
export class Hdf5Source implements EventSource {
  readonly spec: EventSpec;
  readonly topology: Topology;
  /** The file of the topology, as it was read. */
  readonly topologyText: string;
  readonly #options: Hdf5Options;
  readonly #files: EventFile[] = [];
  #splits: Partial<Record<Split, Range>> = {};

  /** @throws UserError for a topology that is not known by its name, or whose file is wrong. */
  constructor(options: Hdf5Options, topologies?: NamedFiles) {
    this.topology = loadTopology(options.topologyFile ?? options.topology, topologies);
    this.topologyText = topologyText(options.topologyFile ?? options.topology, topologies);
    this.spec = eventSpec(this.topology);
    this.#options = options;
  }

  /** Throws a `UserError` for files that cannot be used and for splits without events. */
  async open(): Promise<void> {
    const { train, validation, test, weights, ...rest } = this.#options;
    checkDistinct({ train, validation, test });
    const main = await this.#openFile(train, { weights });
    const held = heldOut(main.size, {
      validation: validation ? 0 : rest.validationFraction,
      test: test ? 0 : rest.testFraction,
    });
    const kept = main.size - held.validation - held.test;
    if (kept <= 0)
      throw new UserError(`invalid splits: none of the ${main.size} events of ${train} is left to train on`);
    const whole = (file: EventFile): Range => ({ file, start: 0, count: file.size });
    const splits: Record<Split, Range> = {
      train: { file: main, start: 0, count: kept },
      validation: validation
        ? whole(await this.#openFile(validation, { weights }))
        : { file: main, start: kept, count: held.validation },
      test: test
        ? whole(await this.#openFile(test, { truthOptional: true }))
        : { file: main, start: kept + held.validation, count: held.test },
    };
    this.#splits = {
      train: atMost(splits.train, rest.maxTrainEvents),
      validation: atMost(splits.validation, rest.maxValidationEvents),
      test: atMost(splits.test, rest.maxTestEvents),
    };
  }

  async #openFile(path: string, how: Parameters<typeof EventFile.open>[2]): Promise<EventFile> {
    const file = await EventFile.open(path, this.topology, how);
    this.#files.push(file);
    return file;
  }

  async close(): Promise<void> {
    for (const file of this.#files.splice(0)) file.close();
    this.#splits = {};
  }

  hasTruth(split: Split): boolean {
    return this.#range(split).file.hasTruth;
  }

  count(split: Split): number {
    return this.#range(split).count;
  }

  /** A chunk of the training file, or several short ones, or a part of a long one. */
  get blockSize(): number {
    const chunk = this.#range('train').file.chunkRows || USUAL_BLOCK;
    return Math.min(chunk * Math.max(1, Math.round(USUAL_BLOCK / chunk)), LARGEST_BLOCK);
  }

  async read(split: Split, start: number, count: number): Promise<HostEvents> {
    const range = this.#range(split);
    if (!(start >= 0 && count >= 1 && start + count <= range.count)) {
      const place = `events ${start} to ${start + count - 1}`;
      throw new UserError(`missing ${split} events: asked for ${place}, there are ${range.count}`);
    }
    return encodeEvents(this.topology, range.file.read(range.start + start, count));
  }

  #range(split: Split): Range {
    const range = this.#splits[split];
    if (!range) throw new Error('the data source is not open');
    return range;
  }
}

function checkDistinct(paths: Readonly<Record<Split, string | undefined>>): void {
  const seen = new Map<string, string>();
  for (const [split, path] of Object.entries(paths)) {
    if (path === undefined) continue;
    const real = resolvedPath(path);
    const other = seen.get(real);
    if (other) {
      throw new UserError(
        `duplicate data.${split}: ${path} is data.${other} too; leave it out and set data.${split}Fraction`,
      );
    }
    seen.set(real, split);
  }
}

// A file that is missing is reported when it is opened.
function resolvedPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** How many events to keep out of training: a fraction above zero keeps at least one. */
function heldOut<Key extends string>(size: number, fractions: Readonly<Record<Key, number>>): Record<Key, number> {
  const counts = Object.entries<number>(fractions).map(([key, fraction]) => [key, Math.ceil(fraction * size)]);
  return Object.fromEntries(counts) as Record<Key, number>;
}

function atMost(range: Range, limit = Number.POSITIVE_INFINITY): Range {
  return { ...range, count: Math.min(range.count, limit) };
}

/** The data source `hdf5`. */
export const hdf5 = component(EventSource, 'hdf5', {
  description: 'Events of HDF5 files; the splits are files of their own or parts of the training file.',
  options: hdf5Options,
  inject: [LoadedCatalogue],
  create: ({ options }, { plugins }) => new Hdf5Source(options, topologiesOf(plugins)),
});
