/** The value in the middle; of an even number of values, the larger of the two there. */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
