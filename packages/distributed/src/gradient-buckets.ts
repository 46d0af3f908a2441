/** A run of elements of one array, and its place in a bucket. */
interface Piece {
  readonly array: number;
  readonly from: number;
  readonly to: number;
  readonly place: number;
}

/** Memory that takes many small arrays, to be sent at once. */
export interface Bucket {
  readonly values: Float32Array;
  readonly pieces: readonly Piece[];
}

/** Lays arrays of given lengths out, one after the other, in buckets of `size` elements; the last is as large as the rest. */
export function layBuckets(lengths: readonly number[], size: number): Bucket[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const count = Math.max(1, Math.round(total / size));
  const flat = new Float32Array(total);
  const edges = Array.from({ length: count + 1 }, (_, i) => Math.round((i * total) / count));
  return edges.slice(1).map((end, i) => ({
    values: flat.subarray(edges[i]!, end),
    pieces: piecesBetween(lengths, edges[i]!, end),
  }));
}

function piecesBetween(lengths: readonly number[], start: number, end: number): Piece[] {
  const pieces: Piece[] = [];
  let first = 0;
  for (const [array, length] of lengths.entries()) {
    const [from, to] = [Math.max(start - first, 0), Math.min(end - first, length)];
    if (from < to) pieces.push({ array, from, to, place: first + from - start });
    first += length;
  }
  return pieces;
}

/** Copies what belongs into a bucket from the arrays. */
export function fillBucket({ values, pieces }: Bucket, arrays: readonly Float32Array[]): void {
  for (const { array, from, to, place } of pieces) values.set(arrays[array]!.subarray(from, to), place);
}

/** Copies a bucket back, each element divided by `divisor`. */
export function emptyBucket({ values, pieces }: Bucket, arrays: readonly Float32Array[], divisor: number): void {
  for (const { array, from, to, place } of pieces) {
    const target = arrays[array]!;
    const shift = place - from;
    for (let i = from; i < to; i++) target[i] = values[i + shift]! / divisor;
  }
}
