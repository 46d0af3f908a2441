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
export * from './common-failure.js';
export { lossAndGradients } from './gradients.js';
export * from './host-kernel.js';
export * from './learning-rate.js';
export * from './moving-average.js';
export * from './shared-state.js';
export * from './stage-options.js';
export * from './trainer.js';
export * from './weights.js';
