/** Cells [rows, columns] of equal size in a box of a picture, each of one colour; rows from the bottom up. */
export interface CellGrid {
  readonly rows: number;
  readonly columns: number;
  /** The colour of a cell; undefined leaves it empty. */
  color(row: number, column: number): string | undefined;
}

/** Colours of a density from nothing to its maximum, from white to a dark blue: lightness falls evenly. */
export const DENSITY_COLORS: readonly string[] = ramp([255, 255, 255], [8, 48, 107], 12);

/** Colours from negative through none to positive: orange to white to purple, which colour-blind readers tell apart. */
export const DIFFERENCE_COLORS: readonly string[] = [
  ...ramp([179, 88, 6], [247, 247, 247], 8).slice(0, -1),
  ...ramp([247, 247, 247], [84, 39, 136], 8),
];

/** The colour of a number in a range; numbers beyond it have the colour of its end. */
export function colorOf(colors: readonly string[], value: number, [low, high]: readonly [number, number]): string {
  const step = Math.round(((value - low) / (high - low)) * (colors.length - 1));
  return colors[Math.min(Math.max(step, 0), colors.length - 1)]!;
}

type Rgb = readonly [number, number, number];

function ramp(from: Rgb, to: Rgb, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const parts = from.map((start, channel) => Math.round(start + ((to[channel]! - start) * i) / (count - 1)));
    return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  });
}
