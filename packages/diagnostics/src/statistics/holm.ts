/**
 * Probabilities adjusted for how many are looked at (Holm 1979): where all is as it should be, the chance that the
 * smallest is below alpha is alpha at most, however the tests hang together.
 */
export function holmAdjusted(probabilities: readonly number[]): number[] {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[a]! - probabilities[b]!);
  const adjusted = Array<number>(probabilities.length).fill(1);
  let largest = 0;
  for (const [place, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, probabilities[i]! * (probabilities.length - place)));
    adjusted[i] = largest;
  }
  return adjusted;
}
