export { autoregressiveAssignment } from './assignment/autoregressive.js';
export { GatedStack, type GatedStackOptions } from './blocks/gated-stack.js';
export {
  type CodecWidths,
  GaussianCodec,
  type GaussianCodecOptions,
  GaussianPosterior,
  gaussianCodec,
} from './codecs/gaussian-codec.js';
export { IdentityCodec, identityCodec } from './codecs/identity-codec.js';
export type { DenoiserWidths } from './denoisers/denoiser-widths.js';
export { GatedMlp, type GatedMlpOptions, gatedMlp } from './denoisers/gated-mlp.js';
export { ObjectPointer, type PointedObjects } from './denoisers/object-pointer.js';
export { ResidualMlp, type ResidualMlpOptions, residualMlp } from './denoisers/residual-mlp.js';
export {
  TransformerDenoiser,
  type TransformerOptions,
  transformerDenoiser,
} from './denoisers/transformer.js';
export { distilled, type SegmentOptions, segmentDistillation } from './distillation/segments.js';
export { DeepSets, type DeepSetsOptions, deepSets } from './encoders/deep-sets.js';
export { GatedTransformer, type GatedTransformerOptions, gatedTransformer } from './encoders/gated-transformer.js';
export { default } from './plugin.js';
export { ancestral, ancestralSampler } from './samplers/ancestral.js';
export { ddim, ddimSampler } from './samplers/ddim.js';
export { dpmSolver2M, dpmSolver2MSampler } from './samplers/dpm-solver-2m.js';
export { euler, eulerSampler } from './samplers/euler.js';
export { type FixedStepState, fixedSteps, type History, type Move, type StepMethod } from './samplers/fixed-steps.js';
export { heun, heunSampler } from './samplers/heun.js';
export { type PndmStart, pndm, pndmSampler } from './samplers/pndm.js';
export { type RungeKuttaOptions, type RungeKuttaState, rungeKutta, rungeKuttaSampler } from './samplers/runge-kutta.js';
export { STEP_SPACINGS, type StepSpacing, stepTimes } from './samplers/step-spacing.js';
export { CosineSchedule, cosineSchedule } from './schedules/cosine.js';
export { LearnedSchedule, type LearnedScheduleOptions, learnedSchedule } from './schedules/learned.js';
export { LinearSchedule, linearSchedule } from './schedules/linear.js';
