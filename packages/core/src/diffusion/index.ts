/** Diffusion in latents: the noise, the bound, the reverse process. */

export type { GradientGate } from '../contracts/model/noise-schedule.js';
export * from './antithetic-times.js';
export * from './denoise.js';
export * from './diffusion-terms.js';
export * from './final-latent.js';
export * from './latent-diffusion-posterior.js';
export * from './make-diffusion.js';
export * from './reconstructions.js';
export * from './sample-latent.js';
export * from './schedule-diagnostic.js';
export * from './time-at.js';
export * from './transfer.js';
export * from './variance-gate.js';
export * from './variance-preserving.js';
export * from './with-gradient.js';
