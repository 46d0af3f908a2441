import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { EventSpec } from '../contracts/events/event-spec.js';
import { ConditionEncoder, type EncodedObservation } from '../contracts/model/condition-encoder.js';
import type { NoiseLevel } from '../contracts/model/denoiser.js';
import { Denoiser } from '../contracts/model/denoiser.js';
import { LatentCodec, type LatentPosterior } from '../contracts/model/latent-codec.js';
import { NoiseSchedule } from '../contracts/model/noise-schedule.js';
import type { Observation } from '../contracts/model/observation.js';
import { Sampler } from '../contracts/model/sampler.js';
import { transfer } from '../diffusion/transfer.js';
import { Scaling, scaledWidth } from '../events/scaling.js';
import { gaussianKl } from '../losses/gaussian-kl.js';
import { Module, type Parameter } from '../module.js';
import { Linear } from '../nn/linear.js';
import { component, definePlugin } from '../plugin/plugin.js';
import type { Rng } from '../rng.js';

/** Mean over the objects of each input of a linear map of their features. */
export class MeanEncoder extends Module implements ConditionEncoder {
  readonly embeddings: ReadonlyMap<string, Linear>;

  constructor(
    readonly width: number,
    spec: EventSpec,
    rng: Rng,
  ) {
    super();
    const embedding = (name: string, inputs: number) => new Linear({ inputs, outputs: width }, rng.fork(name));
    const inputs = Object.entries(spec.inputs);
    this.embeddings = new Map(inputs.map(([name, { features }]) => [name, embedding(name, features.length)]));
  }

  encode(observed: Observation): tf.Tensor2D {
    return this.encodeObjects(observed).summary;
  }

  encodeObjects(observed: Observation): Required<EncodedObservation> {
    const inputs = [...this.embeddings].map(([name, embedding]) => {
      const { features, mask } = observed[name]!;
      return { tokens: tf.mul(tf.tanh(embedding.apply(features)), tf.expandDims(mask, 2)) as tf.Tensor3D, mask };
    });
    const means = inputs.map(({ tokens, mask }) =>
      tf.div<tf.Tensor2D>(tf.sum<tf.Tensor2D>(tokens, 1), tf.add(1, tf.sum(mask, 1, true))),
    );
    const joined = <Part extends tf.Tensor>(parts: Part[]): Part => tf.concat(parts, 1) as Part;
    return {
      summary: tf.addN(means),
      objects: {
        tokens: joined(inputs.map(({ tokens }) => tokens)),
        mask: joined(inputs.map(({ mask }) => mask)),
      },
    };
  }
}

/** A linear map with normal noise of a trainable size, and a linear map back. */
export class LinearCodec extends Module implements LatentCodec {
  readonly condition = 'both';
  readonly deterministic = false;
  readonly encoder: Linear;
  readonly decoder: Linear;
  /** [1, L]. */
  readonly logStd: Parameter;

  constructor(
    readonly latentWidth: number,
    { partons, condition }: { readonly partons: number; readonly condition: number },
    rng: Rng,
  ) {
    super();
    this.encoder = new Linear({ inputs: partons + condition, outputs: latentWidth }, rng.fork('encoder'));
    this.decoder = new Linear({ inputs: latentWidth + condition, outputs: partons }, rng.fork('decoder'));
    this.logStd = tf.tidy(() => tf.variable(tf.fill([1, latentWidth], -1)));
  }

  encode(partons: tf.Tensor2D, condition: tf.Tensor2D): LatentPosterior {
    const mean = this.encoder.apply(tf.concat([partons, condition], 1));
    const logStd = tf.add(this.logStd, tf.zerosLike(mean));
    return {
      sample: (rng) => tf.add(mean, tf.mul(tf.exp(logStd), rng.normalTensor(...mean.shape))),
      kl: (priorMean, priorLogStd) => gaussianKl({ mean, logStd }, { mean: priorMean, logStd: priorLogStd }),
    };
  }

  decode(latent: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor2D {
    return this.decoder.apply(tf.concat([latent, condition], 1));
  }
}

/** gamma = -6 + 10 t. */
export class StraightSchedule extends Module implements NoiseSchedule {
  readonly shapeParameters: readonly Parameter[] = [];

  gamma(t: tf.Tensor1D): tf.Tensor1D {
    return tf.add(-6, tf.mul(10, t));
  }

  gammaSlope(t: tf.Tensor1D): tf.Tensor1D {
    return tf.fill(t.shape, 10);
  }
}

/** One linear map of everything. */
export class LinearDenoiser extends Module implements Denoiser {
  readonly map: Linear;

  constructor({ latent, condition }: { readonly latent: number; readonly condition: number }, rng: Rng) {
    super();
    this.map = new Linear({ inputs: latent + condition + 1, outputs: latent }, rng);
  }

  predictNoise(latent: tf.Tensor2D, { gamma }: NoiseLevel, condition: tf.Tensor2D): tf.Tensor2D {
    return this.map.apply(tf.concat([latent, tf.expandDims<tf.Tensor2D>(tf.div(gamma, 10), 1), condition], 1));
  }
}

/** First order, deterministic (Song et al. 2021, DDIM). */
export function eulerStandIn(steps: number): Sampler<StepsDone> {
  return {
    batchIndependent: true,
    init: () => ({ steps: 0 }),
    step: ({ latent, t, state }, diffusion) => {
      const s = 1 - (state.steps + 1) / steps;
      return {
        latent: transfer(latent, diffusion.predictNoise(latent, t), diffusion.gamma(t), diffusion.gamma(s)),
        t: s,
        state: { steps: state.steps + 1 },
      };
    },
  };
}

/** What `eulerStandIn` hands on from step to step. */
export type StepsDone = { readonly steps: number };

/** The kind of every stand-in. */
export const STAND_IN = 'stand-in';

const options = z.object({ width: z.int().positive().default(6) });
const description = 'The simplest that conforms, for tests of what lies beside it';

/** The simplest component of each role that others inject. */
export const standIns = definePlugin({ name: '@unfold-zoo/core/testing', version: '1' }, [
  component(ConditionEncoder, STAND_IN, {
    description,
    options,
    inject: [EventSpec],
    create: ({ options, rng }, spec) => new MeanEncoder(options.width, spec, rng),
  }),
  component(LatentCodec, STAND_IN, {
    description,
    options: z.object({ width: z.int().positive().default(4) }),
    inject: [Scaling, ConditionEncoder],
    create: ({ options, rng }, scaling, { width }) =>
      new LinearCodec(options.width, { partons: scaledWidth(scaling), condition: width }, rng),
  }),
  component(NoiseSchedule, STAND_IN, { description, options: z.object({}), create: () => new StraightSchedule() }),
  component(Denoiser, STAND_IN, {
    description,
    options: z.object({}),
    inject: [LatentCodec, ConditionEncoder],
    create: ({ rng }, { latentWidth }, { width }) => new LinearDenoiser({ latent: latentWidth, condition: width }, rng),
  }),
  component(Sampler, STAND_IN, {
    description,
    options: z.object({ steps: z.int().positive().default(4) }),
    create: ({ options }) => eulerStandIn(options.steps),
  }),
]);
