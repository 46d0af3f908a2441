import { histogram, lineChart } from '@unfold-zoo/report/figures';
import {
  type Box,
  band,
  DARK_BAND,
  element,
  frame,
  linearAxis,
  picture,
  plainText,
  stepLine,
  xTitle,
  yTitle,
} from '@unfold-zoo/report/plot';

const [WIDTH, HEIGHT] = [520, 340];
const BOX: Box = { left: 72, right: 504, top: 34, bottom: 284 };
/** Bins of ranks: of fewer draws, one for each rank. */
const BINS = 20;

/**
 * How often the truth has which share of the draws below it. Right posteriors are flat, within the band of one
 * standard deviation. SVG.
 */
export function rankFigure(title: string, ranks: readonly number[], draws: number): string {
  const bins = Math.min(BINS, draws + 1);
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => i / bins);
  // Ranks are k / draws for k of 0 to draws: each of the draws + 1 values has a place of its own.
  const spread = Float64Array.from(ranks, (rank) => (rank * draws + 0.5) / (draws + 1));
  const { counts } = histogram(spread, edges);
  const expected = ranks.length / bins;
  const sigma = Math.sqrt(expected * (1 - 1 / bins));
  const x = linearAxis([0, 1], [BOX.left, BOX.right], 6);
  const y = linearAxis([0, 1.15 * Math.max(...counts, expected + sigma, 1)], [BOX.bottom, BOX.top], 6);
  const flat = new Float64Array(bins);
  const one = { x1: BOX.left, x2: BOX.right, y1: y.at(expected), y2: y.at(expected), stroke: 'black' };
  return picture(WIDTH, HEIGHT, title, [
    plainText(BOX.left, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    band(
      edges,
      flat.map(() => expected - sigma),
      flat.map(() => expected + sigma),
      x,
      y,
      DARK_BAND,
    ),
    element('line', one),
    stepLine(edges, counts, x, y, 0),
    frame(BOX, x, y, { x: true }),
    yTitle(BOX, 'Events', y),
    xTitle(BOX, 'Share of draws below the truth', x),
  ]);
}

/** How often the truth lies in central intervals of each level: on the diagonal for right posteriors. SVG. */
export function coverageFigure(title: string, ranks: readonly number[]): string {
  const levels = Array.from({ length: 41 }, (_, i) => i / 40);
  const distances = ranks.map((rank) => 2 * Math.abs(rank - 0.5)).sort((a, b) => a - b);
  let below = 0;
  const covered = levels.map((level) => {
    while (below < distances.length && distances[below]! <= level) below++;
    return below / distances.length;
  });
  const series = [
    { label: 'coverage', x: levels, y: covered },
    { label: 'right posteriors', x: levels, y: levels },
  ];
  return lineChart({ title, xTitle: 'Level of the central interval', yTitle: 'Share of events inside', series });
}
