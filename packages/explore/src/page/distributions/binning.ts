import { binColumn, centralRange, edgesOf, type FiniteColumn, finiteColumn } from '@unfold-zoo/explore/view';
import type { Histogram } from '@unfold-zoo/report/figures';

/** An observable of draws, for the worker to keep. */
export interface KeepRequest {
  readonly keep: string;
  readonly values: Float32Array;
  /** [events]; empty when all count the same. */
  readonly weights: Float32Array;
}

/** Which columns are to be counted, and how. */
export interface BinRequest {
  readonly id: number;
  readonly keys: readonly string[];
  readonly bins: number;
  /** Ends of the axis; those of the first column are chosen where one is absent. */
  readonly range: readonly [low: number | undefined, high: number | undefined];
}

/** What the worker answers. */
export interface BinAnswer {
  readonly id: number;
  readonly histograms: readonly Histogram[];
  /** Rows of each column without a value. */
  readonly leftOut: readonly number[];
  readonly milliseconds: number;
}

const columns = new Map<string, FiniteColumn & { readonly central: readonly [number, number] }>();

addEventListener('message', ({ data }: MessageEvent<KeepRequest | BinRequest>) => {
  if ('keep' in data) {
    const column = finiteColumn(data.values, data.weights);
    columns.set(data.keep, { ...column, central: centralRange(column) });
    return;
  }
  postMessage(binned(data));
});

function binned({ id, keys, bins, range }: BinRequest): BinAnswer {
  const begun = performance.now();
  const known = keys.flatMap((key) => columns.get(key) ?? []);
  const [low, high] = known[0]?.central ?? [0, 1];
  const edges = edgesOf([range[0] ?? low, range[1] ?? high], bins);
  const histograms = known.map((column) => binColumn(column, edges));
  const leftOut = known.map((column) => column.leftOut);
  return { id, histograms, leftOut, milliseconds: performance.now() - begun };
}
