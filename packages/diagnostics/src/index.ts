// Calibration: whether posteriors are right event by event.

export { Calibration, type CalibrationOptions } from './calibration/calibration.js';
export { type EcdfBand, ecdfBand } from './calibration/ecdf-band.js';
export { QuantityRankStatistics, type QuantityRanks } from './calibration/quantity-ranks.js';
export { RankHistogram, rankAmong } from './calibration/rank-histogram.js';
export { RankMoments, type ScoreMoments, type StandardisedTruth } from './calibration/rank-moments.js';
export {
  COVERAGE_LEVELS,
  coverageAt,
  type IntervalCoverage,
  type RankSummary,
  summariseRanks,
} from './calibration/rank-summary.js';
export { TarpStatistics } from './calibration/tarp.js';

// Classifier: whether draws can be told from truths.

export { areaUnderCurve, type EventScores, preferenceForTruth } from './classifier/auc.js';
export { Classifier, type ClassifierOptions } from './classifier/classifier.js';
export {
  type LabelledRows as ClassifierRows,
  type NetworkOptions,
  type ScoredRows,
  type TrainedNetwork,
  trainNetwork,
  trainScores,
} from './classifier/network.js';
export { type Standardisation, standardisation, standardised } from './classifier/standardise.js';

// Resolution: how near draws are to the truth, beside what the detector reads.

export { type ObjectKind, objectKinds, type Reading, readingOf } from './resolution/detector-readings.js';
export { matchParticles, seenParticles } from './resolution/match-particles.js';
export { Resolution, type ResolutionOptions } from './resolution/resolution.js';
export { QuantileSketch } from './statistics/quantile-sketch.js';

// Objects: whether drawn particles lie where the detector has objects.

export { type ObjectOptions, Objects } from './objects/objects.js';

// Four-vectors: whether energies, momenta and masses fit.

export { decaySums } from './four-vectors/decay-sums.js';
export { type FourVectorOptions, FourVectors } from './four-vectors/four-vectors.js';
export type { DecaySum } from './four-vectors/relations.js';

// Memory: whether draws are nearer to training events than true events are.

export { Memory, type MemoryOptions } from './memory/memory.js';
export { nearestDistances } from './memory/nearest-distances.js';

// All momenta together: counts in random regions, and distances along random directions.

export { type ChiSquared, homogeneityChiSquared, type RegionSample } from './pq-mass/homogeneity.js';
export { PqMass, type PqMassOptions } from './pq-mass/pq-mass.js';
export { voronoiRegions } from './pq-mass/voronoi-regions.js';
export { exchangedDistances, type ProjectedPairs } from './sliced-wasserstein/exchanged-distances.js';
export { SlicedWasserstein, type SlicedWassersteinOptions } from './sliced-wasserstein/sliced-wasserstein.js';

// Truth lab: a model's own density beside the exact one.

export { type DensityModel, momentumDensity } from './exact/momentum-density.js';

// Where the width comes from: stage by stage of a model.

export { FULL_DRAWS, type PassedStage, StageWidths } from './width/stage-widths.js';

// Draws, block by block.

export { type EvaluatedBlock, evaluatedBlocks } from './draws/evaluated-blocks.js';
export { columnName, type ParticleColumn, particleColumns } from './draws/quantity-blocks.js';
export { type MomentumSpace, momentumSpace, truthSample } from './draws/truth-sample.js';

// Distance to posteriors that are known exactly.

export {
  ExactPosteriorDistance,
  type ExactPosteriorOptions,
  exactPosteriorEvaluator,
} from './exact/exact-posterior.js';

// Members of an ensemble beside each other.

export { Members, membersEvaluator } from './members/members.js';

// Chances of one-sample and two-sample tests.

export { chiSquaredChance } from './statistics/chi-squared.js';
export { holmAdjusted } from './statistics/holm.js';
export { type KolmogorovSmirnov, kolmogorovChance, uniformDistance } from './statistics/kolmogorov.js';
export type { Measured } from './statistics/measured.js';
export { normalQuantile, twoSidedChance } from './statistics/normal.js';
export { signFlipChance } from './statistics/sign-flips.js';

// The plugin that brings the evaluators.

export { diagnosticEvaluators } from './diagnostic-evaluators.js';
export { default } from './plugin.js';
