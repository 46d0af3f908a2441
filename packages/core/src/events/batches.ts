import * as tf from '@tensorflow/tfjs-core';
import type { EventSource } from '../contracts/events/event-source.js';
import {
  type EventSpec,
  type HostEvents,
  type HostObjects,
  partonWidth,
  type Split,
} from '../contracts/events/event-spec.js';
import type { EventBatch, ObjectSet, Observation } from '../contracts/model/observation.js';
import { UserError } from '../errors.js';
import type { Rng } from '../rng.js';
import { readEvents } from './check-host-events.js';
import { type EventScaling, networkInputs, scaledWidth, scaleFeatures, scalePartons } from './scaling.js';
import { truePartons } from './true-partons.js';

/** How training batches are cut from the training split. */
export interface TrainingBatchOptions {
  /** Events of one optimiser step, over all workers together: each worker gets `batchSize / world` of them. */
  readonly batchSize: number;
  readonly rng: Rng;
  /** Number of the first batch, counted from the start of training over all epochs. */
  readonly start?: number;
  /** Blocks held in memory and shuffled together; more shuffle better and cost more memory. */
  readonly bufferBlocks?: number;
  /** This worker and how many there are. */
  readonly rank?: number;
  readonly world?: number;
}

/** Blocks that are shuffled together by default: 8 of 4096 events take about 45 MB. */
export const DEFAULT_BUFFER_BLOCKS = 8;

/**
 * Shuffled batches of the training split, without end.
 *
 * An epoch visits the blocks of the source in random order, in windows of `bufferBlocks` whose events are shuffled
 * together. Batches run on across windows; what is left at the end of an epoch, fewer than `batchSize` events, is
 * dropped, and being random it differs from epoch to epoch. No event occurs twice in an epoch.
 *
 * Batch k depends on the seed and on k alone: started at k, only the window that holds it is read. It does not depend
 * on the number of workers either, which share out its rows: training on two is training on one.
 *
 * @throws UserError if a batch is larger than the split or cannot be shared out evenly.
 */
export async function* trainingBatches(source: EventSource, options: TrainingBatchOptions): AsyncGenerator<HostEvents> {
  const { batchSize, rng, start = 0, bufferBlocks = DEFAULT_BUFFER_BLOCKS, rank = 0, world = 1 } = options;
  const events = source.count('train');
  checkBatchSize(batchSize, events, world);
  const share = batchSize / world;
  const batches = Math.floor(events / batchSize);
  let reader: EpochReader | undefined;
  for (let batch = start; ; batch++) {
    const epoch = Math.floor(batch / batches);
    if (reader?.epoch !== epoch) reader = new EpochReader(source, epoch, rng.fork(`epoch ${epoch}`), bufferBlocks);
    yield await reader.read((batch % batches) * batchSize + rank * share, share);
  }
}

/**
 * Refuses a batch size that the training split cannot fill or the workers cannot share evenly.
 * @throws UserError that says which sizes are right.
 */
export function checkBatchSize(batchSize: number, events: number, world: number): void {
  if (events === 0) throw new UserError('missing training events: the training split is empty');
  if (batchSize > events) {
    throw new UserError(
      `invalid training.batchSize: expected at most the ${events} events of the training split, got ${batchSize}`,
    );
  }
  if (batchSize % world !== 0) {
    throw new UserError(`invalid training.batchSize: expected a multiple of the ${world} workers, got ${batchSize}`);
  }
}

/** Neighbouring places of an epoch's order, held in memory. */
interface Window {
  /** Its place in the epoch's order: of its first event, and of the one after its last. */
  readonly start: number;
  readonly end: number;
  readonly blocks: readonly HostEvents[];
  /** Which event of the window comes at each place: block * blockSize + row. */
  readonly order: Uint32Array;
}

/** The shuffled order of one epoch, read window by window. */
class EpochReader {
  readonly epoch: number;
  readonly #source: EventSource;
  readonly #rng: Rng;
  readonly #blocks: Uint32Array;
  readonly #bufferBlocks: number;
  #window: Window | undefined;

  constructor(source: EventSource, epoch: number, rng: Rng, bufferBlocks: number) {
    const blocks = Math.ceil(source.count('train') / source.blockSize);
    this.epoch = epoch;
    this.#source = source;
    this.#rng = rng;
    this.#blocks = rng.fork('blocks').shuffle(Uint32Array.from({ length: blocks }, (_, i) => i));
    this.#bufferBlocks = bufferBlocks;
  }

