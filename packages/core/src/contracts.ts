import type { Scalar, Tensor1D, Tensor2D, Tensor3D, TensorContainer } from '@tensorflow/tfjs-core';
import type { EventSpec, HostEvents, Split } from './events.js';
import type { Module, Parameter } from './module.js';
import type { Rng } from './rng.js';
import type { Table } from './table.js';
import { defineListRole, defineRole } from './token.js';

/** A padded set of detector objects of one input, e.g. jets and leptons. */
export interface ObjectSet {
  /** [B, N, F] scaled features; padding rows are zero. */
  readonly features: Tensor3D;
  /** [B, N] 1 for an object, 0 for padding. */
  readonly mask: Tensor2D;
}

/** Detector-level observations y, keyed by input name as the event description has it. */
export type Observation = Readonly<Record<string, ObjectSet>>;

/** Paired truth and observation, scaled for training. */
export interface EventBatch {
  /** [B, P] standardised parton vector x. */
  readonly partons: Tensor2D;
  readonly observed: Observation;
  /** [B] event weights, mean about 1; absent when every event counts the same. */
  readonly weights?: Tensor1D;
}

/** z_y = f(y): a permutation-invariant summary of the observation (paper, section 4.2). */
export interface ConditionEncoder extends Module {
  /** Width of the summary, D. */
  readonly width: number;
  /** [B, D]. */
  encode(observed: Observation): Tensor2D;
}
export const ConditionEncoder = defineRole<ConditionEncoder>('conditionEncoder');

/** q(z_x | x): what a codec says about the latent of one batch. */
export interface LatentPosterior {
  /** [B, L] reparameterised draw. */
  sample(rng: Rng): Tensor2D;
  /** [B, L] KL to N(mean, exp(logStd)^2) in each dimension; both arguments broadcast to [B, L]. Zero for a deterministic codec. */
  kl(mean: Tensor2D | Scalar, logStd: Tensor2D | Scalar): Tensor2D;
}

/** Which halves of a codec see the detector: none (VLD), the encoder (UC-VLD) or both (C-VLD). */
export type CodecCondition = 'none' | 'encoder' | 'both';

/** x <-> z_x, optionally conditioned on z_y (paper, section 4.3). */
export interface LatentCodec extends Module {
  /** Width of the latent, L. */
  readonly latentWidth: number;
  /** Whether an event has one latent, drawn without randomness: then the KL is zero. */
  readonly deterministic: boolean;
  /** Which halves use the condition that they are given. */
  readonly condition: CodecCondition;
  /** [B, P], [B, D]. */
  encode(partons: Tensor2D, condition: Tensor2D): LatentPosterior;
  /** [B, L], [B, D] -> [B, P]. */
  decode(latent: Tensor2D, condition: Tensor2D): Tensor2D;
}
export const LatentCodec = defineRole<LatentCodec>('codec');

/** Passes values through and may change the gradient on the way back; see `varianceGate`. */
export type GradientGate = (values: Tensor1D) => Tensor1D;

/** gamma(t) = -log SNR(t), increasing on t in [0, 1] (Kingma et al. 2021, eq. 3). */
export interface NoiseSchedule extends Module {
  /** What bends gamma between its end points, trained to lower the variance of the loss. Empty for a fixed shape. */
  readonly shapeParameters: readonly Parameter[];
  /** [B] -> [B]. `gate` wraps whatever depends on the shape parameters. */
  gamma(t: Tensor1D, gate?: GradientGate): Tensor1D;
  /** d gamma / dt, positive. [B] -> [B]. */
  gammaSlope(t: Tensor1D, gate?: GradientGate): Tensor1D;
}
export const NoiseSchedule = defineRole<NoiseSchedule>('schedule');

/** How noisy a latent is: its time and the gamma of that time, both [B]. */
export interface NoiseLevel {
  readonly t: Tensor1D;
  readonly gamma: Tensor1D;
}

/** epsilon(z_t, t, z_y): the network that predicts the noise in z_t (paper, appendix A.5). */
export interface Denoiser extends Module {
  /** [B, L], [B], [B, D] -> [B, L]. */
  predictNoise(latent: Tensor2D, level: NoiseLevel, condition: Tensor2D): Tensor2D;
}
export const Denoiser = defineRole<Denoiser>('denoiser');

