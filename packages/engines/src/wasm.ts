import * as tf from '@tensorflow/tfjs-core';
import { component, Engine } from '@unfold-zoo/core';
import { z } from 'zod';
import { loadCommonJs, tfjsEngine, useBackend } from './tfjs-engine.js';
import { registerWasmKernels } from './wasm-kernels.js';

/** The WebAssembly backend of tfjs, on one thread: tfjs starts no WebAssembly threads in Node. */
export function wasmEngine(): Engine {
  return tfjsEngine('wasm', { preference: 200 }, async () => {
    loadCommonJs('@tensorflow/tfjs-backend-wasm');
    await withoutNewCrashHandlers(() => useBackend('wasm'));
    registerWasmKernels();
    const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    return `wasm (${hasSimd ? 'SIMD' : 'no SIMD'}, 1 thread)`;
  });
}

const crashes = ['uncaughtException', 'unhandledRejection'] as const;

/** The WebAssembly loader hooks process-wide crash handlers, which print its whole source when anything else fails. */
async function withoutNewCrashHandlers(start: () => Promise<void>): Promise<void> {
  const emitter: NodeJS.EventEmitter = process;
  const before = crashes.map((event) => emitter.listeners(event));
  await start();
  for (const [i, event] of crashes.entries()) {
    for (const listener of emitter.listeners(event)) {
      if (!before[i]!.includes(listener)) emitter.off(event, listener as () => void);
    }
  }
}

export const wasm = component(Engine, 'wasm', {
  description: 'WebAssembly with SIMD, on one thread: needs nothing installed',
  options: z.object({}),
  create: wasmEngine,
});
