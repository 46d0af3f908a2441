// Starts the engine that the first argument names and prints what came of it. A process of its own, because a native
// library that cannot be loaded may take the process with it.
import { isUserError } from '@unfold-zoo/core';
import { cpuEngine } from './cpu.js';
import { nativeEngine } from './native.js';
import { tensorflowEngine } from './tensorflow/engine.js';
import { wasmEngine } from './wasm.js';
import { webgpuEngine } from './webgpu.js';

const engines = {
  native: nativeEngine,
  cpu: cpuEngine,
  wasm: wasmEngine,
  tensorflow: () => tensorflowEngine(),
  webgpu: () => webgpuEngine({ powerPreference: 'high-performance' }),
};

try {
  const engine = await engines[process.argv[2] as keyof typeof engines]();
  await engine.start();
  process.stdout.write(engine.label);
} catch (error) {
  process.stderr.write(isUserError(error) ? error.message : String(error));
  process.exitCode = 1;
}
