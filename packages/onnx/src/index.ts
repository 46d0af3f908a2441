/** Trained models as ONNX graphs: what a model computes is recorded, whatever it is made of. */
export * from './graph/graph.js';
export { encodeOnnx, type FileNotes, OPSET, ROWS } from './graph/onnx-file.js';
export type { KernelCall, KernelRule } from './kernels/kernel-rule.js';
export { defineKernelRule } from './kernels/rules.js';
export { PART_GRAPHS, type PartGraph, partGraph } from './models/part-graphs.js';
export { type ExportedModel, posteriorGraph } from './models/posterior-graph.js';
export { type RecordedGraph, type RecordedWork, type Recording, recordGraph } from './recording/record.js';
