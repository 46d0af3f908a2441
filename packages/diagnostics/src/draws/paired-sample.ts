import type { EvaluatedDraws, Split } from '@unfold-zoo/core';
import { partonWidth } from '@unfold-zoo/core/events';
import { evaluatedBlocks } from './evaluated-blocks.js';
import { truthSample } from './truth-sample.js';

/**
 * The truth and one draw of each event. Of a right posterior the two may change places in any event, and nothing that
 * is computed of them all is distributed otherwise: what tests by exchange rely on.
 */
export interface PairedSample {
  readonly events: number;
  /** Row-major [events, P]. */
  readonly truth: Float32Array;
  /** Row-major [events, P]: the first draw of each event. */
  readonly drawn: Float32Array;
  /** [events]; absent when every event counts the same. */
  readonly weights?: Float32Array;
}

/** Truth and first draw of the first `count` evaluated events, or of as many as there are. */
export async function pairedSample(all: EvaluatedDraws, count: number): Promise<PairedSample> {
  const events = Math.min(all.events, count);
  const width = partonWidth(all.source.spec);
  const [truth, drawn] = [new Float32Array(events * width), new Float32Array(events * width)];
  const weights = new Float32Array(events).fill(1);
  let [first, isWeighted] = [0, false];
  for await (const block of evaluatedBlocks(all, events)) {
    truth.set(block.truth, first * width);
    for (let event = 0; event < block.size; event++) {
      const row = event * block.draws * width;
      drawn.set(block.partons.subarray(row, row + width), (first + event) * width);
    }
    if (block.weights) weights.set(block.weights, first);
    isWeighted ||= block.weights !== undefined;
    first += block.size;
  }
  return { events, truth, drawn, ...(isWeighted && { weights }) };
}

/** Row-major [n, P] truth of up to `count` events of a split that are not evaluated; none where it is not known. */
export async function truthApart(evaluated: EvaluatedDraws, split: Split, count: number): Promise<Float32Array> {
  const { source, start, events } = evaluated;
  if (split !== evaluated.split) return truthSample(source, split, 0, count);
  const after = await truthSample(source, split, start + events, count);
  return after.length > 0 ? after : truthSample(source, split, 0, Math.min(start, count));
}
