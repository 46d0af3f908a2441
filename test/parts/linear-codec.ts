import * as tf from '@tensorflow/tfjs-core';
import { type CodecCondition, type LatentCodec, type LatentPosterior, Module, type Parameter } from '@unfold-zoo/core';
import { gaussianKl } from '@unfold-zoo/core/losses';

const variable = (value: () => tf.Tensor): Parameter => tf.tidy(() => tf.variable(value()));

/** Where a `LinearCodec` starts: each map is a multiple of the identity. */
export interface LinearCodecStart {
  readonly encoder: number;
  readonly encoderCondition: number;
  readonly logStd: number;
  readonly decoder: number;
  readonly decoderCondition: number;
}

/** z_x = A x + B y + std noise, x = C z_x + D y: a codec that can be exact on linear Gaussian events. */
export class LinearCodec extends Module implements LatentCodec {
  readonly deterministic = false;
  readonly latentWidth = 2;
  readonly encoder: Parameter;
  readonly logStd: Parameter;
  readonly decoder: Parameter;
  readonly encoderCondition?: Parameter;
  readonly decoderCondition?: Parameter;

  constructor(
    readonly condition: CodecCondition,
    start: LinearCodecStart,
  ) {
    super();
    const multiple = (factor: number) => variable(() => tf.mul(factor, tf.eye(2)));
    this.encoder = multiple(start.encoder);
    this.logStd = variable(() => tf.fill([2], start.logStd));
    this.decoder = multiple(start.decoder);
    if (condition !== 'none') this.encoderCondition = multiple(start.encoderCondition);
    if (condition === 'both') this.decoderCondition = multiple(start.decoderCondition);
  }

  encode(partons: tf.Tensor2D, condition: tf.Tensor2D): LatentPosterior {
    const mean = linearMap([partons, this.encoder], [condition, this.encoderCondition]);
    return {
      sample: (stream) => tf.add(mean, tf.mul(tf.exp(this.logStd), stream.normalTensor(...mean.shape))),
      kl: (priorMean, priorLogStd) =>
        gaussianKl({ mean, logStd: this.logStd }, { mean: priorMean, logStd: priorLogStd }),
    };
  }

  decode(latent: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor2D {
    return linearMap([latent, this.decoder], [condition, this.decoderCondition]);
  }
}

function linearMap(...terms: (readonly [tf.Tensor2D, Parameter | undefined])[]): tf.Tensor2D {
  const products = terms.flatMap(([x, matrix]) => (matrix ? [tf.matMul(x, matrix as tf.Tensor2D)] : []));
  return tf.addN(products) as tf.Tensor2D;
}
