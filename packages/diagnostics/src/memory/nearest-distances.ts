/**
 * The Euclidean distance [n] of each point to the nearest of some others, exact: every pair is looked at, until its
 * distance is beyond the least so far.
 * @param points row-major [n, width].
 * @param others row-major [m, width], m > 0.
 */
export function nearestDistances(points: Float32Array, others: Float32Array, width: number): Float64Array {
  const found = new Float64Array(points.length / width);
  for (let i = 0; i < found.length; i++) found[i] = Math.sqrt(leastSquare(points, i * width, others, width));
  return found;
}

function leastSquare(points: Float32Array, point: number, others: Float32Array, width: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let other = 0; other < others.length; other += width) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const difference = points[point + k]! - others[other + k]!;
      sum += difference * difference;
      if (sum >= least) break;
    }
    if (sum < least) least = sum;
  }
  return least;
}
