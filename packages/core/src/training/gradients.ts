import * as tf from '@tensorflow/tfjs-core';
import type { EventBatch, LossTerms, TrainingStage } from '../contracts.js';
import type { Parameter } from '../module.js';
import type { Rng } from '../rng.js';

/** The losses of one batch, read back to the host. */
export interface Losses {
  readonly loss: number;
  /** The terms that make up the loss, then those that are only monitored. */
  readonly terms: Readonly<Record<string, number>>;
}

/** The loss of a batch and its gradient with respect to each of `parameters`, on the host. */
export async function lossAndGradients(
  stage: TrainingStage,
  parameters: readonly Parameter[],
  batch: EventBatch,
  rng: Rng,
): Promise<Losses & { readonly gradients: (Float32Array | undefined)[] }> {
  let names: string[] = [];
  let terms: tf.Tensor1D | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const { packed, total, ...rest } = packTerms(stage.loss(batch, rng));
    names = rest.names;
    terms = tf.keep(packed);
    return total;
  }, parameters as tf.Variable[]);
  const read = await Promise.all(
    parameters.map(({ name }) => grads[name]?.data() as Promise<Float32Array> | undefined),
  );
  const losses = { loss: (await value.data())[0]!, terms: zip(names, await terms!.data()) };
  tf.dispose([value, grads, terms!]);
  return { ...losses, gradients: read };
}

/** The losses of a batch without gradients. */
export async function lossOnly(stage: TrainingStage, batch: EventBatch, rng: Rng): Promise<Losses> {
  const { names, packed, total } = tf.tidy(() => packTerms(stage.loss(batch, rng)));
  const losses = { loss: (await total.data())[0]!, terms: zip(names, await packed.data()) };
  tf.dispose([packed, total]);
  return losses;
}

// One stacked tensor rather than many scalars: one read-back a step.
function packTerms({ terms, monitored = {} }: { terms: LossTerms; monitored?: LossTerms }) {
  const names = [...Object.keys(terms), ...Object.keys(monitored)];
  const packed = tf.stack([...Object.values(terms), ...Object.values(monitored)]) as tf.Tensor1D;
  return { names, packed, total: tf.addN(Object.values(terms)) as tf.Scalar };
}

function zip(names: readonly string[], values: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}
