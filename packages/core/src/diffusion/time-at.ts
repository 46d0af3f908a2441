/** Halvings of [0, 1] down to what float32, in which schedules compute, tells apart beside 1. */
const HALVINGS = 24;

/**
 * The time in [0, 1] at which gamma(t) has a value, by bisection on the host; gamma increases. 0 or 1 for a value that
 * gamma does not reach. All searches begin with the same halvings: a `Diffusion` remembers those.
 */
export function timeAt(gamma: (t: number) => number, value: number): number {
  if (value <= gamma(0)) return 0;
  if (value >= gamma(1)) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (gamma(middle) < value) low = middle;
    else high = middle;
  }
  // Between two neighbours gamma is a line.
  const [below, above] = [gamma(low), gamma(high)];
  return above > below ? low + ((high - low) * (value - below)) / (above - below) : high;
}
