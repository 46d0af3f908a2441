/**
 * The place [n] of the nearest of some reference points, for each of n points: the cell of the Voronoi partition that
 * it lies in.
 * @param points row-major [n, width].
 * @param references row-major [m, width], m > 0.
 */
export function voronoiRegions(points: Float32Array, references: Float32Array, width: number): Uint32Array {
  const regions = new Uint32Array(points.length / width);
  for (let i = 0; i < regions.length; i++) regions[i] = nearestOf(points, i * width, references, width);
  return regions;
}

function nearestOf(points: Float32Array, point: number, references: Float32Array, width: number): number {
  let [nearest, least] = [0, Number.POSITIVE_INFINITY];
  for (let reference = 0; reference < references.length; reference += width) {
    let sum = 0;
    for (let k = 0; k < width && sum < least; k++) {
      const difference = points[point + k]! - references[reference + k]!;
      sum += difference * difference;
    }
    if (sum < least) [nearest, least] = [reference / width, sum];
  }
  return nearest;
}
