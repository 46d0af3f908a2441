import { type EventSource, UserError } from '@unfold-zoo/core';
import type { CarriedColumns } from '@unfold-zoo/core/events';
import { z } from 'zod';
import { type FilePaths, filePaths } from '../files/file-lists.js';
import { type EventFileOptions, NoEvents, type OpenEventFile, type OpenEvents } from '../files/open-events.js';
import type { RawEvents } from '../files/raw-events.js';
import type { Topology } from '../topology/topology.js';

/** One of the samples that training events are joined of, e.g. of a process. */
const sampleOptions = z.strictObject({
  label: z.string().min(1).describe('Its name.'),
  files: filePaths().describe('Its events: a file, a pattern, a folder, or a list of these.'),
  factor: z
    .number()
    .positive()
    .default(1)
    .describe('What its event weights are multiplied by, e.g. cross section times luminosity over the sum of weights.'),
});

/** Samples by labels that differ. */
export const samplesOption = z
  .array(sampleOptions)
  .min(1)
  .superRefine((samples, context) => {
    const labels = samples.map(({ label }) => label);
    for (const [i, label] of labels.entries())
      if (labels.indexOf(label) < i)
        context.addIssue({ code: 'custom', path: [i, 'label'], message: `duplicate label "${label}"` });
  });

/** A sample, complete. */
export type SampleOptions = z.output<typeof sampleOptions>;

/** The column that says which sample an event is of: its place in the list, from 0. */
export const SAMPLE_COLUMN = 'sample';
/** What the weights of joined samples are called. */
const WEIGHTS = 'event weights times factors of samples';

/**
 * Opens files of samples: event weights are multiplied by the factor of the sample, 1 where there are none, and
 * `sample` is a column more.
 */
export function sampleOpener(samples: readonly SampleOptions[], open: OpenEventFile): OpenEventFile {
  const places = new Map(samples.flatMap(({ files }, place) => [files].flat().map((path) => [path, place] as const)));
  return async (path: string, topology: Topology, options: EventFileOptions) => {
    const place = places.get(path)!;
    const file = await open(path, topology, options).catch((error: unknown) => {
      // A file that is passed over could be all that a label has.
      throw error instanceof NoEvents ? new UserError(error.message) : error;
    });
    return new SampleFile(file, place, samples[place]!.factor);
  };
}

/** The files of samples, in their order. */
export function filesOfSamples(samples: readonly SampleOptions[]): FilePaths {
  return samples.flatMap(({ files }) => files);
}

/** A sample that training events are joined of, and its events in all splits that are parts of them. */
export interface SampleCount {
  readonly label: string;
  readonly events: number;
}

/** The samples of a data source, in the order by which `sample` counts them; empty where it has none. */
export function samplesOf(source: EventSource): readonly SampleCount[] {
  return 'samples' in source ? (source.samples as readonly SampleCount[]) : [];
}

/** A file of a sample. */
export class SampleFile implements OpenEvents {
  /** Place of the sample in the list. */
  readonly sample: number;
  readonly weights = WEIGHTS;
  readonly #file: OpenEvents;
  readonly #factor: number;

  constructor(file: OpenEvents, sample: number, factor: number) {
    this.#file = file;
    this.sample = sample;
    this.#factor = factor;
  }

  get path(): string {
    return this.#file.path;
  }

  get size(): number {
    return this.#file.size;
  }

  get rows(): number {
    return this.#file.rows;
  }

  get unused(): readonly string[] {
    return this.#file.unused;
  }

  get chunkRows(): number {
    return this.#file.chunkRows;
  }

  get hasTruth(): boolean {
    return this.#file.hasTruth;
  }

  get declaresUnits(): OpenEvents['declaresUnits'] {
    return this.#file.declaresUnits;
  }

  get notes(): readonly string[] {
    return this.#file.notes ?? [];
  }

  async read(start: number, count: number, options?: { readonly extras?: boolean }): Promise<RawEvents> {
    const raw = await this.#file.read(start, count, options);
    return { ...raw, weights: this.#scaled(raw.weights, count) };
  }

  async readWeights(start: number, count: number): Promise<Float32Array> {
    return this.#scaled(await this.#file.readWeights(start, count), count);
  }

  async readColumns(columns: readonly string[], start: number, count: number): Promise<CarriedColumns> {
    const own = columns.filter((name) => name !== SAMPLE_COLUMN);
    const read = own.length > 0 ? await this.#file.readColumns(own, start, count) : {};
    return { ...read, [SAMPLE_COLUMN]: new BigInt64Array(count).fill(BigInt(this.sample)) };
  }

  #scaled(weights: Float32Array | undefined, count: number): Float32Array {
    return (weights ?? new Float32Array(count).fill(1)).map((weight) => this.#factor * weight);
  }

  close(): void | Promise<void> {
    return this.#file.close();
  }
}
