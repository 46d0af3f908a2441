/** Terms of losses that several models share. */
export * from './consistency.js';
export * from './gaussian-kl.js';
export * from './loss-options.js';
export * from './reduction.js';
export * from './weighted-mean.js';
