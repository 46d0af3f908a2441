/**
 * Events on the host and in batches, what a topology says of them, how they are scaled for networks, and what a model
 * draws for them.
 */
export type { CarriedColumns } from '../contracts/events/event-source.js';
export {
  type Feature,
  type HostObjects,
  type InputSpec,
  type MeasuredBy,
  type Particle,
  partonWidth,
  QUANTITIES,
  type Quantity,
  SPLITS,
} from '../contracts/events/event-spec.js';
export * from '../contracts/events/exact-posterior.js';
export * from '../contracts/events/figures.js';
export type { RepresentedColumn } from '../contracts/events/representation.js';
export * from '../representations/decay-chain.js';
export { type Decay, type DecayProblem, decayProblems, decaysOf } from '../representations/decays.js';
export * from '../representations/parton-vector.js';
export type { Share, StreamRows } from '../rng.js';
export * from './batches.js';
export * from './check-host-events.js';
export * from './columns/asinh.js';
export * from './columns/normal-scores.js';
export * from './compare-events.js';
export * from './count-below.js';
export * from './draw-partons.js';
export * from './draw-streams.js';
export * from './effective-events.js';
export * from './event-columns.js';
export * from './fit-scaling.js';
export * from './round-trip.js';
export {
  type ColumnScaling,
  type EventScaling,
  LOG_ENERGY_LIMIT,
  LOG_FLOOR,
  logEnergyLimit,
  networkInputs,
  scaledWidth,
  scaleFeatures,
  scalePartons,
  unscalePartons,
} from './scaling.js';
export * from './scaling-json.js';
export * from './slice-events.js';
export * from './true-partons.js';
