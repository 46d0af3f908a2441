import { defineRole } from '../../plugin/token.js';
import type { HostArithmetic } from './host-arithmetic.js';

/** One update of the weights of a parameter group, an array per parameter, all in host memory. */
export interface OptimiserStep<Moment extends string = string> {
  /** Counts the updates of these weights, from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** What the gradients are multiplied by beforehand: clipping by their norm, and the mean over workers. */
  readonly scale: number;
  /** Left as they are. */
  readonly gradients: readonly Float32Array[];
  /** Changed in place. */
  readonly weights: readonly Float32Array[];
  /** What is remembered between updates, by name, in arrays like the weights'; changed in place. */
  readonly moments: Readonly<Record<Moment, readonly Float32Array[]>>;
}

/**
 * How weights follow from gradients. Stateless: what it remembers of each weight is passed in, so that whoever loops
 * saves it in checkpoints and one optimiser serves every group.
 */
export interface Optimiser<Moment extends string = string> {
  /** Names of what it remembers of each weight, e.g. `first`; all zero before the first update. */
  readonly moments: readonly Moment[];
  /** One update, in place. A learning rate of 0 changes no weight. */
  update(step: OptimiserStep<Moment>, arithmetic: HostArithmetic): void;
}
export const Optimiser = defineRole<Optimiser>('optimiser');
