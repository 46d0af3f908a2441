import type { EvaluatedDraws, HostEvents } from '@unfold-zoo/core';
import { partonWidth, sequentialBatches, truePartons } from '@unfold-zoo/core/events';

/** Neighbouring events with their draws; statistics are fed block by block, so that draws may stream. */
export interface EvaluatedBlock {
  /** Events. */
  readonly size: number;
  /** Draws of each. */
  readonly draws: number;
  /** Row-major [size, P], in physical units. */
  readonly truth: Float32Array;
  /** Row-major [size, draws, P]. */
  readonly partons: Float32Array;
  /** [size]; absent when every event counts the same. */
  readonly weights?: Float32Array;
  /** Row-major [size, draws]: the member of an ensemble that made each; absent where one model made all. */
  readonly members?: Uint8Array;
  /** What the detector saw. */
  readonly observed: HostEvents;
}

/** Rows of draws that are looked at together: it bounds the memory that statistics take, and changes no number. */
const ROWS_AT_ONCE = 65_536;

/**
 * The evaluated events with their draws, in order, or the first `events` of them. No more than a block is in memory at
 * once where the draws can be read by blocks. Weights are those of the draws, or those that the source has.
 * @throws UserError for a split whose truth is not known.
 */
export async function* evaluatedBlocks(drawn: EvaluatedDraws, events = drawn.events): AsyncGenerator<EvaluatedBlock> {
  const { source, split, start, draws, weights } = drawn;
  const batchSize = Math.max(1, Math.floor(ROWS_AT_ONCE / draws));
  let first = 0;
  for await (const observed of sequentialBatches(source, split, { batchSize, start, limit: events })) {
    const { size } = observed;
    const own = weights?.subarray(first, first + size) ?? observed.weights;
    yield {
      size,
      draws,
      truth: truePartons(observed),
      partons: await partonsOf(drawn, first, size),
      ...(own && { weights: own }),
      ...(drawn.members && { members: drawn.members.of(first, size) }),
      observed,
    };
    first += size;
  }
}

/** Row-major [count, draws, P]: the draws of `count` of the evaluated events. */
async function partonsOf(drawn: EvaluatedDraws, first: number, count: number): Promise<Float32Array> {
  if (drawn.readPartons) return drawn.readPartons(first, count);
  const width = drawn.draws * partonWidth(drawn.source.spec);
  return drawn.partons.subarray(first * width, (first + count) * width);
}
