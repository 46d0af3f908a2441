/** Events on the host and in batches, and how they are scaled for networks. */
export * from './batches.js';
export * from './count-below.js';
export * from './fit-scaling.js';
export * from './normal-scores.js';
export * from './scaling.js';
export * from './scaling-json.js';
