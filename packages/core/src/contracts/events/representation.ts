import type { Tensor2D } from '@tensorflow/tfjs-core';
import { defineRole } from '../../plugin/token.js';
import type { Observation } from '../model/observation.js';
import type { HostEvents, Observed, Quantity } from './event-spec.js';

/** One number that a model learns of the truth of an event. */
export interface RepresentedColumn {
  /** For messages and files, e.g. `hadronic_top.mass`; no two columns have the same. */
  readonly name: string;
  /** What it is of a particle, in its unit (GeV; `logE` is ln(E / GeV)); absent for anything else. */
  readonly quantity?: Quantity;
  /**
   * Present for a column that is always mapped to normal scores, whatever `scaling.normalScores` says, e.g. because it
   * takes few values and must take no others.
   */
  readonly normalScores?: true;
}

/**
 * How the truth of an event becomes the numbers that a model learns, before they are standardised, and how these become
 * the truth again. Both ways go event by event: what becomes of one does not depend on others. Numbers may be relative
 * to what the detector saw of the event, which is known whenever draws are made.
 */
export interface Representation {
  /** The numbers of one event, W of them, in their order. */
  readonly columns: readonly RepresentedColumn[];
  /**
   * Whether particles that come back have M^2 = E^2 - |p|^2. `exact`: whatever the numbers, none of which is an energy,
   * so that the consistency loss (paper, eq. 10) is zero and models leave it out. `restored`: whatever the numbers too,
   * of which one is the energy; the loss says how well it fits. `learned`: as far as a model has learned it.
   */
  readonly massShell: 'exact' | 'restored' | 'learned';
  /** Parton vectors, row-major [n, P] in physical units, of n events to numbers [n, W]. */
  encode(partons: Float32Array, observed: Observed): Float64Array;
  /**
   * Numbers [n, draws, W] of n events to parton vectors [n, draws, P] in physical units. Any finite numbers give finite
   * partons. A number that is not finite gives partons that are not finite, which draws are checked for.
   */
  decode(numbers: Float64Array, observed: Observed): Float64Array;
  /** The inputs as networks are to see them, e.g. turned; absent: as they are. */
  inputs?(observed: Observed): HostEvents['inputs'];
  /**
   * `decode` in tfjs ops, for graphs of exported models: numbers [B, W] of B events to parton vectors [B, P], one draw
   * of each. `observed` is in physical units. A representation without it is exported by none.
   * @throws UserError for options with which it cannot be done.
   */
  decodeTensors?(numbers: Tensor2D, observed: Observation): Tensor2D;
  /** `inputs` in tfjs ops, of representations that have both; in physical units. */
  inputTensors?(observed: Observation): Observation;
  /**
   * What is taken for granted of a particle, for the message to users whose truth is otherwise, e.g.
   * `is the sum of hadronic_b, hadronic_W`; undefined where nothing is.
   */
  assumption?(particle: number): string | undefined;
}
export const Representation = defineRole<Representation>('representation');
