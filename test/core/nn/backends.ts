import '../../tfjs.js';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(join(dirname(main), '/'));

/** The backends that layers must run on. */
export const BACKENDS = ['cpu', 'wasm'] as const;

/** Makes a backend current. Tests that use it are serial. */
export async function useBackend(name: string): Promise<void> {
  await tf.setBackend(name);
  await tf.ready();
}

/** The difference of largest size, relative to the largest entry. */
export function distance(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.max(tf.abs(expected))).dataSync()[0]!);
}

/** Whether two tensors agree in every bit. */
export function identical(a: tf.Tensor, b: tf.Tensor): boolean {
  return Buffer.from(a.dataSync().slice().buffer).equals(Buffer.from(b.dataSync().slice().buffer));
}
