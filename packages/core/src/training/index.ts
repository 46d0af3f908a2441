export * from './adam.js';
export * from './checkpoint.js';
export { lossAndGradients } from './gradients.js';
export * from './host-kernel.js';
export * from './learning-rate.js';
export * from './moving-average.js';
export * from './stage-options.js';
export * from './trainer.js';
export * from './weights.js';
