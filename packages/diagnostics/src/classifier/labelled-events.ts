import type { EvaluatedDraws, EventSpec } from '@unfold-zoo/core';
import { partonWidth } from '@unfold-zoo/core/events';
import { evaluatedBlocks } from '../draws/evaluated-blocks.js';
import { ConfigurationFeatures, type FeatureColumn } from './event-features.js';

/** Events, each with its truth and some of its draws as rows of features. */
export interface LabelledEvents {
  readonly events: number;
  /** Draws an event, D. */
  readonly draws: number;
  /** [F] what each feature is about. */
  readonly columns: readonly FeatureColumn[];
  /** Row-major [events, 1 + D, F]: of the truth, then of the draws. */
  readonly features: Float32Array;
  /** [events], of mean 1. */
  readonly weights: Float64Array;
}

/** Events that tell what the detector sees each particle as. */
const MATCHED_EVENTS = 2000;

/** The first of the evaluated events with the first of their draws, up to so many of both. */
export async function labelledEvents(
  spec: EventSpec,
  drawn: EvaluatedDraws,
  most: { readonly events: number; readonly draws: number },
): Promise<LabelledEvents> {
  const { source, split, start } = drawn;
  const events = Math.min(drawn.events, most.events);
  const draws = Math.min(drawn.draws, most.draws);
  const maker = new ConfigurationFeatures(spec, await source.read(split, start, Math.min(events, MATCHED_EVENTS)));
  const features = new Float32Array(events * (1 + draws) * maker.columns.length);
  const weights = new Float64Array(events).fill(1);
  let first = 0;
  for await (const block of evaluatedBlocks(drawn, events)) {
    const configurations = truthAndDraws(spec, block, draws);
    features.set(maker.rows(block.observed, configurations), first * (1 + draws) * maker.columns.length);
    if (block.weights) weights.set(block.weights, first);
    first += block.size;
  }
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / events;
  return { events, draws, columns: maker.columns, features, weights: weights.map((weight) => weight / mean) };
}

/** Row-major [size, 1 + count, P]. */
function truthAndDraws(
  spec: EventSpec,
  block: {
    readonly size: number;
    readonly draws: number;
    readonly truth: Float32Array;
    readonly partons: Float32Array;
  },
  count: number,
): Float32Array {
  const width = partonWidth(spec);
  const all = new Float32Array(block.size * (1 + count) * width);
  for (let event = 0; event < block.size; event++) {
    const place = event * (1 + count) * width;
    all.set(block.truth.subarray(event * width, (event + 1) * width), place);
    const first = event * block.draws * width;
    all.set(block.partons.subarray(first, first + count * width), place + width);
  }
  return all;
}
