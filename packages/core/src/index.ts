/**
 * What a plugin is made of: the contract of each role with what its methods take and give, how a component is declared,
 * and what every part needs.
 *
 * Other doors: `@unfold-zoo/core/nn` (layers), `/diffusion`, `/losses`, `/training`, `/ensemble`; `/events` (events,
 * topologies, scaling), `/expressions`, `/findings` (what evaluations find); `/config`, `/options`, `/files`,
 * `/workers`; and `/testing` (the checks that every component must pass).
 */

// Roles of evaluations
export { type DrawnMembers, type EvaluatedDraws, Evaluator } from './contracts/evaluation/evaluator.js';
export { Metric, type SortedSample } from './contracts/evaluation/metric.js';
// Roles of events
export { EventSource } from './contracts/events/event-source.js';
export { EventSpec, type HostEvents, type Observed, type Split } from './contracts/events/event-spec.js';
export { Representation } from './contracts/events/representation.js';
export { Assignment } from './contracts/model/assignment.js';
// Roles of models
export { ConditionEncoder, type EncodedObservation } from './contracts/model/condition-encoder.js';
export { Denoiser, type NoiseLevel, type NoisePredictor } from './contracts/model/denoiser.js';
export { Distillation } from './contracts/model/distillation.js';
export { GenerativeModel } from './contracts/model/generative-model.js';
export { type CodecCondition, LatentCodec, type LatentPosterior } from './contracts/model/latent-codec.js';
export type { ModelDiffusion } from './contracts/model/model-diffusion.js';
export { NoiseSchedule } from './contracts/model/noise-schedule.js';
export type { EventBatch, ObjectSet, Observation } from './contracts/model/observation.js';
export type { Posterior } from './contracts/model/posterior.js';
export type { Reconstruction } from './contracts/model/reconstruction.js';
export {
  type Diffusion,
  type Reached,
  type ReachedInLoop,
  Sampler,
  type SamplerLoop,
  type TensorDiffusion,
} from './contracts/model/sampler.js';
export type { StageLoss, TrainingStage } from './contracts/model/training-stage.js';
// Roles of trainings
export { Communicator } from './contracts/training/communicator.js';
export { Engine, type EngineStart } from './contracts/training/engine.js';
export { LearningRate } from './contracts/training/learning-rate.js';
export { Optimiser, type OptimiserStep } from './contracts/training/optimiser.js';
export { Reporter, type RunStart, type StepRecord, type ValidationRecord } from './contracts/training/reporter.js';
// What every part needs
export { isUserError, UserError } from './errors.js';
export { Scaling } from './events/scaling.js';
export { Module, type Parameter } from './module.js';
// Components and plugins
export { nestedChoice } from './plugin/nested-choice.js';
export {
  type Component,
  type Context,
  component,
  definePlugin,
  type NamedFilesPlace,
  type Plugin,
  type PluginFacts,
} from './plugin/plugin.js';
export { defineListRole, defineRole, defineService, type ListRole, type Role, type Token } from './plugin/token.js';
export { Rng, type RngWatcher } from './rng.js';
export { packageVersion, version } from './version.js';