/** What a sampler may ask of a trained diffusion. The condition is already bound; coefficients are host numbers. */
export interface Diffusion {
  /** gamma at one time in [0, 1]. */
  gamma(t: number): number;
  /** [B, L] -> [B, L], the noise predicted in a latent that is at time t. */
  predictNoise(latent: Tensor2D, t: number): Tensor2D;
}

/** How far a sampler has come. */
export interface Reached<State extends TensorContainer = TensorContainer> {
  /** [B, L], at time `t`. */
  readonly latent: Tensor2D;
  readonly t: number;
  /** What the sampler hands on to its next step: times, a history, a step size. */
  readonly state: State;
}

/**
 * One numerical integrator of the reverse diffusion, from time 1 to time 0. Stateless: state is passed in and out, so a
 * sampler may serve many batches. `denoise` repeats `step` until `t` is 0 and frees what a step leaves behind.
 */
export interface Sampler<State extends TensorContainer = TensorContainer> {
  /** The state before the first step, at time 1. */
  init(diffusion: Diffusion): State;
  /**
   * Moves on to an earlier time, the last of which is exactly 0. A step of an adaptive sampler that fails its own check
   * may stay where it is, with another state.
   */
  step(from: Reached<State>, diffusion: Diffusion, rng: Rng): Reached<State>;
}
export const Sampler = defineRole<Sampler>('sampler');

/** Named scalars of one training step. */
export type LossTerms = Readonly<Record<string, Scalar>>;

/** What a stage says of one batch. */
export interface StageLoss {
  /** The trainer minimises their sum. */
  readonly terms: LossTerms;
  /** Logged beside the terms, not minimised. Averaged over workers, who each look at their share of the batch. */
  readonly monitored?: LossTerms;
  /** Of a batch that is a share of a larger one: what its gradients want of the rest. */
  readonly wholeBatch?: WholeBatchMean;
}

/**
 * A mean over the batch on which gradients depend otherwise than linearly, so that those of several workers' shares do not
 * average to that of the whole. Each first takes the mean of its own share, and is put right when that of all is known.
 */
export interface WholeBatchMean {
  /** The mean over this worker's share. */
  readonly own: Scalar;
  /** Whose gradients depend on it. */
  readonly parameters: readonly Parameter[];
  /**
   * Called once after the backward pass: a function of these parameters whose gradient, times (own mean - mean of all),
   * completes the gradient of the loss.
   */
  lacking(): Scalar;
}

/** Parameters that share an optimiser: their gradients are clipped by their joint norm. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** One phase of training, e.g. an LDM's VAE before its diffusion. */
export interface TrainingStage {
  readonly name: string;
  readonly groups: readonly ParameterGroup[];
  loss(batch: EventBatch, rng: Rng): StageLoss;
}

/** p(x | y): trains in stages, then draws parton configurations. */
export interface GenerativeModel extends Module {
  readonly stages: readonly TrainingStage[];
  /** One draw per event, [B, P], standardised. */
  sample(observed: Observation, rng: Rng): Tensor2D;
  /**
   * [B] natural logarithm of the density p(x | y) at standardised partons [B, P], of models that have one in closed form.
   * Where the scaling is by mean and standard deviation, the density in physical units is less by the sum of the
   * logarithms of the columns' standard deviations.
   */
  logDensity?(partons: Tensor2D, observed: Observation): Tensor1D;
}
export const GenerativeModel = defineRole<GenerativeModel>('model');

/** A one-dimensional sample, sorted once and shared by every metric. */
export interface SortedSample {
  /** Ascending. */
  readonly values: Float64Array;
  /** Weights in the order of `values`; absent when all are equal. */
  readonly weights?: Float64Array;
}

/** Distance between two one-dimensional samples. Host arithmetic in float64. */
export interface Metric {
  /** Column heading, e.g. `Wasserstein`. */
  readonly label: string;
  distance(truth: SortedSample, predicted: SortedSample): number;
}
export const Metric = defineListRole<Metric>('metrics');

