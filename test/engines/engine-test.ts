import * as tf from '@tensorflow/tfjs-core';
import type { Implementation } from 'ava';

/** A test of one engine, one after the other since they share tfjs; skipped where the engine is not there. */
export type EngineTest = (title: string, implementation: Implementation<[]>) => void;

/** The values of what `compute` makes on a backend, with its inputs made there. */
export async function on(
  backend: string,
  compute: () => tf.Tensor | tf.Tensor[],
): Promise<{ shape: number[]; dtype: string; values: Float32Array }[]> {
  await tf.setBackend(backend);
  const results: { shape: number[]; dtype: string; values: Float32Array }[] = [];
  // Nothing is returned: tidy would look through every array, number by number.
  tf.tidy(() => {
    for (const tensor of [compute()].flat()) {
      const { shape, dtype } = tensor;
      results.push({ shape, dtype, values: Float32Array.from(tensor.dataSync()) });
    }
  });
  return results;
}
