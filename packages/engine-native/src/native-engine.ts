import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { component, Engine } from '@unfold-zoo/core';
import { z } from 'zod';
import { loadAddon } from './addon.js';

const options = z.object({
  threads: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      'Threads that compute; absent: OMP_NUM_THREADS, or one for each processor core. On a machine shared with others, 1 is best',
    ),
  memory: z
    .enum(['fast', 'low'])
    .default('fast')
    .describe(
      'What blocks keep for the gradient: fast keeps their inner activations; low computes them again, ' +
        'which takes less memory and about a fifth more time',
    ),
});

/** OpenMP's variable, which batch systems set too; one for each core where it is not set. */
function usualThreads(): number {
  const given = Number(process.env['OMP_NUM_THREADS']);
  return Number.isSafeInteger(given) && given >= 1 ? given : availableParallelism();
}

/** Parsed options of the engine `native`. */
export type NativeOptions = z.output<typeof options>;

/** What the engine runs on. */
export interface NativePath {
  /** `AVX-512`, `AVX2`, `NEON` or `baseline`. */
  readonly instructionSet: string;
  readonly threads: number;
  /** First line of the version of the compiler that built it. */
  readonly compiler: string;
}

/** The compiled engine. Throws a `UserError` at the start if it was not built. */
export function nativeEngine({ threads = usualThreads(), memory = 'fast' }: Partial<NativeOptions> = {}): Engine {
  let label = 'native';
  return {
    get label() {
      return label;
    },
    async start() {
      // Production mode keeps tfjs from greeting on the console; the package holds the gradients that core lacks.
      tf.enableProdMode();
      await import('@tensorflow/tfjs');
      const addon = loadAddon();
      const { startBackend } = await import('./start-backend.js');
      await startBackend(addon, { threads, memory });
      label = `native (${addon.instructionSet}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`;
    },
  };
}

/**
 * Lets another backend of tfjs use this engine's Adam, norm of gradients and moving average, which work on host arrays;
 * see core's `hostKernel`. Throws a `UserError` if the engine was not built.
 */
export async function registerHostKernels(backendName: string, threads: number = usualThreads()): Promise<void> {
  if (tf.getKernel('UnfoldAdam', backendName)) return;
  const addon = loadAddon();
  const { registerArrayWork } = await import('./kernels/training.js');
  addon.useThreads(threads);
  registerArrayWork(addon, backendName);
}

/** What the engine would run on here, for diagnosis. Throws a `UserError` if it was not built. */
export function nativePath({ threads = usualThreads() }: { threads?: number } = {}): NativePath {
  const { instructionSet, compiler } = loadAddon();
  return { instructionSet, threads, compiler };
}

export const native = component(Engine, 'native', {
  description: 'Compiled C++ kernels for this processor, on all its cores',
  options,
  create: (context) => nativeEngine(context.options),
});
