/** Figures that follow from numbers alone: they are drawn in a browser as well as in Node. */
export { type Histogram, histogram, scaleHistogram } from '../histograms/histogram.js';
export { type Histogram2d, histogram2d } from '../histograms/histogram-2d.js';
export { roundEdges } from '../histograms/round-edges.js';
export { type DensityPlot, densityPlot, type NamedDensity } from '../plot/density-plot.js';
export { type LineChart, lineChart, type Series } from '../plot/line-chart.js';
export { type RatioPlot, ratioPlot } from '../plot/ratio-plot.js';
export { type PosteriorMark, type PosteriorPlot, posteriorFigure } from '../posterior/posterior-figure.js';
export { csvLine } from '../tables/csv-line.js';
