/**
 * (sum w)^2 / sum w^2 (Kish 1965): how many events of equal weight would know as much. With negative weights it may be
 * far below the number of events. 0 where all weights are zero.
 */
export function effectiveEvents(weights: ArrayLike<number>): number {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    squares += weights[i]! * weights[i]!;
  }
  return squares > 0 ? (sum * sum) / squares : 0;
}
