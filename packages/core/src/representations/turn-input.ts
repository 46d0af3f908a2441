import * as tf from '@tensorflow/tfjs-core';
import type { HostObjects, InputSpec } from '../contracts/events/event-spec.js';
import type { ObjectSet } from '../contracts/model/observation.js';
import { UserError } from '../errors.js';
import { withinPi } from '../nn/functions/within-pi.js';
import { columnOf } from './measured-object.js';

/** @throws UserError for an input of which px is known and py is not, or the reverse: its objects cannot be turned. */
export function checkCanTurn(name: string, input: InputSpec): void {
  if ((columnOf(input, 'px') === undefined) === (columnOf(input, 'py') === undefined)) return;
  throw new UserError(
    `invalid features of input ${name}: representation.frame "detector" turns objects about the beam, and for that ` +
      'px and py are both features or neither is',
  );
}

/**
 * The objects of an input with their azimuths counted from another in each event: features of the quantities phi, px
 * and py change, all others stay.
 * @param azimuths [n] rad.
 */
export function turnInput(objects: HostObjects, input: InputSpec, azimuths: readonly number[]): HostObjects {
  const width = input.features.length;
  const [phi, px, py] = [columnOf(input, 'phi'), columnOf(input, 'px'), columnOf(input, 'py')];
  const features = objects.features.slice();
  for (const [event, azimuth] of azimuths.entries()) {
    const [cosine, sine] = [Math.cos(azimuth), Math.sin(azimuth)];
    for (let slot = event * input.capacity; slot < (event + 1) * input.capacity; slot++) {
      if (objects.mask[slot] === 0) continue;
      const at = slot * width;
      if (phi !== undefined) features[at + phi] = angleWithinPi(objects.features[at + phi]! - azimuth);
      if (px === undefined || py === undefined) continue;
      const [x, y] = [objects.features[at + px]!, objects.features[at + py]!];
      features[at + px] = cosine * x + sine * y;
      features[at + py] = cosine * y - sine * x;
    }
  }
  return { features, mask: objects.mask };
}

/** `turnInput` in tfjs ops: objects in physical units, and azimuths [B, 1]. */
export function turnInputTensors({ features, mask }: ObjectSet, input: InputSpec, azimuths: tf.Tensor2D): ObjectSet {
  const columns = [...(tf.split(features, input.features.length, 2) as tf.Tensor3D[])];
  const [phi, px, py] = [columnOf(input, 'phi'), columnOf(input, 'px'), columnOf(input, 'py')];
  const azimuth = tf.expandDims<tf.Tensor3D>(azimuths, 2);
  if (phi !== undefined) columns[phi] = withinPi(tf.sub<tf.Tensor3D>(columns[phi]!, azimuth));
  if (px !== undefined && py !== undefined) {
    const [x, y, cosine, sine] = [columns[px]!, columns[py]!, tf.cos(azimuth), tf.sin(azimuth)];
    columns[px] = tf.add(tf.mul(cosine, x), tf.mul(sine, y));
    columns[py] = tf.sub(tf.mul(cosine, y), tf.mul(sine, x));
  }
  return { features: tf.mul(tf.concat(columns, 2), tf.expandDims(mask, 2)), mask };
}

/** An angle in rad, from -pi to pi. */
function angleWithinPi(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
