import {
  binColumn,
  binPairs,
  centralRange,
  edgesOf,
  type FiniteColumn,
  finiteColumn,
  type ObservedColumn,
  rowWeights,
} from '@unfold-zoo/explore/view';
import type { Histogram, Histogram2d } from '@unfold-zoo/report/figures';

/** An observable of draws, for the worker to keep. */
export interface KeepRequest {
  readonly keep: string;
  readonly values: Float32Array;
  /** [events]; empty when all count the same. */
  readonly weights: Float32Array;
}

/** Ends of an axis; those of the first column are chosen where one is absent. */
export type AxisRange = readonly [low: number | undefined, high: number | undefined];

/** Which columns are to be counted, and how: on their own, or each with another one of the same draws. */
export interface BinRequest {
  readonly id: number;
  readonly columns: readonly { readonly x: string; readonly y?: string }[];
  readonly bins: number;
  readonly range: AxisRange;
  readonly yRange: AxisRange;
}

/** What the worker answers. */
export interface BinAnswer {
  readonly id: number;
  /** Of columns on their own. */
  readonly histograms: readonly Histogram[];
  /** Of columns with another one. */
  readonly densities: readonly Histogram2d[];
  /** Rows of each column without a value. */
  readonly leftOut: readonly number[];
  readonly milliseconds: number;
}

/** A column as it is read, what of it has a value, and where most of it lies. */
interface KeptColumn {
  readonly read: ObservedColumn;
  readonly finite: FiniteColumn;
  readonly central: readonly [number, number];
}

const columns = new Map<string, KeptColumn>();

addEventListener('message', ({ data }: MessageEvent<KeepRequest | BinRequest>) => {
  if ('keep' in data) {
    const read = rowWeights(data.values, data.weights);
    const finite = finiteColumn(read);
    columns.set(data.keep, { read, finite, central: centralRange(finite) });
    return;
  }
  postMessage(binned(data));
});

function binned({ id, columns: wanted, bins, range, yRange }: BinRequest): BinAnswer {
  const begun = performance.now();
  const known = wanted.flatMap(({ x, y }) => {
    const [first, second] = [columns.get(x), y === undefined ? undefined : columns.get(y)];
    return first ? [{ x: first, y: second }] : [];
  });
  const edges = edgesIn(range, known[0]?.x, bins);
  const answer = (counted: Pick<BinAnswer, 'histograms' | 'densities' | 'leftOut'>): BinAnswer => ({
    id,
    ...counted,
    milliseconds: performance.now() - begun,
  });
  if (!known[0]?.y) {
    const histograms = known.map(({ x }) => binColumn(x.finite, edges));
    return answer({ histograms, densities: [], leftOut: known.map(({ x }) => x.finite.leftOut) });
  }
  const yEdges = edgesIn(yRange, known[0].y, bins);
  const pairs = known.map(({ x, y }) => binPairs(x.read, y!.read, { x: edges, y: yEdges }));
  const densities = pairs.map(({ density }) => density);
  return answer({ histograms: [], densities, leftOut: pairs.map(({ leftOut }) => leftOut) });
}

function edgesIn(range: AxisRange, first: KeptColumn | undefined, bins: number): Float64Array {
  const [low, high] = first?.central ?? [0, 1];
  return edgesOf([range[0] ?? low, range[1] ?? high], bins);
}
