/** Training: the one trainer, its optimiser, checkpoints and reports. */

export * from './adam.js';
export {
  type Checkpoint,
  readCheckpoint,
  readSamplingWeights,
  type TrainingState,
  verifyCheckpoint,
} from './checkpoint.js';
export * from './checkpoint-store.js';
export { CHECKSUMS_FILE } from './checksums.js';
export { lossAndGradients } from './gradients.js';
export * from './host-kernel.js';
export * from './learning-rate.js';
export * from './moving-average.js';
export * from './reporters/jsonl.js';
export { crc32c } from './reporters/tensorboard.js';
export * from './shared-state.js';
export * from './stage-options.js';
export * from './trainer.js';
export * from './training-options.js';
export * from './turn-of-events.js';
export * from './weights.js';
