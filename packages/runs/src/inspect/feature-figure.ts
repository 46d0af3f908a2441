import { fileNameOf } from '@unfold-zoo/core/files';
import type { Figure } from '@unfold-zoo/core/findings';
import { histogram, ratioPlot, roundEdges } from '@unfold-zoo/report';
import type { ComparedFeature } from './compared-features.js';

/** Share of both samples together that lies outside of a figure, on each side. */
const TAIL = 0.002;
const BINS = 40;
/** More whole numbers than these are drawn as other numbers are. */
const MOST_WHOLE = 40;

/** How the figures are read. */
export const HOW_TO_READ =
  'Filled: simulation; line: data. Below: data over simulation; the band is the statistical error of the simulation, ' +
  'bars are that of the data. Where the ratio leaves one by more than these, the simulation is wrong.';

/** The distribution of one number of the detector, of the simulation and of the data over it, with their ratio. */
export function featureFigure(feature: ComparedFeature): Figure {
  const { name, unit, kind, simulation, data } = feature;
  const edges = edgesOf(feature);
  const distribution = (label: string, { values, weights }: ComparedFeature['data']) => {
    return { label, histogram: histogram(values, edges, weights) };
  };
  const svg = ratioPlot({
    title: name,
    xTitle: unit ? `${name} [${unit}]` : name,
    unit,
    truth: distribution('Simulation', simulation),
    models: [distribution('Data', data)],
    ratioTitle: 'Data over simulation',
    yScale: kind === 'log' ? 'log' : 'linear',
  });
  return { name: `detector-${fileNameOf(name)}`, title: name, caption: HOW_TO_READ, svg };
}

/** Bins over nearly all values of both samples; one a whole number, where these are few. */
function edgesOf({ kind, unit, simulation, data }: ComparedFeature): Float64Array {
  const sorted = [simulation, data].map(({ values }) => values.toSorted());
  const quantile = (share: number, choose: (...of: number[]) => number): number =>
    choose(...sorted.map((values) => values[Math.round(share * (values.length - 1))]!));
  const isWhole = kind === 'whole' && sorted.every((values) => values.every(Number.isInteger));
  const [lowest, highest] = [quantile(0, Math.min), quantile(1, Math.max)];
  if (isWhole && highest - lowest < MOST_WHOLE)
    return Float64Array.from({ length: highest - lowest + 2 }, (_, i) => lowest + i - 0.5);
  if (unit === 'rad' && lowest >= -Math.PI && highest <= Math.PI)
    return Float64Array.from({ length: BINS + 1 }, (_, i) => Math.PI * ((2 * i) / BINS - 1));
  return roundEdges(quantile(TAIL, Math.min), quantile(1 - TAIL, Math.max), BINS);
}
