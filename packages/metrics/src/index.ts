export type { Table, TableOrigin, TableRow } from '@unfold-zoo/core';
export { type CdfDistances, cdfDistances, energyDistance, ksStatistic, wassersteinDistance } from './cdf-distances.js';
export type { DistanceReport, DistanceTable, Estimate } from './distance-report.js';
export {
  componentTable,
  paperTables,
  particleTable,
  type TableOptions,
  totalsTable,
} from './distance-tables.js';
export {
  type Evaluation,
  evaluateDistances,
  evaluateModels,
  type ModelDraws,
  type ModelsEvaluation,
} from './evaluate-distances.js';
export { formatEstimate } from './format-estimate.js';
export {
  KINEMATIC_QUANTITIES,
  type KinematicQuantity,
  kinematicQuantity,
  kinematics,
  type Momenta,
  SMALLEST_PT,
} from './kinematics.js';
export { binRules, type KlRules, klDivergence, klOfSorted, klRules } from './kl-divergence.js';
export { latexTable, latexText } from './latex-table.js';
export {
  defaultMetricChoices,
  defaultMetrics,
  energyMetric,
  klMetric,
  ksMetric,
  triangularMetric,
  wassersteinMetric,
} from './metrics.js';
export { momentaOf, type PartonColumns, partonColumns } from './parton-columns.js';
export { default } from './plugin.js';
export {
  arePublished,
  PUBLISHED_COMPONENTS,
  PUBLISHED_MODELS,
  PUBLISHED_PARTICLES,
  PUBLISHED_SOURCE,
  PUBLISHED_TEST_EVENTS,
  PUBLISHED_TOTALS,
  type PublishedModel,
  type PublishedRow,
} from './published-values.js';
export { type NumberColumn, type OrderedColumn, sortValues, sortWithOrder } from './radix-sort.js';
export { DISTINGUISHABLE, type Rank, rankingTable, rankModels } from './ranking.js';
export { distancesCsv, distancesJson, markdownTable, terminalTable } from './render-tables.js';
export { type ModelDistances, meanOverSeeds, type SeedDistances } from './seeds.js';
export { sortedSample } from './sorted-sample.js';
export { type TriangularRules, triangularDiscriminator } from './triangular-discriminator.js';
