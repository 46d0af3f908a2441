/** How the line of one series looks. */
export interface LineStyle {
  readonly color: string;
  /** SVG dash pattern; absent for a solid line. */
  readonly dash: string | undefined;
}

// Okabe and Ito 2008, distinct to colour-blind readers, with Tol's wine for their yellow, which is faint on white.
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#882255'] as const;
// Seven, so that no two of the paper's models share one and a print in grey can be read.
const DASHES = [undefined, '7 3', '2 2', '9 3 2 3', '5 2 1 2 1 2', '13 4', '3.5 5'] as const;

/** The class of everything that belongs to the i-th series, so that a page can hide it. */
export function seriesClass(index: number): string {
  return `series-${index}`;
}

/**
 * The style of the i-th series. The first seven differ in colour and in dash; from the eighth on both repeat, shifted.
 */
export function lineStyle(index: number): LineStyle {
  return {
    color: COLORS[index % COLORS.length]!,
    dash: DASHES[(index + Math.floor(index / COLORS.length)) % DASHES.length],
  };
}
