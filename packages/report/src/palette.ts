/** How the line of one series looks. */
export interface LineStyle {
  readonly color: string;
  /** SVG dash pattern; absent for a solid line. */
  readonly dash: string | undefined;
}

// Okabe and Ito 2008, distinct to colour-blind readers, with Tol's wine for their yellow, which is faint on white.
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#882255'] as const;
const DASHES = [undefined, '7 3', '2 2', '9 3 2 3', '5 2 1 2 1 2', '12 4'] as const;

/** The style of the i-th series. Colours and dashes repeat with different periods, so 42 series differ. */
export function lineStyle(index: number): LineStyle {
  return { color: COLORS[index % COLORS.length]!, dash: DASHES[index % DASHES.length] };
}
