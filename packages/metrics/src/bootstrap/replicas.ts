import { type Rng, UserError } from '@unfold-zoo/core';

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
  /** [ceil(R / 4)][events of all samples]: byte b of word w of block k is the count of replica 4 k + b. */
  readonly blocks: readonly Uint32Array[];
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
 * Draws the replicas of samples of those sizes, each from the stream of its name, into memory that threads share. A
 * replica whose weights do not add up to something positive has no distribution, and is drawn again: that happens where
 * nearly all weight is on a few events, or positive and negative weights nearly cancel.
 * @throws UserError for weights of which no replica can be drawn.
 */
export function drawReplicas(samples: readonly ResampledSample[], replicas: number, rng: Rng): Draws {
  const events = samples.reduce((sum, { count }) => sum + count, 0);
  const blocks = Array.from(
    { length: Math.ceil(replicas / REPLICAS_OF_A_WORD) },
    () => new Uint32Array(new SharedArrayBuffer(4 * events)),
  );
  let offset = 0;
  for (const { name, count, weights = [] } of samples) {
    // Of positive weights every replica is usable.
    const uncertain = weights.filter((list) => Array.from(list).some((weight) => weight <= 0));
    for (let replica = 0; replica < replicas; replica++) {
      const bytes = new Uint8Array(blocks[Math.floor(replica / REPLICAS_OF_A_WORD)]!.buffer);
      const stream = rng.fork(name).fork(`replica ${replica}`);
      const place = REPLICAS_OF_A_WORD * offset + (replica % REPLICAS_OF_A_WORD);
      drawUsable(bytes, place, { name, count, weights: uncertain }, stream);
    }
    offset += count;
  }
  return { replicas, blocks };
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

/** How often an event is drawn in a replica. */
export function drawsOf({ blocks }: Draws, replica: number, event: number): number {
  return (blocks[replica >> 2]![event]! >>> (8 * (replica & 3))) & 0xff;
}

/** [R], the total weight of a sample in each replica: its events begin at `offset` of the table. */
export function replicaTotals(draws: Draws, offset: number, count: number, weights?: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: draws.replicas }, (_, replica) => {
    if (!weights) return count;
    let total = 0;
    for (let i = 0; i < count; i++) total += weights[i]! * drawsOf(draws, replica, offset + i);
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
