export {
  allFigures,
  distributionFigure,
  type FigureChoice,
  highlights,
  type LabelledColumns,
} from './distribution-figures.js';
export { type Histogram, histogram, scaleHistogram } from './histogram.js';
export { type LineChart, lineChart, type Series, scheduleChart } from './line-chart.js';
export { quantityEdges, roundEdges } from './quantity-edges.js';
export { type Distribution, type RatioPlot, ratioPlot } from './ratio-plot.js';
export { terminalHistogram } from './terminal-histogram.js';
export { type ReportContent, type ReportModel, writeReport } from './write-report.js';
