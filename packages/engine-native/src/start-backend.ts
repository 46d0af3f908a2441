import * as tf from '@tensorflow/tfjs-core';
import type { Addon } from './addon.js';
import { registerBlocks } from './kernels/blocks.js';
import { overrideElementwise } from './kernels/elementwise.js';
import { overrideLayout } from './kernels/layout.js';
import { overrideMatrixProducts } from './kernels/matrix-products.js';
import { inheritKernels } from './kernels/override.js';
import { overrideReductions } from './kernels/reductions.js';
import { registerTraining } from './kernels/training.js';
import { BACKEND, type MemoryUse, NativeBackend } from './native-backend.js';

/** Makes the native backend the current one. Starting it again, with other options, ends every tensor it holds. */
export async function startBackend(
  addon: Addon,
  { threads, memory }: { readonly threads: number; readonly memory: MemoryUse },
): Promise<void> {
  addon.useThreads(threads);
  if (tf.findBackend(BACKEND)) tf.removeBackend(BACKEND);
  if (!tf.getKernel('UnfoldLinear', BACKEND)) registerKernels(addon);
  tf.registerBackend(BACKEND, () => new NativeBackend(addon, memory));
  await tf.setBackend(BACKEND);
}

function registerKernels(addon: Addon): void {
  inheritKernels();
  overrideElementwise(addon);
  overrideReductions(addon);
  overrideMatrixProducts(addon);
  overrideLayout();
  registerBlocks();
  registerTraining(addon);
}
