import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '@unfold-zoo/core';
import { hasBfloat16, isAddonBuilt, type NativeBackend, nativeEngine } from '@unfold-zoo/engine-native';
import test, { type Implementation } from 'ava';

export { relativeError } from '../engines/relative-error.js';

/** A test of the native engine; skipped where the set-up could not compile it. One after the other: they share tfjs. */
export function nativeTest(title: string, implementation: Implementation<[]>): void {
  if (isAddonBuilt()) test.serial(title, implementation);
  else test.serial.skip(title, implementation);
}

/** The same for what needs a processor with products of bfloat16. */
export function bfloat16Test(title: string, implementation: Implementation<[]>): void {
  if (hasBfloat16()) test.serial(title, implementation);
  else test.serial.skip(title, implementation);
}

if (!isAddonBuilt()) console.log('the native engine is not built: its tests are skipped');

/** Starts the engine. Two threads, so that work is shared whatever the machine. */
export async function startNative(options: Parameters<typeof nativeEngine>[0] = { threads: 2 }): Promise<Engine> {
  const engine = nativeEngine(options);
  if (isAddonBuilt()) await engine.start();
  return engine;
}

/** The running backend. */
export function native(): NativeBackend {
  return tf.backend() as NativeBackend;
}
