import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '@unfold-zoo/core';
import { UserError } from '@unfold-zoo/core';

/** An engine from what starts it, which gives its label. Until then the label is its kind. */
export function tfjsEngine(kind: string, start: () => Promise<string>): Engine {
  let label = kind;
  return {
    get label() {
      return label;
    },
    async start() {
      await loadGradients();
      label = await start();
    },
  };
}

/**
 * Loads `@tensorflow/tfjs`, which registers the gradients that tfjs-core alone lacks. It takes a third of a second, so
 * only a run that computes pays for it. Production mode keeps tfjs from greeting and advising on the console.
 */
async function loadGradients(): Promise<void> {
  tf.enableProdMode();
  await import('@tensorflow/tfjs');
}

/** Makes a registered tfjs backend the current one. */
export async function useBackend(name: string): Promise<void> {
  let cause: unknown;
  const started = await tf.setBackend(name).catch((error: unknown) => {
    cause = error;
    return false;
  });
  if (started) return;
  const detail = cause instanceof Error ? `: ${cause.message}` : '';
  throw new UserError(`invalid engine "${name}": tfjs cannot start this backend here${detail}; choose another kind`);
}
