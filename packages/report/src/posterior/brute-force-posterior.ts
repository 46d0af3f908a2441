import type { NumberColumn } from '@unfold-zoo/metrics';

/** Euclidean distances [n] of vectors, row-major [n, F], from one of them [F]. Arithmetic in float64. */
export function distancesFrom(point: NumberColumn, vectors: NumberColumn): Float64Array {
  const width = point.length;
  const distances = new Float64Array(vectors.length / width);
  for (let row = 0; row < distances.length; row++) {
    let sum = 0;
    for (let i = 0; i < width; i++) {
      const difference = vectors[row * width + i]! - point[i]!;
      sum += difference * difference;
    }
    distances[row] = Math.sqrt(sum);
  }
  return distances;
}

/**
 * w_i = exp(-|y_T - y_i|), the weight of a training event in the brute-force posterior of a test event (paper,
 * section 5), times its own weight, if it has one. All are divided by the largest exponential, which changes no
 * histogram and keeps those of far events from vanishing.
 */
export function bruteForceWeights(distances: NumberColumn, eventWeights?: NumberColumn): Float64Array {
  let nearest = Number.POSITIVE_INFINITY;
  for (const distance of distances) nearest = Math.min(nearest, distance);
  return Float64Array.from(distances, (distance, i) => Math.exp(nearest - distance) * (eventWeights?.[i] ?? 1));
}