/** Where events come from: a file, a simulator, a generator. Random access by ranges; shuffling and scaling are the framework's. */
export interface EventSource {
  readonly spec: EventSpec;
  /** Opens files or warms up; called once before anything else. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Events in a split. */
  count(split: Split): number;
  /** How many neighbouring events are cheapest to read at once. */
  readonly blockSize: number;
  /** Events `start` to `start + count` of a split, in physical units. */
  read(split: Split, start: number, count: number): Promise<HostEvents>;
}
export const EventSource = defineRole<EventSource>('data');

/** What a trained model drew, and where the events that it drew for are. */
export interface EvaluatedDraws {
  /** What the run is called. */
  readonly label: string;
  /** Open. Truth and observation of the events are read from here, and the training split is there to learn from. */
  readonly source: EventSource;
  /** The events `start` to `start + events` of this split. */
  readonly split: Split;
  readonly start: number;
  readonly events: number;
  /** Draws an event. */
  readonly draws: number;
  /** Row-major [events, draws, P], in physical units. */
  readonly partons: Float32Array;
}

/** Holds draws against something else than the truth in each distribution, e.g. against another method of unfolding. */
export interface Evaluator {
  /** Tables for the terminal and the report. */
  evaluate(drawn: EvaluatedDraws): Promise<readonly Table[]>;
}
export const Evaluator = defineListRole<Evaluator>('evaluators');

/** Makes a tfjs backend current. Models never see it: they call tfjs-core ops. */
export interface Engine {
  /** For logs, e.g. `wasm (SIMD, 2 threads)`. Known once started. */
  readonly label: string;
  start(): Promise<void>;
}
export const Engine = defineRole<Engine>('engine');

/**
 * Joins data-parallel workers. What is called a reduction here is collective: every worker calls the same ones in the
 * same order with arrays of the same lengths, and each gets the same bits.
 */
export interface Communicator {
  /** For logs, e.g. `4 workers over Open MPI 4.1.4`. Known once open, like the rest. */
  readonly label: string;
  /** From 0 to `world` - 1. Worker 0 writes the run's files. */
  readonly rank: number;
  readonly world: number;
  /** Joins the others. Called once, before anything else and before the engine starts. */
  open(): Promise<void>;
  /**
   * Sum over workers of each value, in place and at least as precisely as the values are stored. All gradients of a
   * model come in one array. `during` names the work in messages.
   */
  allReduceSum(values: Float32Array | Float64Array, during?: string): Promise<void>;
  /** The bytes of worker 0, in place of every other's. */
  broadcast(bytes: Uint8Array): Promise<void>;
  /** Leaves the others, when all are done. */
  close(): Promise<void>;
  /** Ends all workers at once with an exit code: this one has failed, and the others would wait for it for ever. */
  abort(exitCode: number): void;
}
export const Communicator = defineRole<Communicator>('parallel');

/** One logged training step. */
export interface StepRecord {
  readonly stage: string;
  /** Steps done since the start of the run, over all stages. */
  readonly step: number;
  readonly loss: number;
  /** What the loss is the sum of. */
  readonly terms: Readonly<Record<string, number>>;
  /** What is logged beside the terms. */
  readonly monitored: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Norm before clipping, per parameter group. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly eventsPerSecond: number;
}

/** One evaluation on the validation split. */
export interface ValidationRecord {
  readonly stage: string;
  readonly step: number;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly monitored: Readonly<Record<string, number>>;
}

/** What a reporter is told at the start. */
export interface RunStart {
  readonly directory: string;
  /** The step of the checkpoint that the run goes on from; 0 for a new run. Anything logged after it is void. */
  readonly step: number;
  readonly totalSteps: number;
  readonly parameters: number;
  readonly engine: string;
}

/** Told what happens in a run, in order. */
export interface Reporter {
  onStart?(run: RunStart): void;
  onStep?(record: StepRecord): void;
  onValidation?(record: ValidationRecord): void;
  /** Everything reported up to here must be on disk when this returns. */
  onCheckpoint?(step: number): void;
  onEnd?(): void;
}
export const Reporter = defineListRole<Reporter>('reporters');
