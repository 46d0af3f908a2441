import type { NumberColumn } from '@unfold-zoo/metrics';
import { picture, plainText, richText } from './svg.js';

/** Relative differences that are rounding in single precision. */
const ROUNDING = 1e-6;

/** The one value of numbers that do not vary, but for rounding; undefined of others, and of none. */
export function constantOf(values: NumberColumn): number | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low <= ROUNDING * Math.max(Math.abs(low), Math.abs(high)) ? values[0] : undefined;
}

/** A value as the sentences of a `constantPicture` say it, e.g. `4.7 GeV`. */
export function valueText(value: number, unit = ''): string {
  return `${Number(value.toPrecision(4))}${unit && ` ${unit}`}`;
}

/** What stands in the place of a figure of a quantity that does not vary. */
export interface ConstantPicture {
  readonly width: number;
  readonly height: number;
  /** Above the picture, as it is. */
  readonly title: string;
  /** What does not vary, in the markup of `richText`. */
  readonly quantity: string;
  /** One a line, as they are. */
  readonly sentences: readonly string[];
}

const MARGIN = 24;
const LINE = 20;

/** Sentences in place of axes, on which a value that is always the same would be a spike. Returns SVG. */
export function constantPicture({ width, height, title, quantity, sentences }: ConstantPicture): string {
  const top = height / 2 - (LINE * sentences.length) / 2;
  return picture(width, height, title, [
    plainText(MARGIN, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    richText(MARGIN, top - 8, quantity, { 'font-size': 14 }),
    ...sentences.map((sentence, i) => plainText(MARGIN, top + LINE * (i + 1), sentence, { fill: '#444' })),
  ]);
}
