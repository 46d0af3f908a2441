import * as tf from '@tensorflow/tfjs-core';
import {
  type ConditionEncoder,
  type Denoiser,
  type LatentCodec,
  type LatentPosterior,
  Module,
  type NoiseLevel,
  type NoiseSchedule,
  type Observation,
  type Parameter,
  type Rng,
} from '@unfold-zoo/core';
import type { EventScaling } from '@unfold-zoo/core/events';
import { gaussianKl } from '@unfold-zoo/core/losses';
import { PlainEncoder } from '@unfold-zoo/core/testing';
import { Vld, type VldOptions, type VldParts } from '@unfold-zoo/models-vld';
import { LinearSchedule, pndm } from '@unfold-zoo/parts';

const variable = (value: () => tf.Tensor): Parameter => tf.tidy(() => tf.variable(value()));

/** z_y = y W. */
export class LinearEncoder extends Module implements ConditionEncoder {
  readonly weight: Parameter;

  constructor(readonly width: number) {
    super();
    this.weight = variable(() => tf.eye(width));
  }

  encode(observed: Observation): tf.Tensor2D {
    return tf.matMul(tf.squeeze<tf.Tensor2D>(observed['y']!.features, [1]), this.weight as tf.Tensor2D);
  }
}

/** z_x = factor x + std noise, x = z_x / factor, all trainable. */
export class ScalingCodec extends Module implements LatentCodec {
  readonly deterministic = false;
  readonly condition = 'none';
  readonly factor: Parameter;
  readonly logStd: Parameter;
  readonly inverse: Parameter;

  constructor(
    readonly latentWidth: number,
    factor: number,
    std: number,
  ) {
    super();
    this.factor = variable(() => tf.scalar(factor));
    this.logStd = variable(() => tf.scalar(Math.log(std)));
    this.inverse = variable(() => tf.scalar(1 / factor));
  }

  encode(partons: tf.Tensor2D): LatentPosterior {
    const mean: tf.Tensor2D = tf.mul(this.factor, partons);
    return {
      sample: (rng) => tf.add(mean, tf.mul(tf.exp(this.logStd), rng.normalTensor(...mean.shape))),
      kl: (priorMean, priorLogStd) =>
        gaussianKl({ mean, logStd: this.logStd }, { mean: priorMean, logStd: priorLogStd }),
    };
  }

  decode(latent: tf.Tensor2D): tf.Tensor2D {
    return tf.mul(this.inverse, latent);
  }
}

/** z_x = x. */
export class PlainCodec extends Module implements LatentCodec {
  readonly deterministic = true;
  readonly condition = 'none';

  constructor(readonly latentWidth: number) {
    super();
  }

  encode(partons: tf.Tensor2D): LatentPosterior {
    return { sample: () => partons, kl: () => tf.zerosLike(partons) };
  }

  decode(latent: tf.Tensor2D): tf.Tensor2D {
    return latent;
  }
}

/** Predicts no noise, whatever it sees. */
export class ZeroDenoiser extends Module implements Denoiser {
  predictNoise(latent: tf.Tensor2D): tf.Tensor2D {
    return tf.zerosLike(latent);
  }
}

/**
 * epsilon = sum_k h_k(gamma) (z_t, z_y) W_k with triangular bumps h_k: linear in what it sees, as the exact denoiser
 * of Gaussian data is, with coefficients that are free functions of gamma.
 */
export class BumpDenoiser extends Module implements Denoiser {
  readonly weight: Parameter;

  constructor(
    readonly shape: { readonly latent: number; readonly condition: number },
    readonly bumps: number,
    readonly range: readonly [number, number],
  ) {
    super();
    this.weight = variable(() => tf.zeros([bumps * (shape.latent + shape.condition), shape.latent]));
  }

  predictNoise(latent: tf.Tensor2D, { gamma }: NoiseLevel, condition: tf.Tensor2D): tf.Tensor2D {
    const [min, max] = this.range;
    const place = tf.mul(tf.sub(gamma, min), (this.bumps - 1) / (max - min));
    const bumps = tf.relu(tf.sub(1, tf.abs(tf.sub(tf.expandDims(place, 1), tf.range(0, this.bumps)))));
    const seen = tf.concat([latent, condition], 1);
    const features = tf.mul(tf.expandDims(bumps, 2), tf.expandDims(seen, 1));
    return tf.matMul(tf.reshape(features, [latent.shape[0], -1]), this.weight as tf.Tensor2D);
  }
}

/** Units in which nothing is scaled, for `particles` particles. */
export function unitScaling(particles: number): EventScaling {
  const columns = 5 * particles;
  return {
    partons: {
      mean: new Float64Array(columns),
      standardDeviation: new Float64Array(columns).fill(1),
      log: new Uint8Array(columns),
    },
    inputs: {},
    energySquared: new Float64Array(particles).fill(1),
  };
}

/** y as the only object of the only input. */
export function observe(y: tf.Tensor2D): Observation {
  const [events, width] = y.shape;
  return { y: { features: tf.reshape(y, [events, 1, width]), mask: tf.ones([events, 1]) } };
}

const usual: VldOptions = {
  reduction: 'mean',
  prior: 'diffusion',
  priorWeight: 1,
  reconstructionWeight: 1,
  diffusion: { weighting: 'bound', latentVariance: 1, noiseDraws: 1 },
  finalLatent: 'noisy',
  consistency: { weight: 0, form: 'mae' },
};

/** A VLD on a linear schedule, with some of its parts or options replaced. */
export function toyVld(
  parts: Partial<VldParts> & Pick<VldParts, 'codec' | 'denoiser'>,
  options: Partial<VldOptions> = {},
): Vld {
  const schedule: NoiseSchedule = new LinearSchedule(-6, 4);
  const others = { conditionEncoder: new PlainEncoder(2), schedule, sampler: pndm(20, 'runge-kutta') };
  return new Vld({ ...others, scaling: unitScaling(1), ...parts }, { ...usual, ...options });
}

/** [events, 1 particle] x = (M, ln E, px, py, pz), each N(0, 1), and y = x's first two columns smeared. */
export function toyEvents(events: number, rng: Rng): { partons: tf.Tensor2D; observed: Observation } {
  const partons = rng.normalTensor(events, 5);
  const y = tf.add(tf.slice(partons, [0, 0], [events, 2]), rng.normalTensor(events, 2));
  return { partons, observed: observe(y as tf.Tensor2D) };
}
