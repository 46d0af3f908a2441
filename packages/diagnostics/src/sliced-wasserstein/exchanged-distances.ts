/** One number of the truth and one of the draw of each event, [n] each. */
export interface ProjectedPairs {
  readonly truth: Float64Array;
  readonly drawn: Float64Array;
}

/**
 * The Wasserstein-1 distance of truth and draws, for each of several ways to exchange the two in some events. Both are
 * sorted once together; each exchange then takes one walk through them.
 * @param exchanges row-major [m, n]: 1 where truth and draw stay, -1 where they change places.
 * @param weights [n] of either sign; all events count the same if absent.
 * @returns [m], in the unit of the numbers.
 */
export function exchangedDistances(
  { truth, drawn }: ProjectedPairs,
  exchanges: Int8Array,
  weights?: ArrayLike<number>,
): Float64Array {
  const events = truth.length;
  const numberOf = (i: number): number => (i < events ? truth[i]! : drawn[i - events]!);
  const values = Float64Array.from({ length: 2 * events }, (_, i) => numberOf(i));
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const eventOf = order.map((i) => i % events);
  const steps = Float64Array.from(order, (i) => (i < events ? 1 : -1) * (weights?.[i % events] ?? 1));
  const gaps = Float64Array.from(order, (i, place) => (values[order[place + 1] ?? i] ?? 0) - values[i]!);
  const total = steps.reduce((sum, step, place) => sum + (order[place]! < events ? step : 0), 0);
  const distances = new Float64Array(exchanges.length / events);
  for (let m = 0; m < distances.length; m++) {
    const signs = exchanges.subarray(m * events, (m + 1) * events);
    let [difference, area] = [0, 0];
    for (let place = 0; place < steps.length; place++) {
      difference += steps[place]! * signs[eventOf[place]!]!;
      area += Math.abs(difference) * gaps[place]!;
    }
    distances[m] = area / total;
  }
  return distances;
}
