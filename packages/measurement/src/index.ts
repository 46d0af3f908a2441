// Observables: numbers of each event by expressions over the names of a topology.

export {
  conditionExpression,
  type Expression,
  type ExpressionOptions,
  numberExpression,
} from './observables/expression.js';
export { OBSERVABLE_FUNCTIONS } from './observables/functions.js';
export { ObservableFunction } from './observables/observable-function.js';
export { type EnergyConvention, energyConvention } from './observables/truth-scope.js';
export type {
  ConditionValue,
  MomentumValue,
  NumberValue,
  ObjectsValue,
  Value,
  ValueKind,
} from './observables/values/values.js';

// Bins: by given edges or by rules, with underflow and overflow.

export { type BinnedSample, type BinsOption, binsOption, edgesOf } from './binning/bin-rules.js';
export { Binning, type BinSums, type Edges, sumBins } from './binning/binning.js';

// The response: how true bins show up in measured bins.

export { poisson, poissonCounts, poissonWeights } from './response/poisson.js';
export {
  efficiencies,
  fillResponse,
  probabilities,
  type Response,
  type ResponseSize,
  type Rows,
  type SimulatedBins,
  simulatedDetector,
  simulatedTruth,
  truePurity,
} from './response/response.js';

// Methods of unfolding.

export { globalCorrelations } from './statistics/global-correlations.js';
export { type AussieOptions, aussieOptions, aussieUnfolder } from './unfolders/aussie.js';
export { binByBinUnfolder } from './unfolders/bin-by-bin.js';
export {
  type DrawForData,
  type IterateOptions,
  iterateOption,
  type TrainAgain,
  type TrainingRound,
  type TruthDraws,
} from './unfolders/draws/truth-draws.js';
export { type DrawsOptions, drawsUnfolder } from './unfolders/draws/unfold-draws.js';
export {
  type IterativeBayesOptions,
  iterativeBayesOptions,
  iterativeBayesUnfolder,
} from './unfolders/iterative-bayes.js';
export { type OmnifoldOptions, omnifoldOptions, omnifoldUnfolder } from './unfolders/omnifold.js';
export { type TUnfoldOptions, tunfoldOptions, tunfoldUnfolder } from './unfolders/tunfold.js';
export {
  type BinnedProblem,
  type BinnedUnfolder,
  type EventColumns,
  type EventProblem,
  type EventUnfolder,
  type EventWeights,
  type Iteration,
  type MeasuredBins,
  type ObserveTruth,
  type QualityGate,
  type RecordedEvents,
  type StopRule,
  stopOption,
  type UnfoldedBins,
  type UnfoldedEvents,
  Unfolder,
  type UnfoldingContext,
  type UnfoldWeighted,
} from './unfolders/unfolder.js';

// Ratios of densities by classifiers, for methods of events.

export {
  type FittedRatio,
  type FoldingProblem,
  type LogRatio,
  RatioEstimator,
  type WeightedRows,
} from './reweighting/density-ratio.js';
export { presence } from './reweighting/event-features.js';
export { type NetworkRatioOptions, networkRatio } from './reweighting/network-ratio.js';
export { polynomialRatio } from './reweighting/polynomial-ratio.js';

// The plugin that brings the methods.

export { default } from './plugin.js';

// A measurement: samples of events, unfolded by methods, with errors.

export {
  type BinnedObservable,
  binObservables,
  type SimulatedColumns,
  trueSums,
} from './measurement/binned-sample.js';
export { type ChosenIteration, chooseIteration } from './measurement/choose-iteration.js';
export { type EventMoments, type Moments, momentsOf } from './measurement/event-moments.js';
export { eventsHash } from './measurement/events-hash.js';
export type { LeftOut } from './measurement/failed.js';
export type { MeasurementInput, PseudoData } from './measurement/measurement-input.js';
export {
  naming,
  type Observable,
  type ObservableContext,
  type ObservableKeys,
  observableOf,
  observableSchema,
} from './measurement/observable.js';
export { NO_PARTS, type PartOrigin, type PartStore, storedPart } from './measurement/part-store.js';
export {
  joinColumns,
  type ObservedSample,
  type ReadColumnsOptions,
  readColumns,
  type Selection,
  truthObserver,
} from './measurement/read-columns.js';
export { type Shift, shiftError, systematicCovariance, type Variation } from './measurement/systematics.js';
export {
  type MethodResult,
  type StartedUnfolding,
  startUnfolding,
  type UnfoldedSpectrum,
  unfoldingsOf,
  unfoldMeasurement,
} from './measurement/unfold.js';
export type { ErrorOptions, NamedUnfolder } from './measurement/unfolding-work.js';

// Tests of methods.

export { type BottomLine, bottomLine } from './method-tests/bottom-line.js';
export { type Closure, closure } from './method-tests/closure.js';
export { type Coverage, coverage } from './method-tests/coverage.js';
export { type Linearity, linearity } from './method-tests/linearity.js';
export { type StressedTruth, stressedTruth } from './method-tests/stressed-truth.js';
export {
  type PseudoInput,
  type ToyOptions,
  type ToyStudy,
  toyStudy,
  unfoldingsOfToys,
} from './method-tests/toy-study.js';
export { agreement, type SpectraAgreement } from './statistics/chi-squared.js';
export { correlations, sampleCovariance } from './statistics/covariance.js';

// Publishing.

export { hepDataFiles, type NamedText } from './publishing/hepdata.js';
export { type PublishedBin, type PublishedSpectrum, predictionOf } from './publishing/published-spectrum.js';
export { readPublished } from './publishing/read-published.js';
export { yodaText } from './publishing/yoda.js';

// Results: tables, CSV and figures.

export { checkSimulation } from './measurement/check-simulation.js';
export { type MethodTestOptions, testMethods } from './method-tests/test-methods.js';
export { assembleResult, binResults, type ResultParts } from './results/assemble-result.js';
export { covarianceFigure } from './results/covariance-figure.js';
export {
  type BinResult,
  type ComparedPrediction,
  errorsOf,
  type IterationReport,
  type MeasurementResult,
  type MethodReport,
  type MethodSpectrum,
  type MethodTest,
  type ObservableResult,
  type Prediction,
  systematicErrors,
  totalErrors,
} from './results/measurement-result.js';
export { covarianceCsv, measurementTables, replicasCsv, spectrumCsv } from './results/result-tables.js';
export { spectrumFigure } from './results/spectrum-figure.js';
export { writeMeasurementFiles } from './results/write-measurement.js';
