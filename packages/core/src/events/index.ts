/** Events on the host and in batches, how they are scaled for networks, and what a model draws for them. */
export * from '../representations/decay-chain.js';
export { type Decay, type DecayProblem, decayProblems, decaysOf } from '../representations/decays.js';
export * from '../representations/parton-vector.js';
export * from './batches.js';
export * from './check-host-events.js';
export * from './compare-events.js';
export * from './count-below.js';
export * from './draw-partons.js';
export * from './draw-streams.js';
export * from './effective-events.js';
export * from './event-columns.js';
export * from './fit-scaling.js';
export * from './normal-scores.js';
export * from './round-trip.js';
export * from './scaling.js';
export * from './scaling-json.js';
export * from './slice-events.js';
export * from './true-partons.js';