  /** `count` events from a place of the epoch's order on. */
  async read(start: number, count: number): Promise<HostEvents> {
    const batch = new BatchBuilder(this.#source.spec, count);
    while (batch.filled < count) {
      const place = start + batch.filled;
      const window = await this.#windowAt(place);
      const end = Math.min(start + count, window.end);
      for (let i = place; i < end; i++) {
        const event = window.order[i - window.start]!;
        const block = window.blocks[Math.floor(event / this.#source.blockSize)]!;
        batch.add(block, event % this.#source.blockSize);
      }
    }
    return batch.events();
  }

  async #windowAt(place: number): Promise<Window> {
    if (this.#window && place >= this.#window.start && place < this.#window.end) return this.#window;
    this.#window = undefined; // Lets go of the old window before the new one is read.
    let start = 0;
    for (let first = 0; ; first += this.#bufferBlocks) {
      const blocks = this.#blocks.subarray(first, first + this.#bufferBlocks);
      const end = blocks.reduce((sum, block) => sum + this.#blockLength(block), start);
      if (place < end) {
        this.#window = await this.#load(blocks, start, end, first / this.#bufferBlocks);
        return this.#window;
      }
      start = end;
    }
  }

  #blockLength(block: number): number {
    const { blockSize } = this.#source;
    return Math.min(blockSize, this.#source.count('train') - block * blockSize);
  }

  async #load(numbers: Uint32Array, start: number, end: number, index: number): Promise<Window> {
    const { blockSize } = this.#source;
    const order = new Uint32Array(end - start);
    const blocks: HostEvents[] = [];
    let filled = 0;
    for (const [i, number] of numbers.entries()) {
      const length = this.#blockLength(number);
      blocks.push(await readEvents(this.#source, 'train', number * blockSize, length));
      for (let row = 0; row < length; row++) order[filled++] = i * blockSize + row;
    }
    return { start, end, blocks, order: this.#rng.fork(`window ${index}`).shuffle(order) };
  }
}

/** Which events of a split, in which portions. */
export interface SequentialBatchOptions {
  readonly batchSize: number;
  /** First event. */
  readonly start?: number;
  /** Most events in all. */
  readonly limit?: number;
  /** This worker and how many there are: they take the batches in turn. */
  readonly rank?: number;
  readonly world?: number;
}

/**
 * Batches of a split in its own order; the last may be short. The source is read block by block, each once, and nothing
 * before the first event or after the last.
 */
export async function* sequentialBatches(
  source: EventSource,
  split: Split,
  { batchSize, start = 0, limit = Number.POSITIVE_INFINITY, rank = 0, world = 1 }: SequentialBatchOptions,
): AsyncGenerator<HostEvents> {
  const end = Math.min(source.count(split), start + limit);
  let block: HostEvents | undefined;
  let [blockNumber, blockStart] = [-1, 0];
  for (let first = start + rank * batchSize; first < end; first += world * batchSize) {
    const batch = new BatchBuilder(source.spec, Math.min(batchSize, end - first));
    while (batch.filled < batch.size) {
      const event = first + batch.filled;
      const number = Math.floor(event / source.blockSize);
      if (!block || number !== blockNumber) {
        blockStart = Math.max(number * source.blockSize, start);
        const blockEnd = Math.min((number + 1) * source.blockSize, end);
        block = await readEvents(source, split, blockStart, blockEnd - blockStart);
        blockNumber = number;
      }
      batch.add(block, event - blockStart);
    }
    yield batch.events();
  }
}

/** `size` events that stand in rows of blocks, in a block of their own. */
export function gatherEvents(
  spec: EventSpec,
  size: number,
  rows: Iterable<readonly [block: HostEvents, row: number]>,
): HostEvents {
  const batch = new BatchBuilder(spec, size);
  for (const [block, row] of rows) batch.add(block, row);
  return batch.events();
}

/** Gathers events of several blocks into one. */
class BatchBuilder {
  readonly size: number;
  filled = 0;
  readonly #width: number;
  #partons: Float32Array | undefined;
  readonly #inputs: Readonly<Record<string, HostObjects>>;
  #weights: Float32Array | undefined;

  constructor(spec: EventSpec, size: number) {
    this.size = size;
    this.#width = partonWidth(spec);
    const inputs = Object.entries(spec.inputs).map(([name, { capacity, features }]): [string, HostObjects] => [
      name,
      { features: new Float32Array(size * capacity * features.length), mask: new Float32Array(size * capacity) },
    ]);
    this.#inputs = Object.fromEntries(inputs);
  }

  /** Appends one event of a block. */
  add(block: HostEvents, row: number): void {
    if (block.partons) {
      this.#partons ??= new Float32Array(this.size * this.#width);
      copyRow(block.partons, row, this.#partons, this.filled, this.#width);
    }
    for (const name in this.#inputs) this.#addObjects(block.inputs[name]!, row, this.#inputs[name]!);
    if (block.weights) {
      this.#weights ??= new Float32Array(this.size);
      this.#weights[this.filled] = block.weights[row]!;
    }
    this.filled++;
  }

  // Padding is not copied: it is zero already, and two thirds of a set.
  #addObjects(from: HostObjects, row: number, to: HostObjects): void {
    const capacity = to.mask.length / this.size;
    const width = to.features.length / to.mask.length;
    for (let i = 0; i < capacity; i++) {
      if (from.mask[row * capacity + i] === 0) continue;
      to.mask[this.filled * capacity + i] = 1;
      copyRow(from.features, row * capacity + i, to.features, this.filled * capacity + i, width);
    }
  }

  events(): HostEvents {
    return {
      size: this.size,
      inputs: this.#inputs,
      ...(this.#partons && { partons: this.#partons }),
      ...(this.#weights && { weights: this.#weights }),
    };
  }
}

/**
 * How many slots the tensors of a batch have: `longest`, as many as its longest event uses, or `capacity`, as many as
 * the event description allows. Padding changes no result, only the time and memory it takes.
 */
export type Padding = 'longest' | 'capacity';

// Quicker than `set`, whose views cost more than a few dozen numbers.
function copyRow(from: Float32Array, row: number, to: Float32Array, place: number, width: number): void {
  for (let i = 0; i < width; i++) to[place * width + i] = from[row * width + i]!;
}

/**
 * The tensors of a block of events, scaled. Event weights are divided by their training mean. The caller disposes.
 * @throws UserError for events whose truth is not known.
 */
export function toBatch(
  events: HostEvents,
  spec: EventSpec,
  scaling: EventScaling,
  padding: Padding = 'longest',
): EventBatch {
  const partons = tf.tensor2d(scalePartons(scaling, truePartons(events), events), [events.size, scaledWidth(scaling)]);
  const observed = toObservation(events, spec, scaling, padding);
  if (!events.weights) return { partons, observed };
  const { meanWeight = 1 } = scaling;
  return { partons, observed, weights: tf.tensor1d(events.weights.map((weight) => weight / meanWeight)) };
}

/** The tensors of the detector side of a block of events, scaled; padding rows are zero. The caller disposes. */
export function toObservation(
  events: HostEvents,
  spec: EventSpec,
  scaling: EventScaling,
  padding: Padding = 'longest',
): Observation {
  const seen = networkInputs(scaling.representation, events);
  const inputs = Object.entries(spec.inputs).map(([name, { capacity, features }]): [string, ObjectSet] => {
    const objects = seen[name]!;
    const slots = padding === 'longest' ? usedSlots(objects, capacity) : capacity;
    const kept = slots === capacity ? objects : firstSlots(objects, { capacity, slots });
    return [
      name,
      {
        features: tf.tensor3d(scaleFeatures(scaling.inputs[name]!, kept), [events.size, slots, features.length]),
        mask: tf.tensor2d(kept.mask.slice(), [events.size, slots]),
      },
    ];
  });
  return Object.fromEntries(inputs);
}

/** One more than the last slot that holds an object in any event; at least 1. */
function usedSlots({ mask }: HostObjects, capacity: number): number {
  let used = 1;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) used = Math.max(used, (i % capacity) + 1);
  return used;
}

/** The first `slots` of the `capacity` slots of every event. */
function firstSlots(
  { features, mask }: HostObjects,
  { capacity, slots }: { readonly capacity: number; readonly slots: number },
): HostObjects {
  const events = mask.length / capacity;
  const crop = (values: Float32Array): Float32Array => {
    const width = values.length / mask.length;
    const kept = new Float32Array(events * slots * width);
    for (let event = 0; event < events; event++) {
      const from = event * capacity * width;
      kept.set(values.subarray(from, from + slots * width), event * slots * width);
    }
    return kept;
  };
  return { features: crop(features), mask: crop(mask) };
}
