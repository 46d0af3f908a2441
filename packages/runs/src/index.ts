// biome-ignore-all assist/source/organizeImports: a table of contents has an order of its own.
/** The library behind the command `unfold`: train, draw from and evaluate models that unfold detector data. */

// Runs: a model, its config and its data, in a folder.
export { type CreateOptions, createRun, type OpenOptions, openRun } from './run/open-run.js';
export type { PosteriorOptions, Run } from './run/run.js';
export type { TrainOptions } from './run/training.js';
export { openSession, type Session } from './run/session.js';
export { type CheckedRun, type CheckRunOptions, checkRun } from './run/check-run.js';
export { findRuns } from './run/find-runs.js';
export { type RunPlace, runPlace } from './packing/pretrained.js';
export { type LockRequest, WriteLock } from './writing/write-lock.js';
export type { Log } from './run/log.js';

// Draws: truth-level events for detector-level ones.
export type { DrawBlock, NamedMomenta } from './draws/draw.js';
export type { ParticleKinematics } from '@unfold-zoo/metrics';
export type { SamplingResult } from './draws/sample.js';
export type { DrawOptions, SampleOptions } from './draws/sample-options.js';

// Posteriors: many draws for one event.
export {
  type EventPosterior,
  type EventPosteriorJson,
  type KinematicSummary,
  PosteriorDraws,
} from './posterior/posterior-draws.js';
export {
  type ComparePosteriorsOptions,
  comparePosteriors,
  type PosteriorComparison,
  posteriorsJson,
  type WritePosteriorsOptions,
  writePosteriors,
} from './posterior/compare-posteriors.js';
export type { PosteriorSummary, QuantitySummary, RankedSummary } from './posterior/posterior-summary.js';
export { describePosteriors } from './posterior/posterior-text.js';
export { type EventUnderStudy, readTestEvent, type StudyOptions, studyEvent } from './posterior/event-under-study.js';

// Export: the trained model for other programs, and for other people.
export type { ExportResult } from './export/export-model.js';
export type { ExportOptions } from './export/export-options.js';
export type { DrawingGraph } from './export/drawing-graph.js';
export type { PackOptions } from './packing/pack-options.js';
export type { PackResult } from './packing/pack-run.js';

// Evaluation: draws beside the truth.
export type { EvaluateOptions, Evaluation } from './evaluation/evaluate.js';
export { type ReportOptions, writeReport } from './evaluation/write-report.js';
export { type ChartedRecord, lossCharts } from './evaluation/loss-charts.js';

// Diagnosis: whether the posterior of one event can be trusted.
export type { DiagnoseOptions, PosteriorDiagnosis } from './diagnosis/diagnose.js';
export { type WriteDiagnosisOptions, writeDiagnosis } from './diagnosis/write-diagnosis.js';

// Measurements: unfolded cross sections.
export { type MeasureOptions, measure } from './measurement/measure.js';
export type { Measurement } from './measurement/measurement.js';
export { type MeasurementPlan, readMeasurement } from './measurement/measurement-plan.js';
export { type MeasurementKeys, measurementSchema } from './measurement/measurement-schema.js';
export { writeUnfoldedEvents } from './measurement/unfolded-events.js';
export { writeMeasurement } from './measurement/write-measurement.js';

// Benchmarks: several models on the same events.
export { type Benchmark, type BenchmarkOptions, openBenchmark } from './benchmark/benchmark.js';
export { findBenchmark } from './benchmark/find-benchmark.js';
export type {
  BenchmarkDiagnoseOptions,
  BenchmarkDiagnosis,
  DiagnosedModel,
} from './benchmark/diagnosis/diagnose-benchmark.js';
export { writeBenchmarkDiagnosis } from './benchmark/diagnosis/write-benchmark-diagnosis.js';
export type { BenchmarkResult, BenchmarkRunOptions } from './benchmark/execution.js';
export type { BenchmarkObserver } from './benchmark/tasks/observer.js';
export type { FinishedRun } from './benchmark/report/benchmark-tables.js';
export type { FailedRun } from './benchmark/report/write-benchmark-report.js';
export { type BenchmarkPlan, type BenchmarkRun, readBenchmark } from './benchmark/config/benchmark-config.js';
export { type BenchmarkKeys, benchmarkJsonSchema, benchmarkSchema } from './benchmark/config/benchmark-schema.js';

// Configs and what they are made of.
export { type ConfigInput, type ConfigOptions, readRunConfig, type Settings } from './configs/run-config.js';
export { builtInPlugins } from './configs/built-in.js';
export {
  type CatalogueOptions,
  catalogueOf,
  describeKind,
  type KindDescription,
  listKinds,
} from './configs/catalogue.js';
export { type CreateConfigOptions, type CreatedConfig, createConfig } from './configs/create-config.js';
export { type CreatePluginOptions, createPlugin } from './configs/create-plugin.js';

// Events and files.
export { mergeDraws, type MergeOptions } from './draws/merge-draws.js';
export { type Conversion, type ConvertOptions, convertEvents } from './events/convert-events.js';
export { type DraftOptions, draftTopology } from './events/draft-topology.js';
export { type GenerateOptions, generateEvents } from './events/generate-events.js';
export {
  type CompareWithDataOptions,
  compareWithData,
  type DataComparison,
  type FeatureDifference,
} from './inspect/compare-with-data.js';
export { comparisonJson, verdictOf, writeComparison } from './inspect/write-comparison.js';
export {
  type DrawInspection,
  type EventInspection,
  type InspectOptions,
  type Inspection,
  inspect,
  type RunInspection,
  type TableInspection,
  type TensorInspection,
} from './inspect/inspect.js';

// How far a piece of work is.
export type { OnProgress, Progress } from './progress/progress.js';
export { duration } from './progress/duration.js';
export { TrainingProgress } from './progress/training-progress.js';

// Several workers that train and sample together.
export { ownRank } from './workers/own-rank.js';
export {
  deferToRankZero,
  endWorkers,
  isToldByAnother,
  isUsersMistake,
  joinWorkers,
  leaveWorkers,
  OtherWorkerFailed,
} from './workers/workers.js';

// What this machine has for training.
export { type MachineDiagnosis, doctor } from '@unfold-zoo/engines';
