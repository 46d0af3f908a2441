import type { HostEvents } from '@unfold-zoo/core';
import type { ClippedRatio } from '../../reweighting/clipped-ratio.js';
import { type EventFeatures, pickEvents, presentEvents } from '../../reweighting/event-features.js';
import type { ObserveTruth } from '../unfolder.js';
import type { TruthDraws } from './truth-draws.js';

/** Draws of one model for the measured events. */
export interface Drawn {
  readonly drawn: TruthDraws;
  /**
   * [n] the ratio of the spectrum that the model was trained on to the simulated one, at each draw. Default: 1, for a
   * model that was trained on the simulation as it is.
   */
  readonly prior?: Float64Array;
}

/** Where among events or draws those within the true phase space are, and their rows of features. */
export interface Places {
  readonly inside: readonly number[];
  readonly features: Float64Array;
}

/** Draws as classifiers see them, and the prior that is in them. */
export interface Proposal extends Required<Drawn>, Places {}

/** A ratio of the truth of events. */
export interface TruthRatio {
  readonly inside: ClippedRatio;
  /** Of events outside of the true phase space. */
  readonly outside: number;
}

/** Describes draws for classifiers. */
export function proposalOf({ drawn, prior }: Drawn, describe: EventFeatures): Proposal {
  const events = { columns: drawn.columns, weights: drawn.shares };
  const inside = presentEvents(events);
  const features = describe.rows(events, inside);
  return { drawn, inside, features, prior: prior ?? new Float64Array(drawn.shares.length).fill(1) };
}

/**
 * The draws for events that count: replicas and toys leave many out, of whose draws nothing has to be known.
 * @param data [events] their weights.
 * @returns with the places that these draws have among all.
 */
export function countedDraws(
  { drawn, prior, inside, features }: Proposal,
  data: Float64Array,
): { readonly proposal: Proposal; readonly places: readonly number[] } {
  const counts = (draw: number): boolean => data[drawn.events[draw]!] !== 0;
  const places = [...drawn.events.keys()].filter(counts);
  const width = inside.length === 0 ? 0 : features.length / inside.length;
  const rows = [...inside.keys()].filter((row) => counts(inside[row]!));
  const placeOf = new Map(places.map((draw, place) => [draw, place]));
  const picked = new Float64Array(rows.length * width);
  for (const [k, row] of rows.entries()) picked.set(features.subarray(row * width, (row + 1) * width), k * width);
  const own = {
    columns: drawn.columns.map((axes) => axes.map((column) => pickEvents(column, places))),
    shares: pickEvents(drawn.shares, places),
    events: Uint32Array.from(places, (draw) => drawn.events[draw]!),
  };
  const proposal = {
    drawn: own,
    prior: pickEvents(prior, places),
    inside: rows.map((row) => placeOf.get(inside[row]!)!),
    features: picked,
  };
  return { proposal, places };
}

/** [n] a ratio at every draw. */
export function ratioAtDraws(ratio: TruthRatio, proposal: Proposal): Promise<Float64Array> {
  return ratioAt(ratio, proposal.drawn.shares.length, proposal);
}

/** [n] a ratio at the truth of events. */
export function ratioAtEvents(
  ratio: TruthRatio,
  events: HostEvents,
  { describe, observeTruth }: { readonly describe: EventFeatures; readonly observeTruth: ObserveTruth },
): Promise<Float64Array> {
  const observed = { columns: observeTruth(events), weights: new Float64Array(events.size) };
  const inside = presentEvents(observed);
  return ratioAt(ratio, events.size, { inside, features: describe.rows(observed, inside) });
}

/** [count] a ratio where features stand, in the places `inside`, and its value outside everywhere else. */
export async function ratioAt(ratio: TruthRatio, count: number, { inside, features }: Places): Promise<Float64Array> {
  const values = new Float64Array(count).fill(ratio.outside);
  const ratios = await ratio.inside.at(features);
  for (const [k, i] of inside.entries()) values[i] = ratios[k]!;
  return values;
}

/**
 * [n] what each draw counts: its share under a prior times the weight of its event, over its chance to be measured. Of
 * the prior only what is not in the draws yet is left to be weighted.
 */
export function posteriorWeights(
  { drawn: { events, shares }, prior: drawnWith }: Proposal,
  data: Float64Array,
  { prior, efficiency }: { readonly prior: Float64Array; readonly efficiency?: Float64Array },
): Float64Array {
  const sums = new Float64Array(data.length);
  const own = shares.map((share, i) => (share * prior[i]!) / drawnWith[i]!);
  for (const [i, event] of events.entries()) sums[event]! += own[i]!;
  return own.map((share, i) => {
    const event = events[i]!;
    return sums[event] === 0 ? 0 : (data[event]! * share) / sums[event]! / (efficiency?.[i] ?? 1);
  });
}

/** The sum of the weights of draws outside of the true phase space. */
export function sumOutside({ inside }: Proposal, weights: Float64Array): number {
  const sumOf = (values: Float64Array): number => values.reduce((sum, weight) => sum + weight, 0);
  return sumOf(weights) - sumOf(pickEvents(weights, inside));
}
