import type { CellGrid } from './color-map.js';
import { type Box, coordinate, element } from './svg.js';

/**
 * Draws a grid of cells, neighbours of one colour in a row as one, all of a colour as one path: small and without
 * seams.
 */
export function cells({ rows, columns, color }: CellGrid, box: Box): string {
  const [width, height] = [(box.right - box.left) / columns, (box.bottom - box.top) / rows];
  const paths = new Map<string, string[]>();
  for (let row = 0; row < rows; row++)
    for (let start = 0; start < columns; ) {
      const fill = color(row, start);
      let end = start + 1;
      while (end < columns && color(row, end) === fill) end++;
      if (fill !== undefined) {
        const corner = `M${coordinate(box.left + start * width)} ${coordinate(box.bottom - row * height)}`;
        const across = (end - start) * width;
        const run = `${corner}h${coordinate(across)}v${coordinate(-height)}h${coordinate(-across)}z`;
        paths.set(fill, [...(paths.get(fill) ?? []), run]);
      }
      start = end;
    }
  const drawn = [...paths].map(([fill, runs]) => element('path', { d: runs.join(''), fill }));
  return element('g', { 'shape-rendering': 'crispEdges' }, drawn.join('\n'));
}

/** The outline of the cells that belong to a region, as the data of a path. */
export function outline(
  rows: number,
  columns: number,
  inside: (row: number, column: number) => boolean,
  box: Box,
): string {
  const x = (column: number): string => coordinate(box.left + (column * (box.right - box.left)) / columns);
  const y = (row: number): string => coordinate(box.bottom - (row * (box.bottom - box.top)) / rows);
  const belongs = (row: number, column: number): boolean =>
    row >= 0 && column >= 0 && row < rows && column < columns && inside(row, column);
  const lines: string[] = [];
  for (let row = 0; row <= rows; row++)
    for (let start = 0; start < columns; start++) {
      if (belongs(row, start) === belongs(row - 1, start)) continue;
      let end = start + 1;
      while (end < columns && belongs(row, end) !== belongs(row - 1, end)) end++;
      lines.push(`M${x(start)} ${y(row)}H${x(end)}`);
      start = end - 1;
    }
  for (let column = 0; column <= columns; column++)
    for (let start = 0; start < rows; start++) {
      if (belongs(start, column) === belongs(start, column - 1)) continue;
      let end = start + 1;
      while (end < rows && belongs(end, column) !== belongs(end, column - 1)) end++;
      lines.push(`M${x(column)} ${y(start)}V${y(end)}`);
      start = end - 1;
    }
  return lines.join('');
}
