export { default } from './plugin.js';
export { ancestral, ancestralSampler } from './samplers/ancestral.js';
export { ddim, ddimSampler } from './samplers/ddim.js';
export { type NoiseHistory, type PndmStart, pndm, pndmSampler } from './samplers/pndm.js';
export { CosineSchedule, cosineSchedule } from './schedules/cosine.js';
export { LearnedSchedule, type LearnedScheduleOptions, learnedSchedule } from './schedules/learned.js';
export { LinearSchedule, linearSchedule } from './schedules/linear.js';
export { Vld, type VldOptions, type VldParts, vldModel } from './vld.js';
