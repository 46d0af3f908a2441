import * as tf from '@tensorflow/tfjs-core';
import type { EventSpec } from '../contracts/events/event-spec.js';
import type { GenerativeModel } from '../contracts/model/generative-model.js';
import type { EventBatch, Observation } from '../contracts/model/observation.js';
import type { Posterior } from '../contracts/model/posterior.js';
import type { TrainingStage } from '../contracts/model/training-stage.js';
import { weightedMean } from '../losses/weighted-mean.js';
import { Module, type Parameter } from '../module.js';
import { encodedPosterior } from '../nn/encoded-posterior.js';
import type { Rng } from '../rng.js';
import { MeanEncoder } from './stand-ins.js';

/** A normal distribution about a map of what was observed, of independent numbers: the simplest model that conforms. */
export class NormalModel extends Module implements GenerativeModel {
  readonly encoder: MeanEncoder;
  /** [1, W]. */
  readonly logStd: Parameter;

  /** `width` numbers of an event. */
  constructor(width: number, spec: EventSpec, rng: Rng) {
    super();
    this.encoder = new MeanEncoder(width, spec, rng);
    this.logStd = tf.tidy(() => tf.variable(tf.zeros([1, width])));
  }

  get stages(): readonly TrainingStage[] {
    return [
      { name: 'normal', groups: [{ name: 'all', parameters: this.parameters }], loss: (batch) => this.#loss(batch) },
    ];
  }

  posterior(observed: Observation): Posterior {
    return encodedPosterior(this.encoder, observed, {
      draw: (mean, rng) => tf.add(mean, tf.mul(tf.exp(this.logStd), rng.normalTensor(...mean.shape))),
    });
  }

  #loss({ partons, observed, weights }: EventBatch) {
    const pull = tf.div(tf.sub(partons, this.encoder.encode(observed)), tf.exp(this.logStd));
    const each = tf.sum<tf.Tensor1D>(tf.add(tf.mul(0.5, tf.square(pull)), this.logStd), 1);
    return { terms: { misfit: weightedMean(each, weights) } };
  }
}
