import type { RowRange } from './split-rows.js';

/** Rows that are read for nothing rather than that two reads are made. */
const NARROW_GAP = 1024;

/** Ranges that lie near enough to be read in one go, of at most `longest` rows, and the range that covers them. */
export function nearRanges(ranges: readonly RowRange[], longest: number): { all: RowRange; parts: RowRange[] }[] {
  const found: { all: RowRange; parts: RowRange[] }[] = [];
  for (const range of ranges) {
    const last = found.at(-1);
    const span = last ? range.start + range.count - last.all.start : 0;
    const gap = last ? range.start - last.all.start - last.all.count : 0;
    if (last && span <= longest && gap <= NARROW_GAP) {
      last.parts.push(range);
      last.all = { start: last.all.start, count: span };
    } else found.push({ all: range, parts: [range] });
  }
  return found;
}
