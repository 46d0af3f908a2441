import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { component, Engine, UserError } from '@unfold-zoo/core';
import { z } from 'zod';
import { findPackage, importFile } from './find-package.js';
import { tfjsEngine, useBackend } from './tfjs-engine.js';

const gpuPackage = '@tensorflow/tfjs-node-gpu';
const cpuPackage = '@tensorflow/tfjs-node';

const options = z.object({
  device: z
    .enum(['auto', 'cpu', 'gpu'])
    .default('auto')
    .describe(`gpu needs ${gpuPackage}, cpu ${cpuPackage}; auto takes the first of them that is installed`),
});

/** Where TensorFlow is to compute. */
export type TensorflowDevice = z.output<typeof options>['device'];

const packages: Readonly<Record<TensorflowDevice, readonly string[]>> = {
  auto: [gpuPackage, cpuPackage],
  cpu: [cpuPackage],
  gpu: [gpuPackage],
};

/** The TensorFlow packages that are installed, best first. */
export function tensorflowPackages(device: TensorflowDevice): readonly { name: string; file: string }[] {
  return packages[device].flatMap((name) => {
    const file = findPackage(name);
    return file === undefined ? [] : [{ name, file }];
  });
}

/** TensorFlow's own library, through `@tensorflow/tfjs-node` or its GPU build. */
export function tensorflowEngine(device: TensorflowDevice): Engine {
  return tfjsEngine('tensorflow', async () => {
    const [found] = tensorflowPackages(device);
    if (!found) throw new UserError(`missing TensorFlow: ${howToInstall(device)}`);
    prepareProcess();
    await importFile(found.file).catch((cause: unknown) => {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(`invalid ${found.name}: it is installed, but loading it failed with: ${detail}`, { cause });
    });
    await useBackend('tensorflow');
    const backend = tf.backend() as { isUsingGpuDevice?: boolean; binding?: { TF_Version?: string } };
    if (device === 'gpu' && !backend.isUsingGpuDevice) {
      throw new UserError(`invalid ${found.name}: TensorFlow sees no GPU; check the driver and its CUDA libraries`);
    }
    const version = backend.binding?.TF_Version ?? 'unknown version';
    return `tensorflow (${version}, ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}, ${found.name})`;
  });
}

/** What to do when TensorFlow is absent. */
export function howToInstall(device: TensorflowDevice): string {
  const names = packages[device];
  const absent = names.length > 1 ? `neither ${names.join(' nor ')} is installed` : `${names[0]} is not installed`;
  return `${absent}; npm install ${names.at(-1)} beside the config, or choose engine.kind auto`;
}

/** tfjs-node uses two functions that Node 23 dropped; TensorFlow logs to the terminal and takes a whole GPU. */
function prepareProcess(): void {
  const dropped = util as { isNullOrUndefined?: unknown; isArray?: unknown };
  dropped.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  dropped.isArray ??= Array.isArray;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}

export const tensorflow = component(Engine, 'tensorflow', {
  description: 'The TensorFlow library, on GPU or CPU, when tfjs-node-gpu or tfjs-node is installed',
  options,
  create: (context) => tensorflowEngine(context.options.device),
});
