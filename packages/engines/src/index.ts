import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { auto } from './auto.js';
import { cpu } from './cpu.js';
import { tensorflow, tensorflowGpu } from './tensorflow/engine.js';
import { wasm } from './wasm.js';
import { webgpu } from './webgpu.js';

export { cpuEngine } from './cpu.js';
export { doctor, type Finding, type MachineDiagnosis } from './doctor.js';
export { type TensorflowOptions, tensorflowEngine } from './tensorflow/engine.js';
export { visibleDevice } from './tensorflow/gpu.js';
export { setUpTensorflow, type TensorflowSetup, undoTensorflow } from './tensorflow/setup.js';
export { wasmEngine } from './wasm.js';
export { type WebGpuOptions, webgpuEngine } from './webgpu.js';

const facts = { name: '@unfold-zoo/engines', version: packageVersion(import.meta.url), url: import.meta.url };

/** Engines: where tensors are and what computes on them. */
export default definePlugin(facts, [auto, cpu, wasm, tensorflow, tensorflowGpu, webgpu]);
