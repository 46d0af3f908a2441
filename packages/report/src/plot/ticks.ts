import { format } from 'd3-format';
import { scaleLinear, scaleLog } from 'd3-scale';

/** A tick of an axis; major ones have a label, in the markup of `richText`. */
export interface Tick {
  readonly value: number;
  readonly label?: string;
}

/** An axis: where values stand in pixels, and its ticks. */
export interface Axis {
  /** Position of a value; those beyond the domain stand at its end. */
  at(value: number): number;
  readonly ticks: readonly Tick[];
  /** Labels are to be multiplied by ten to this power. */
  readonly exponent: number;
}

type Pair = readonly [low: number, high: number];

/** Smallest power of ten that is taken out of the labels of an axis. */
const LARGE = 1e4;

/** The round step, 1, 2 or 5 times a power of ten, that splits a range into about `count` parts. */
export function tickStep(low: number, high: number, count: number): number {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const mantissa = rough / power;
  if (mantissa >= Math.sqrt(50)) return 10 * power;
  if (mantissa >= Math.sqrt(10)) return 5 * power;
  return mantissa >= Math.sqrt(2) ? 2 * power : power;
}

/** Beyond these, sums and products of the ends of an axis overflow. */
const [SMALLEST, LARGEST] = [1e-300, 1e300];

/** The nearest value that an axis can reach. */
export function onAxis(value: number): number {
  return within(value, -LARGEST, LARGEST);
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** A linear axis with about `count` labels. It ends at 1e300. */
export function linearAxis(wanted: Pair, range: Pair, count: number): Axis {
  const domain: Pair = [onAxis(wanted[0]), onAxis(wanted[1])];
  const scale = scaleLinear().domain(domain).range(range).clamp(true);
  const major = scale.ticks(count);
  const step = major.length > 1 ? Math.abs(major[1]! - major[0]!) : domain[1] - domain[0];
  const largest = Math.max(Math.abs(domain[0]), Math.abs(domain[1]));
  const exponent = largest >= LARGE ? 3 * Math.floor(Math.log10(largest) / 3) : 0;
  const decimals = Math.max(0, -Math.floor(Math.log10(step / 10 ** exponent) + 1e-9));
  const print = format(`.${decimals}f`);
  const labelled = major.map((value) => ({ value, label: print(value / 10 ** exponent) }));
  const minor = minorTicks(domain, step);
  return { at: (value) => scale(value), ticks: [...labelled, ...minor], exponent };
}

/** Ticks at quarters of steps of 2, and fifths of steps of 1 and 5. */
function minorTicks([low, high]: Pair, step: number): Tick[] {
  const mantissa = Math.round(step / 10 ** Math.floor(Math.log10(step) + 1e-9));
  const part = step / (mantissa === 2 ? 4 : 5);
  const [first, last] = [Math.ceil(low / part - 1e-9), Math.floor(high / part + 1e-9)];
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => ({ value: (first + i) * part }));
}

/** A logarithmic axis; labels are powers of ten, and at most about eight of them. It ends at 1e-300 and 1e300. */
export function logAxis(wanted: Pair, range: Pair): Axis {
  const domain: Pair = [within(wanted[0], SMALLEST, LARGEST), within(wanted[1], SMALLEST, LARGEST)];
  const scale = scaleLog().domain(domain).range(range).clamp(true);
  const [first, last] = [Math.ceil(Math.log10(domain[0]) - 1e-9), Math.floor(Math.log10(domain[1]) + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first) / 8));
  const ticks: Tick[] = [];
  for (let power = first - 1; power <= last; power++) {
    if (power >= first)
      ticks.push(power % every === 0 ? { value: 10 ** power, label: powerOfTen(power) } : { value: 10 ** power });
    const between = every === 1 ? [2, 3, 4, 5, 6, 7, 8, 9] : [];
    ticks.push(...between.map((digit) => ({ value: digit * 10 ** power })));
  }
  const inside = ticks.filter(({ value }) => value >= domain[0] * (1 - 1e-9) && value <= domain[1] * (1 + 1e-9));
  return { at: (value) => scale(Math.max(value, domain[0])), ticks: inside, exponent: 0 };
}

function powerOfTen(power: number): string {
  if (power === 0) return '1';
  return power === 1 ? '10' : `10^{${minus(power)}}`;
}

function minus(value: number): string {
  return String(value).replace('-', '−');
}
