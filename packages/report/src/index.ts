// The report of a run or of a benchmark: a page, its figures and its tables.

export {
  type BrowsableFigure,
  type NamedConfiguration,
  type ReportPage,
  reportPage,
} from './page/report-page.js';
export { REPORT_STYLE } from './page/report-style.js';
export {
  type BenchmarkDiagnosisContent,
  benchmarkDiagnosisJson,
  type DiagnosedModelContent,
  writeBenchmarkDiagnosisPages,
} from './page/write-benchmark-diagnosis.js';
export { type DiagnosisContent, diagnosisJson, writeDiagnosisPage } from './page/write-diagnosis.js';
export { type PageContent, writePage } from './page/write-page.js';
export {
  type ReportContent,
  type ReportFailure,
  type ReportModel,
  writeReportFiles,
} from './page/write-report.js';

// The numbers that the paper publishes.

export {
  PUBLISHED_COMPONENTS,
  PUBLISHED_MODELS,
  PUBLISHED_PARTICLES,
  PUBLISHED_TOTALS,
  type PublishedModel,
  type PublishedRow,
} from './tables/published-values.js';

// Tables of distances, and how text, Markdown, LaTeX, CSV and JSON show them.

export { calibrationColumns, calibrationOf } from './tables/calibration-column.js';
export { csvLine } from './tables/csv-line.js';
export { diagnosisSummaryTable } from './tables/diagnosis-summary.js';
export { distancesCsv, distancesJson } from './tables/distance-files.js';
export {
  componentTable,
  paperTables,
  particleTable,
  type TableOptions,
  totalsTable,
} from './tables/distance-tables.js';
export { formatEstimate } from './tables/format-estimate.js';
export { latexTable, latexText } from './tables/latex-table.js';
export { markdownTable, markdownText } from './tables/markdown-table.js';
export {
  findingsSummary,
  type JudgedModel,
  summariseVerdicts,
  type VerdictSummary,
  verdictTables,
} from './tables/model-verdicts.js';
export { type ModelRank, type RankingColumn, rankingTable, rankModels } from './tables/ranking.js';
export { rankingCsv } from './tables/ranking-csv.js';
export { terminalTable } from './tables/terminal-table.js';
export { type TextTableLayout, textTable } from './tables/text-table.js';
export { verdictTable } from './tables/verdict-table.js';

// Which distributions and correlations are shown, and what they are called.

export { type CorrelationChoice, correlationChoices, correlationFigure } from './figures/correlation-figure.js';
export { correlationMatrix, correlationMatrixFigure, matrixDifference } from './figures/correlation-matrix.js';
export {
  allFigures,
  distributionPlot,
  highlights,
  type LabelledColumns,
  particlePage,
} from './figures/distribution-figures.js';
export { type QuantityAxis, quantityAxis, quantityEdges } from './figures/quantity-edges.js';
export { axisTitle, choiceName, type FigureChoice, unitOf } from './figures/quantity-names.js';
export { type ScheduleCurve, scheduleChart } from './figures/schedule-chart.js';

// Plots of any numbers, drawn as SVG and PNG.

export { type LineChart, lineChart, type Series } from './plot/line-chart.js';
export { type LineStyle, lineStyle } from './plot/palette.js';
export { type PngRenderer, pngRenderer } from './plot/png.js';
export { type RatioPlot, ratioPlot } from './plot/ratio-plot.js';

// Histograms, on paper and in a terminal.

export { type Histogram, histogram, scaleHistogram } from './histograms/histogram.js';
export { densityLevel, type Histogram2d, histogram2d, smoothed } from './histograms/histogram-2d.js';
export { roundEdges } from './histograms/round-edges.js';
export { terminalHistogram } from './histograms/terminal-histogram.js';

// The posterior of one event, and what it is compared with.

export { bruteForceWeights, distancesFrom } from './posterior/brute-force-posterior.js';
export {
  type BruteForceInputs,
  type BruteForceReference,
  bruteForceReference,
} from './posterior/brute-force-reference.js';
export { detectorConfigurations } from './posterior/detector-configuration.js';
export {
  type LeptonAndMissing,
  type NeutrinoSolutions,
  neutrinoSolutions,
  W_MASS,
} from './posterior/neutrino-solutions.js';
export { leptonAndMissing } from './posterior/observed-neutrino.js';
export { posteriorChoices } from './posterior/posterior-choices.js';
export { type PosteriorMark, type PosteriorPlot, posteriorFigure } from './posterior/posterior-figure.js';
export { rankIn, type SampleSummary, summariseSample } from './posterior/sample-summary.js';
