export { type DenoiserWidths, GatedMlp, type GatedMlpOptions, gatedMlp } from './gated-mlp.js';
export { GatedStack, type GatedStackOptions } from './gated-stack.js';
export { GatedTransformer, type GatedTransformerOptions, gatedTransformer } from './gated-transformer.js';
export {
  type CodecWidths,
  GaussianCodec,
  type GaussianCodecOptions,
  GaussianPosterior,
  gaussianCodec,
} from './gaussian-codec.js';
export { default } from './plugin.js';
export { ancestral, ancestralSampler } from './samplers/ancestral.js';
export { ddim, ddimSampler } from './samplers/ddim.js';
export { type NoiseHistory, type PndmStart, pndm, pndmSampler } from './samplers/pndm.js';
export { CosineSchedule, cosineSchedule } from './schedules/cosine.js';
export { LearnedSchedule, type LearnedScheduleOptions, learnedSchedule } from './schedules/learned.js';
export { LinearSchedule, linearSchedule } from './schedules/linear.js';
export { Vld, type VldOptions, type VldParts, vldModel } from './vld.js';
