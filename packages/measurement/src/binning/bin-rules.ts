import { UserError } from '@unfold-zoo/core';
import { z } from 'zod';
import type { Edges } from './binning.js';

const range = {
  from: z.number().optional().describe('Lower end of the first bin. Default: the smallest simulated value.'),
  to: z.number().optional().describe('Upper end of the last bin. Default: the largest simulated value.'),
};

/** How bins are given: edges, or a rule by which they are made from the simulation. */
export const binsOption = z.union([
  z.array(z.number()).min(2).describe('Edges, ascending.'),
  z.discriminatedUnion('rule', [
    z
      .strictObject({
        rule: z.literal('equal-counts'),
        bins: z.int().min(1).max(1000).describe('How many bins.'),
        ...range,
      })
      .describe('Bins that have the same share of the simulated truth.'),
    z
      .strictObject({
        rule: z.literal('resolution'),
        purity: z
          .number()
          .gt(0)
          .lt(1)
          .default(0.5)
          .describe('Least share of the events measured in a bin that are truly in it.'),
        leastEvents: z.int().min(1).default(20).describe('Least simulated events in a bin.'),
        ...range,
      })
      .describe('The narrowest bins that the resolution of the detector allows.'),
  ]),
]);

/** Edges, or a rule with its options. */
export type BinsOption = z.output<typeof binsOption>;

/** What bins are made from: the true value of each simulated event, and the measured one, NaN where there is none. */
export interface BinnedSample {
  readonly truth: Float64Array;
  readonly detector: Float64Array;
  /** [n] of either sign; bins are made by their sizes. */
  readonly weights: Float64Array;
}

/**
 * The edges that an option stands for.
 * @throws UserError for a rule that the simulation does not allow, as too few events or an empty range.
 */
export function edgesOf(option: BinsOption, sample: BinnedSample): Edges {
  if (!('rule' in option)) return option;
  const kept = withinRange(sample, option);
  return option.rule === 'equal-counts' ? equalCountEdges(kept, option.bins) : resolutionEdges(kept, option);
}

/** Events of a range of the truth, by which bins are made. */
interface Kept {
  readonly sample: BinnedSample;
  /** Events, the smallest true value first. */
  readonly order: readonly number[];
  readonly low: number;
  readonly high: number;
}

function withinRange(sample: BinnedSample, { from, to }: { from?: number | undefined; to?: number | undefined }): Kept {
  const { truth } = sample;
  const [least, most] = [from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY];
  if (least >= most) throw new UserError(`invalid bins: "from" is ${from}, expected less than "to", ${to}`);
  const order = [...truth.keys()].filter((i) => truth[i]! >= least && truth[i]! <= most);
  order.sort((a, b) => truth[a]! - truth[b]!);
  const [first, last] = [truth[order[0] ?? -1], truth[order.at(-1) ?? -1]];
  if (first === undefined || last === undefined || first === last) {
    throw new UserError(`invalid bins: ${order.length} simulated events have different values in their range`);
  }
  const step = roundStep((to ?? last) - (from ?? first));
  const [below, above] = [Math.floor(first / step), Math.floor(last / step) + 1];
  return { sample, order, low: from ?? cleaned(below * step), high: to ?? cleaned(above * step) };
}

/** Edges between which the sizes of the weights are the same. */
function equalCountEdges({ sample, order, low, high }: Kept, bins: number): Edges {
  const { truth, weights } = sample;
  const total = order.reduce((sum, i) => sum + Math.abs(weights[i]!), 0);
  const inner: number[] = [];
  let below = 0;
  for (const i of order) {
    while (inner.length < bins - 1 && below >= (total * (inner.length + 1)) / bins) inner.push(truth[i]!);
    below += Math.abs(weights[i]!);
  }
  const edges = [low, ...inner.map((edge) => rounded(edge, high - low)), high];
  const distinct = edges.every((edge, i) => i === 0 || edge > edges[i - 1]!);
  if (distinct && edges.length === bins + 1) return edges;
  throw new UserError(`invalid bins: the ${order.length} simulated events are too few, or too alike, for ${bins} bins`);
}

/** Candidates for edges: as many quantiles of the truth. */
const CANDIDATES = 200;

/**
 * Bins grown from the lower end: each takes candidates until it has the purity and the events. What is left at the
 * upper end goes to the last bin.
 */
function resolutionEdges(kept: Kept, { purity, leastEvents }: { purity: number; leastEvents: number }): Edges {
  const { sample, low, high } = kept;
  const candidates = candidateEdges(kept);
  const edges = [low];
  for (const upper of candidates) {
    const lower = edges.at(-1)!;
    if (upper <= lower) continue;
    const { purity: found, events } = purityOf(sample, [lower, upper]);
    if (found >= purity && events >= leastEvents) edges.push(upper);
  }
  if (edges.length < 2) {
    throw new UserError(
      `invalid bins: no bin reaches a purity of ${purity}; take less, or a measured value that is nearer to the truth`,
    );
  }
  return [...edges.slice(0, -1), high];
}

function candidateEdges({ sample, order, low, high }: Kept): number[] {
  const count = Math.min(CANDIDATES, order.length - 1);
  const quantiles = Array.from({ length: count }, (_, k) => {
    const at = Math.round(((k + 1) * (order.length - 1)) / count);
    return rounded(sample.truth[order[at]!]!, high - low);
  });
  return [...new Set(quantiles)];
}

/** The share of events measured in a range that are truly in it, and how many events are truly in it. */
function purityOf({ truth, detector, weights }: BinnedSample, range: readonly [low: number, high: number]) {
  const [low, high] = range;
  const inside = (value: number): boolean => value >= low && value < high;
  let [measured, both, events] = [0, 0, 0];
  for (let i = 0; i < truth.length; i++) {
    const isTrue = inside(truth[i]!);
    if (isTrue) events++;
    if (!inside(detector[i]!)) continue;
    measured += Math.abs(weights[i]!);
    if (isTrue) both += Math.abs(weights[i]!);
  }
  return { purity: measured > 0 ? both / measured : 0, events };
}

/** Edges are read by people: to about a thousandth of the range. */
function rounded(edge: number, range: number): number {
  const step = roundStep(range);
  return cleaned(Math.round(edge / step) * step);
}

function roundStep(range: number): number {
  return 10 ** Math.floor(Math.log10(range / 500));
}

/** Without what binary fractions leave of a decimal one. */
function cleaned(edge: number): number {
  return Number(edge.toPrecision(12));
}
