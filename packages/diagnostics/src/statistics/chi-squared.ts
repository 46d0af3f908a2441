/** Relative size of the last term of a series or a continued fraction. */
const PRECISION = 1e-15;
const MOST_TERMS = 100_000;
/** Keeps a denominator from zero. */
const TINY = 1e-300;

/** Chance of a chi squared as large as this, or larger, of that many degrees of freedom. */
export function chiSquaredChance(chiSquared: number, degreesOfFreedom: number): number {
  if (chiSquared <= 0) return 1;
  const [shape, x] = [degreesOfFreedom / 2, chiSquared / 2];
  const scale = Math.exp(-x + shape * Math.log(x) - logGamma(shape));
  return x < shape + 1 ? 1 - scale * lowerSeries(shape, x) : scale * upperFraction(shape, x);
}

// The incomplete gamma function over x^a e^-x: its power series, and its continued fraction (Lentz).
function lowerSeries(shape: number, x: number): number {
  let [term, sum] = [1 / shape, 1 / shape];
  for (let n = 1; n < MOST_TERMS && term > sum * PRECISION; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum;
}

function upperFraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let [c, d] = [1 / TINY, 1 / b];
  let fraction = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / (a * d + b || TINY);
    c = b + a / c || TINY;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return fraction;
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Gamma(x) for x > 0 (Lanczos 1964, g = 7). */
export function logGamma(x: number): number {
  const at = x - 1;
  const base = at + 7.5;
  const sum = LANCZOS.reduce((total, coefficient, i) => total + (i === 0 ? coefficient : coefficient / (at + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(base) - base + Math.log(sum);
}
