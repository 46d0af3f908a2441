import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineStart } from '@unfold-zoo/core';
import { UserError } from '@unfold-zoo/core';
import type { HostArithmetic } from '@unfold-zoo/core/training';

/** What `auto` and the doctor ask of an engine. */
export type EngineSelection = Pick<Engine, 'preference' | 'isAvailable'>;

/** What an engine is once it has started. */
interface Started {
  readonly label: string;
  readonly details?: string;
  readonly hostArithmetic?: HostArithmetic | undefined;
}

/**
 * An engine from what starts it, which gives its label, and more if there is more. Until then the label is its kind.
 */
export function tfjsEngine(
  kind: string,
  selection: EngineSelection,
  start: (how: EngineStart) => Promise<string | Started>,
): Engine {
  let started: Started = { label: kind };
  return {
    ...selection,
    get label() {
      return started.label;
    },
    get details() {
      return started.details ?? '';
    },
    get hostArithmetic() {
      return started.hostArithmetic;
    },
    async start(how = {}) {
      loadGradients();
      const found = await start(how);
      started = typeof found === 'string' ? { label: found } : found;
    },
  };
}

/**
 * Loads `@tensorflow/tfjs`, which registers the gradients that tfjs-core alone lacks. Only a run that computes pays for
 * it. Production mode keeps tfjs from greeting and advising on the console.
 */
function loadGradients(): void {
  tf.enableProdMode();
  loadCommonJs('@tensorflow/tfjs');
}

/** Loads a package of tfjs for what it registers. `import` would search its megabytes for the names of its exports. */
export function loadCommonJs(name: string): void {
  createRequire(import.meta.url)(name);
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
