import { type CdfDistances, scaleDistances } from '../distances/cdf-distances.js';
import type { OrderedSample } from './ordered-sample.js';
import { blockOf, blocksOf, type Draws, REPLICAS_OF_A_WORD } from './replicas.js';

/** Where U - V steps: the values of both samples in ascending order. */
interface MergedSteps {
  /** Twice the place of the step's event in the table of draws, plus 1 for a prediction. */
  readonly source: Uint32Array;
  /** Weight of that event; absent where all count the same. */
  readonly weight: Float64Array | undefined;
  /** Distance to the next step; zero between equal values, and after the last. */
  readonly gap: Float64Array;
}

/**
 * `mergeDistances` of each bootstrap replica. The order of the values does not depend on how often each is drawn, so
 * both samples are merged once, and each pass over the steps serves the replicas that share a word of the table.
 */
export function replicatedDistances(draws: Draws, truth: OrderedSample, predicted: OrderedSample): CdfDistances[] {
  const steps = mergeSteps(truth, predicted);
  return Array.from({ length: blocksOf(draws.replicas) }, (_, block) => {
    const totals = (sample: OrderedSample): number[] =>
      Array.from({ length: REPLICAS_OF_A_WORD }, (_, r) => sample.totals[REPLICAS_OF_A_WORD * block + r] ?? 0);
    return integrateWord(steps, blockOf(draws, block), totals(truth), totals(predicted));
  })
    .flat()
    .slice(0, draws.replicas);
}

function mergeSteps(truth: OrderedSample, predicted: OrderedSample): MergedSteps {
  const [n, m] = [truth.values.length, predicted.values.length];
  const source = new Uint32Array(n + m);
  const weight = truth.weights || predicted.weights ? new Float64Array(n + m).fill(1) : undefined;
  const gap = new Float64Array(n + m);
  let last = Math.min(truth.values[0]!, predicted.values[0]!);
  for (let i = 0, j = 0, k = 0; k < n + m; k++) {
    const fromTruth = j === m || (i < n && truth.values[i]! <= predicted.values[j]!);
    const sample = fromTruth ? truth : predicted;
    const place = fromTruth ? i++ : j++;
    const value = sample.values[place]!;
    source[k] = 2 * (sample.offset + sample.order[place]!) + (fromTruth ? 0 : 1);
    if (sample.weights) weight![k] = sample.weights[place]!;
    if (k > 0) gap[k - 1] = value - last;
    last = value;
  }
  return { source, weight, gap };
}

/** The distances of four replicas at once; a comparison is a third of the cost of Math.max. */
function integrateWord(
  { source, weight, gap }: MergedSteps,
  counts: Uint32Array,
  truthTotals: readonly number[],
  predictedTotals: readonly number[],
): CdfDistances[] {
  // [side][replica]: how high a step of weight 1 is, in units of one over the product of both totals.
  const height = Float64Array.from([...predictedTotals, ...truthTotals.map((total) => -total)]);
  let [d0, d1, d2, d3] = [0, 0, 0, 0];
  let [area0, area1, area2, area3] = [0, 0, 0, 0];
  let [squares0, squares1, squares2, squares3] = [0, 0, 0, 0];
  let [top0, top1, top2, top3] = [0, 0, 0, 0];
  for (let k = 0; k < source.length; k++) {
    const from = source[k]!;
    const word = counts[from >>> 1]!;
    const side = (from & 1) << 2;
    const w = weight ? weight[k]! : 1;
    const g = gap[k]!;
    d0 += (word & 0xff) * w * height[side]!;
    d1 += ((word >>> 8) & 0xff) * w * height[side + 1]!;
    d2 += ((word >>> 16) & 0xff) * w * height[side + 2]!;
    d3 += (word >>> 24) * w * height[side + 3]!;
    if (g === 0) continue;
    const [distance0, distance1, distance2, distance3] = [Math.abs(d0), Math.abs(d1), Math.abs(d2), Math.abs(d3)];
    const [part0, part1, part2, part3] = [distance0 * g, distance1 * g, distance2 * g, distance3 * g];
    area0 += part0;
    area1 += part1;
    area2 += part2;
    area3 += part3;
    squares0 += part0 * distance0;
    squares1 += part1 * distance1;
    squares2 += part2 * distance2;
    squares3 += part3 * distance3;
    if (distance0 > top0) top0 = distance0;
    if (distance1 > top1) top1 = distance1;
    if (distance2 > top2) top2 = distance2;
    if (distance3 > top3) top3 = distance3;
  }
  const top = (replica: number): number => truthTotals[replica]! * predictedTotals[replica]!;
  return [
    scaleDistances(area0, squares0, top0, top(0)),
    scaleDistances(area1, squares1, top1, top(1)),
    scaleDistances(area2, squares2, top2, top(2)),
    scaleDistances(area3, squares3, top3, top(3)),
  ];
}
