import type { KernelBackend } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { Engine, Rng } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';

/** An engine that has been started, and the tfjs backend that it made current. */
export interface StartedEngine {
  readonly engine: Engine;
  readonly backend: KernelBackend;
}

// tfjs has one current backend a process, so the engines that it has started belong to the process and not to a run.
const started = new Map<string, StartedEngine & { readonly name: string }>();

/**
 * Starts the engine of a config, or makes one current again that was started with the same options. Tensors live and
 * die with the backend: one that is started again with other options is another.
 */
export async function useEngine({
  catalogue,
  choices,
  seed,
}: Pick<Config, 'catalogue' | 'choices' | 'seed'>): Promise<StartedEngine> {
  const options = JSON.stringify(choices[Engine.key]);
  const known = started.get(options);
  if (known && tf.findBackend(known.name) === known.backend) {
    if (tf.getBackend() !== known.name) await tf.setBackend(known.name);
    return known;
  }
  const engine = catalogue.assemble(Engine, choices, new Rng(seed).fork('init'));
  await engine.start();
  const fresh = { engine, name: tf.getBackend(), backend: tf.backend() };
  started.set(options, fresh);
  return fresh;
}
