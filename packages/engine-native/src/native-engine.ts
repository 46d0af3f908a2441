import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { component, Engine, UserError } from '@unfold-zoo/core';
import type { HostArithmetic, StepRepeater } from '@unfold-zoo/core/training';
import { z } from 'zod';
import { type Addon, isAddonBuilt, loadAddon } from './addon.js';

const options = z.object({
  threads: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      'Threads that compute; absent: OMP_NUM_THREADS, or one for each processor core. On a machine shared with ' +
        'others, 1 is best',
    ),
  memory: z
    .enum(['fast', 'low'])
    .default('fast')
    .describe(
      'What blocks keep for the gradient: fast keeps their inner activations; low computes them again, ' +
        'which takes less memory and about a fifth more time',
    ),
  precision: z
    .enum(['float32', 'bfloat16'])
    .default('float32')
    .describe(
      'What is multiplied and kept for the gradient within attention, gates and feed-forward blocks. bfloat16: 8 ' +
        'bits, with sums, weights, statistics and everything else in float32; for processors with AVX512-BF16, ' +
        'which multiply twice as many of them',
    ),
});

/** OpenMP's variable, which batch systems set too; one for each core where it is not set. */
function usualThreads(): number {
  const given = Number(process.env['OMP_NUM_THREADS']);
  return Number.isSafeInteger(given) && given >= 1 ? given : availableParallelism();
}

/** Parsed options of the engine `native`. */
export type NativeOptions = z.output<typeof options>;

/** The compiled engine. Throws a `UserError` at the start if it was not built. */
export function nativeEngine({
  threads = usualThreads(),
  memory = 'fast',
  precision = 'float32',
}: Partial<NativeOptions> = {}): Engine {
  let label = 'native';
  let arithmetic: HostArithmetic | undefined;
  let repeater: StepRepeater | undefined;
  let details = '';
  return {
    preference: 500,
    isAvailable: isAddonBuilt,
    shareArithmetic,
    get label() {
      return label;
    },
    get hostArithmetic() {
      return arithmetic;
    },
    get stepRepeater() {
      return repeater;
    },
    get details() {
      return details;
    },
    async start() {
      // Production mode keeps tfjs from greeting on the console; the package holds the gradients that core lacks.
      tf.enableProdMode();
      // `import` would search its megabytes for the names of its exports.
      createRequire(import.meta.url)('@tensorflow/tfjs');
      const addon = loadAddon();
      const { startBackend } = await import('./start-backend.js');
      const { nativeArithmetic } = await import('./host-arithmetic.js');
      const { NativeStepRepeater } = await import('./steps/step-repeater.js');
      if (precision === 'bfloat16' && !addon.hasBfloat16) throw new UserError(noBfloat16(addon));
      await startBackend(addon, { threads, memory, precision });
      arithmetic = nativeArithmetic(addon);
      repeater = new NativeStepRepeater();
      const rounding = precision === 'bfloat16' ? ', bfloat16' : '';
      label = `native (${addon.instructionSet}${rounding}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`;
      details = `compiled by ${addon.compiler}${addon.hasBfloat16 ? '; has precision bfloat16' : ''}`;
    },
  };
}

function noBfloat16({ instructionSet, compiler }: Addon): string {
  return (
    'invalid engine.precision "bfloat16": this processor has no AVX512-BF16, or the compiler did not know it ' +
    `(${instructionSet}, ${compiler}); take engine.precision float32`
  );
}

/**
 * This engine's Adam, norm of gradients and moving average, for another engine to offer as its own.
 * @throws UserError if the engine was not built.
 */
async function shareArithmetic(threads: number = usualThreads()): Promise<HostArithmetic> {
  const addon = loadAddon();
  const { compiledArithmetic } = await import('./host-arithmetic.js');
  addon.useThreads(threads);
  return compiledArithmetic(addon);
}

export const native = component(Engine, 'native', {
  description: 'Compiled C++ kernels for this processor, on all its cores',
  options,
  create: (context) => nativeEngine(context.options),
});
