import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { component, Engine, UserError } from '@unfold-zoo/core';
import { type Catalogue, LoadedCatalogue } from '@unfold-zoo/core/config';
import { z } from 'zod';
import { fusedBlocks, registerBlocks } from '../blocks/blocks.js';
import { importInstalled } from '../find-package.js';
import { type EngineSelection, tfjsEngine, useBackend } from '../tfjs-engine.js';
import { listGpus, visibleDevice } from './gpu.js';
import { sharedArithmetic } from './host-arithmetic.js';
import { gpuPackage, howToInstall, type Installation, installations } from './installations.js';

const options = z.object({
  device: z
    .enum(['auto', 'cpu', 'gpu'])
    .default('auto')
    .describe('Where to compute; auto takes a GPU if TensorFlow sees one, gpu insists on it'),
  gpu: z
    .int()
    .min(0)
    .optional()
    .describe(
      'Number of the GPU among the visible ones, from 0; absent: that of the process under a launcher, else the first',
    ),
  threads: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('Threads that compute on a CPU; absent: TF_NUM_INTRAOP_THREADS, or one for each processor core'),
  memory: z
    .enum(['fast', 'low'])
    .default('fast')
    .describe(
      'What blocks keep for the gradient: fast keeps their inner activations; low computes them again, ' +
        'which takes more time and much less memory',
    ),
});

/** Parsed options of the engine `tensorflow`. */
export type TensorflowOptions = z.output<typeof options>;

interface Backend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

/**
 * TensorFlow's own library, through `@tensorflow/tfjs-node` or its GPU build. Arithmetic on host arrays is that of
 * another engine of the catalogue which shares it.
 */
export function tensorflowEngine(given: Partial<TensorflowOptions> = {}, catalogue?: Catalogue): Engine {
  const selection = { preference: 300, isAvailable: () => installations('auto').length > 0 };
  return selectedEngine(given, selection, catalogue);
}

function selectedEngine(given: Partial<TensorflowOptions>, selection: EngineSelection, catalogue?: Catalogue): Engine {
  const { device = 'auto', memory = 'fast', gpu, threads } = given;
  return tfjsEngine('tensorflow', selection, async () => {
    const [found] = installations(device);
    if (!found) {
      const { problem, advice } = howToInstall();
      throw new UserError(`missing TensorFlow: ${problem}; ${advice}`);
    }
    if (!isLoaded()) {
      prepareProcess(threads);
      showDevice(device, gpu);
    }
    await load(found);
    const backend = tf.backend() as Backend;
    if (device === 'gpu' && !backend.isUsingGpuDevice) throw new UserError(noGpu(found));
    registerBlocks('tensorflow', fusedBlocks, memory);
    const hostArithmetic = catalogue && (await sharedArithmetic(catalogue, threads));
    const facts = [backend.binding?.TF_Version ?? 'unknown version', where(backend), found.name];
    return { label: `tensorflow (${facts.join(', ')})`, details: `from ${found.file}`, hostArithmetic };
  });
}

// A process has one TensorFlow, which settles its devices and threads when it is loaded.
function isLoaded(): boolean {
  return tf.findBackendFactory('tensorflow') !== null;
}

async function load({ name, file }: Installation): Promise<void> {
  await importInstalled(name, file, 'mend it with `unfold setup tensorflow`');
  await useBackend('tensorflow');
}

function noGpu({ name }: Installation): string {
  const seen = listGpus();
  const detail = seen.length > 0 ? `though nvidia-smi shows ${seen[0]!.name}` : 'and nvidia-smi shows none';
  return (
    `invalid ${name}: TensorFlow sees no GPU, ${detail}; see \`unfold setup tensorflow --gpu\` and ` +
    'CUDA_VISIBLE_DEVICES'
  );
}

/** The device in words: a GPU's name and memory. */
function where({ isUsingGpuDevice }: Backend): string {
  if (!isUsingGpuDevice) return 'CPU';
  const [gpu] = listGpus(process.env['CUDA_VISIBLE_DEVICES']);
  return gpu ? `GPU ${gpu.name} with ${gpu.memory}` : 'GPU';
}

/**
 * tfjs-node uses two functions that Node 23 dropped; TensorFlow logs to the terminal and takes a whole GPU. oneDNN
 * prepares each product anew for each size, which costs networks of this size more than it saves: without it a step of
 * preset paper with 64 events takes two thirds of the time.
 */
function prepareProcess(threads: number | undefined): void {
  const dropped = util as { isNullOrUndefined?: unknown; isArray?: unknown };
  dropped.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  dropped.isArray ??= Array.isArray;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0';
  if (threads) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
}

/** Leaves one GPU to be seen, or none. */
function showDevice(device: TensorflowOptions['device'], gpu: number | undefined): void {
  // CUDA numbers GPUs by speed otherwise, and nvidia-smi by place.
  if (process.env['CUDA_VISIBLE_DEVICES'] === undefined) process.env['CUDA_DEVICE_ORDER'] ??= 'PCI_BUS_ID';
  const count = device === 'cpu' ? 0 : listGpus().length;
  process.env['CUDA_VISIBLE_DEVICES'] = device === 'cpu' ? '-1' : visibleDevice(process.env, count, gpu);
}

export const tensorflow = component(Engine, 'tensorflow', {
  description: 'The TensorFlow library, on GPU or CPU; `unfold setup tensorflow` gets it',
  options,
  inject: [LoadedCatalogue],
  create: (context, catalogue) => tensorflowEngine(context.options, catalogue),
});

export const tensorflowGpu = component(Engine, 'tensorflow-gpu', {
  description: "TensorFlow's GPU build, on a GPU and nowhere else",
  options: options.omit({ device: true }),
  inject: [LoadedCatalogue],
  create: (context, catalogue) =>
    selectedEngine(
      { ...context.options, device: 'gpu' },
      { preference: 600, isAvailable: () => installations('gpu').some(({ name }) => name === gpuPackage) },
      catalogue,
    ),
});
