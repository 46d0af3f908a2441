/** Training: the one trainer, its optimiser, checkpoints and reports. */

export type { LossTerms, ParameterGroup, WholeBatchMean } from '../contracts/model/training-stage.js';
export type { AdamStep, HostArithmetic } from '../contracts/training/host-arithmetic.js';
export type { LossRecord } from '../contracts/training/reporter.js';
export type { RepeatedStep, StepInputs, StepRecording, StepRepeater } from '../contracts/training/step-repeater.js';
export * from './agreement/shared-state.js';
export {
  type Checkpoint,
  readCheckpoint,
  readCheckpointState,
  readSamplingWeights,
  type TrainingState,
  verifyCheckpoint,
} from './checkpoints/checkpoint.js';
export * from './checkpoints/checkpoint-store.js';
export { CHECKSUMS_FILE, formatChecksums } from './checkpoints/checksums.js';
export { lossAndGradients } from './gradients.js';
export { constantRate } from './learning-rates/constant.js';
export { cosineRate } from './learning-rates/cosine.js';
export { type OneCycleOptions, oneCycleRate } from './learning-rates/one-cycle.js';
export { phasesOf } from './learning-rates/phases.js';
export { type WarmUpOptions, warmUpRate } from './learning-rates/warm-up.js';
export { type AdamOptions, adam } from './optimisers/adam.js';
export { type AdamWOptions, adamW } from './optimisers/adamw.js';
export * from './optimisers/gradient-norm.js';
export { javaScriptArithmetic } from './optimisers/javascript-arithmetic.js';
export { type LionOptions, lion } from './optimisers/lion.js';
export * from './optimisers/moving-average.js';
export * from './reporters/jsonl.js';
export { crc32c } from './reporters/tensorboard.js';
export * from './stage-options.js';
export { TrainingDiverged } from './stage-training.js';
export * from './stopwatch.js';
export * from './trainer.js';
export * from './training-options.js';
export * from './training-run.js';
export * from './turn-of-events.js';
export { DRAW_SCORES, type DrawScores } from './validation/draw-scores.js';
export { scoreDraws, type ValidationDraws } from './validation/validation-draws.js';
export * from './weights.js';
