export { bruteForceWeights, distancesFrom, effectiveEvents } from './brute-force-posterior.js';
export { type BruteForceQuestion, type BruteForceReference, bruteForceReference } from './brute-force-reference.js';
export { type CorrelationChoice, correlationChoices, correlationFigure } from './correlation-figure.js';
export { correlationMatrix, correlationMatrixFigure, matrixDifference } from './correlation-matrix.js';
export type { Distribution } from './count-axis.js';
export { configurationWidth, detectorConfigurations } from './detector-configuration.js';
export {
  allFigures,
  distributionFigure,
  distributionPlot,
  highlights,
  type LabelledColumns,
  particlePage,
  quantityColumn,
} from './distribution-figures.js';
export { type Histogram, histogram, scaleHistogram } from './histogram.js';
export { densityLevel, type Histogram2d, histogram2d, smoothed } from './histogram-2d.js';
export { type LineChart, lineChart, type Series } from './line-chart.js';
export { type LeptonAndMissing, type NeutrinoSolutions, neutrinoSolutions, W_MASS } from './neutrino-solutions.js';
export { leptonAndMissing } from './observed-neutrino.js';
export { lineStyle } from './palette.js';
export { pngRenderer } from './png.js';
export { type Posterior, type PosteriorMark, posteriorFigure } from './posterior-figure.js';
export { type QuantityAxis, quantityAxis, quantityEdges, roundEdges } from './quantity-edges.js';
export { axisTitle, choiceName, type FigureChoice, unitOf } from './quantity-names.js';
export { type RatioPlot, ratioPlot } from './ratio-plot.js';
export type { NamedConfiguration } from './report-page.js';
export { rankIn, type SampleSummary, summariseSample } from './sample-summary.js';
export { type ScheduleCurve, scheduleChart } from './schedule-chart.js';
export { terminalHistogram } from './terminal-histogram.js';
export {
  type ReportContent,
  type ReportFailure,
  type ReportModel,
  writeReport,
} from './write-report.js';
