// Particles and their quantities, read a column at a time.

export { type Kinematics, kinematics } from './kinematics/all-quantities.js';
export { kinematicQuantity, type Momenta, SMALLEST_PT } from './kinematics/kinematic-quantity.js';
export { type ParticleKinematics, particleKinematics } from './kinematics/particle-kinematics.js';
export {
  type PartonColumns,
  particleMomenta,
  partonColumns,
  quantityColumn,
  selectEvents,
} from './kinematics/parton-columns.js';
export { wrapped } from './kinematics/wrapped.js';

export { ScratchColumns } from './scratch/scratch-columns.js';
export { LARGEST_ARRAY, ScratchFile } from './scratch/scratch-file.js';

// Distances between two samples of one number.

export {
  type CdfDistances,
  cdfDistances,
  energyDistance,
  ksStatistic,
  wassersteinDistance,
} from './distances/cdf-distances.js';
export { klDivergence, klRules } from './distances/kl-divergence.js';
export { type NumberColumn, sortWithOrder } from './distances/radix-sort.js';
export { sortedSample } from './distances/sorted-sample.js';
export { triangularDiscriminator } from './distances/triangular-discriminator.js';

// The metrics of the paper's tables, as a config file lists them.

export { defaultMetricChoices, defaultMetrics, klMetric, wassersteinMetric } from './distances/metrics.js';

// Every metric of every particle and quantity, for one model or several.

export type { MetricAssembly } from './evaluate/assemble-metrics.js';
export type { DistanceReport, DistanceTable, Estimate } from './evaluate/distance-report.js';
export { distanceReportSchema } from './evaluate/distance-report-schema.js';
export {
  evaluateDistances,
  evaluateModels,
  type ModelDraws,
  type ModelsEvaluation,
  type SampleEvaluation,
} from './evaluate/evaluate-distances.js';
export {
  checkSameLayout,
  errorOfMean,
  type ModelDistances,
  meanOverSeeds,
  type SeedDistances,
} from './evaluate/seeds.js';

// Bootstrap errors.

export { spread } from './bootstrap/replicas.js';

// The plugin that brings the metrics.

export { default } from './plugin.js';
