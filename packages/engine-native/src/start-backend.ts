import * as tf from '@tensorflow/tfjs-core';
import type { Addon } from './addon.js';
import { registerBlocks } from './kernels/blocks.js';
import { overrideElementwise } from './kernels/elementwise.js';
import { type CompiledBlock, findBlocks } from './kernels/fused-blocks.js';
import { overrideLayout } from './kernels/layout.js';
import { overrideMatrixProducts } from './kernels/matrix-products.js';
import { findOperations, type Operations } from './kernels/operations.js';
import { inheritKernels } from './kernels/override.js';
import { overridePlaces } from './kernels/places.js';
import { overrideReductions } from './kernels/reductions.js';
import { BACKEND, type MemoryUse, NativeBackend } from './native-backend.js';

/** What the factors of products within blocks are rounded to. */
export type Precision = 'float32' | 'bfloat16';

/** What the addon has, found by name. */
interface Found {
  readonly operations: Operations;
  readonly blocks: readonly CompiledBlock[];
}

/**
 * Makes the native backend the current one. Starting it again, with other options, ends every tensor it holds.
 * @throws {UserError} if the addon and this package do not have the same names.
 */
export async function startBackend(
  addon: Addon,
  {
    threads,
    memory,
    precision,
  }: { readonly threads: number; readonly memory: MemoryUse; readonly precision: Precision },
): Promise<void> {
  const found = { operations: findOperations(addon), blocks: findBlocks(addon) };
  addon.useThreads(threads);
  addon.useBfloat16(precision === 'bfloat16');
  if (tf.findBackend(BACKEND)) tf.removeBackend(BACKEND);
  if (!tf.getKernel('Identity', BACKEND)) registerKernels(found);
  tf.registerBackend(BACKEND, () => new NativeBackend(addon, memory));
  await tf.setBackend(BACKEND);
}

function registerKernels({ operations, blocks }: Found): void {
  inheritKernels();
  overrideElementwise(operations);
  overrideReductions(operations);
  overrideMatrixProducts(operations);
  overrideLayout();
  overridePlaces();
  registerBlocks(blocks);
}
