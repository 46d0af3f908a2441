import { type Rng, UserError } from '@unfold-zoo/core';
import { readScratch, type ScratchFile } from '../scratch/scratch-file.js';

/** Replicas whose counts share a word, one byte each. */
export const REPLICAS_OF_A_WORD = 4;
/**
 * What a byte holds. That n draws bring up one of n events more often has a chance below 1e-500, and is not let happen.
 */
const MOST_DRAWS = 255;

/**
 * How often each event is drawn in each bootstrap replica (Efron 1979): per replica, n draws with replacement from the
 * n events of a sample. One such table serves every quantity and every model, so that errors of sums and of differences
 * know how their terms vary together. Samples that are drawn independently lie one after the other.
 */
export interface Draws {
  readonly replicas: number;
  /** Of all samples. */
  readonly events: number;
  /**
   * [ceil(R / 4)][events of all samples]: byte b of word w of block k is the count of replica 4 k + b. In memory that
   * threads share, or the descriptor of a scratch file that has one block after the other.
   */
  readonly blocks: readonly Uint32Array[] | number;
}

/** How many blocks a table of so many replicas has. */
export function blocksOf(replicas: number): number {
  return Math.ceil(replicas / REPLICAS_OF_A_WORD);
}

/** The block that this thread has read last; a table in a file has one of them in memory at a time. */
let held: { of: Draws; index: number; words: Uint32Array } | undefined;

/** Counts of replicas 4 k to 4 k + 3, until another block is asked for. */
export function blockOf(draws: Draws, index: number): Uint32Array {
  const { blocks, events } = draws;
  if (typeof blocks !== 'number') return blocks[index]!;
  if (held?.of === draws && held.index === index) return held.words;
  const words = held?.words.length === events ? held.words : new Uint32Array(events);
  held = { of: draws, index, words };
  readScratch(blocks, words, words.byteLength * index);
  return words;
}

/** A sample that is resampled on its own. */
export interface ResampledSample {
  /** Of its stream of random numbers. */
  readonly name: string;
  readonly count: number;
  /** Weights [n] of everything that is drawn by this table, where there are any. */
  readonly weights?: readonly ArrayLike<number>[];
}

/** A replica is drawn so often at most. Where the sum of all weights is positive, about every second draw will do. */
const MOST_ATTEMPTS = 1000;

/**
 * Draws the replicas of samples of those sizes, each from the stream of its name, into memory that threads share, or
 * block by block into a scratch file. A replica whose weights do not add up to something positive has no distribution,
 * and is drawn again: that happens where nearly all weight is on a few events, or positive and negative weights nearly
 * cancel.
 * @throws UserError for weights of which no replica can be drawn.
 */
export function drawReplicas(
  samples: readonly ResampledSample[],
  replicas: number,
  rng: Rng,
  scratch?: ScratchFile,
): Draws {
  const events = samples.reduce((sum, { count }) => sum + count, 0);
  const uncertain = samples.map(({ weights = [], ...sample }) => ({
    ...sample,
    weights: weights.filter(maySumToNothing),
  }));
  const reused = scratch && new Uint32Array(events);
  const blocks = Array.from({ length: blocksOf(replicas) }, (_, index) => {
    const words = reused?.fill(0) ?? new Uint32Array(new SharedArrayBuffer(4 * events));
    drawBlock(words, { index, replicas }, uncertain, rng);
    scratch?.write(words, words.byteLength * index);
    return words;
  });
  return { replicas, events, blocks: scratch?.descriptor ?? blocks };
}

/** Whether a replica of such weights may be unusable: of positive weights every one is usable. */
function maySumToNothing(weights: ArrayLike<number>): boolean {
  for (let event = 0; event < weights.length; event++) if (!(weights[event]! > 0)) return true;
  return false;
}

/** Draws the replicas that share a block. */
function drawBlock(
  words: Uint32Array,
  { index, replicas }: { readonly index: number; readonly replicas: number },
  samples: readonly ResampledSample[],
  rng: Rng,
): void {
  const bytes = new Uint8Array(words.buffer);
  let offset = 0;
  for (const sample of samples) {
    const stream = rng.fork(sample.name);
    for (let b = 0; b < REPLICAS_OF_A_WORD && REPLICAS_OF_A_WORD * index + b < replicas; b++) {
      const replica = REPLICAS_OF_A_WORD * index + b;
      drawUsable(bytes, REPLICAS_OF_A_WORD * offset + b, sample, stream.fork(`replica ${replica}`));
    }
    offset += sample.count;
  }
}

/** Draws one replica, again until every set of weights has a positive sum in it. */
function drawUsable(bytes: Uint8Array, first: number, { name, count, weights = [] }: ResampledSample, rng: Rng): void {
  const isUsable = (): boolean => weights.every((list) => totalOf(bytes, first, list) > 0);
  drawOne(bytes, first, count, rng);
  for (let attempt = 1; !isUsable(); attempt++) {
    if (attempt === MOST_ATTEMPTS)
      throw new UserError(`invalid weights of ${name} partons: resampled, they nearly always add up to less than zero`);
    for (let event = 0; event < count; event++) bytes[first + REPLICAS_OF_A_WORD * event] = 0;
    drawOne(bytes, first, count, rng.fork(`attempt ${attempt}`));
  }
}

function totalOf(bytes: Uint8Array, first: number, weights: ArrayLike<number>): number {
  let total = 0;
  for (let event = 0; event < weights.length; event++)
    total += weights[event]! * bytes[first + REPLICAS_OF_A_WORD * event]!;
  return total;
}

function drawOne(bytes: Uint8Array, first: number, count: number, rng: Rng): void {
  for (let draw = 0; draw < count; draw++) {
    const place = first + REPLICAS_OF_A_WORD * rng.integer(count);
    if (bytes[place]! < MOST_DRAWS) bytes[place]!++;
    else draw--;
  }
}

/** [count], how often the events from `offset` on are drawn in a replica. */
export function drawnIn(draws: Draws, replica: number, offset: number, count: number): Uint8Array {
  const words = blockOf(draws, Math.floor(replica / REPLICAS_OF_A_WORD));
  const shift = 8 * (replica % REPLICAS_OF_A_WORD);
  return Uint8Array.from({ length: count }, (_, i) => words[offset + i]! >>> shift);
}

/** [R], the total weight of a sample in each replica: its events begin at `offset` of the table. */
export function replicaTotals(draws: Draws, offset: number, count: number, weights?: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: draws.replicas }, (_, replica) => {
    if (!weights) return count;
    const drawn = drawnIn(draws, replica, offset, count);
    let total = 0;
    for (let i = 0; i < count; i++) total += weights[i]! * drawn[i]!;
    return total;
  });
}

/** Standard deviation of replicas of an estimate about their mean. */
export function spread(replicas: ArrayLike<number>): number {
  let [mean, squares] = [0, 0];
  for (let r = 0; r < replicas.length; r++) mean += replicas[r]! / replicas.length;
  for (let r = 0; r < replicas.length; r++) squares += (replicas[r]! - mean) ** 2;
  return Math.sqrt(squares / (replicas.length - 1));
}
