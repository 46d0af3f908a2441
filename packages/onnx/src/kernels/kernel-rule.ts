import type { GraphValue } from '../graph/graph.js';
import type { GraphRecorder } from '../recording/graph-recorder.js';

/** A call of a tfjs kernel, some of whose inputs are recorded. */
export interface KernelCall {
  readonly recorder: GraphRecorder;
  /** Attributes as the kernel has them, e.g. `axis`. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** An input by the name that the kernel gives it. A constant becomes one of the graph. */
  input(name: string): GraphValue;
  /** All inputs, in their order, of a kernel that takes a list. */
  readonly inputs: readonly GraphValue[];
}

/** Records what a kernel does; returns what the kernel gives. */
export type KernelRule = (call: KernelCall) => GraphValue | readonly GraphValue[];

/** Rules by the names of kernels. */
export type KernelRules = Readonly<Record<string, KernelRule>>;
