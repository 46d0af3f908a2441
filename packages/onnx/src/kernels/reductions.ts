import { UserError } from '@unfold-zoo/core';
import { WHOLE_BATCH_SCOPE } from '@unfold-zoo/core/diffusion';
import type { GraphValue } from '../graph/graph.js';
import { scopeNamed } from '../recording/graph-recorder.js';
import type { KernelCall, KernelRule, KernelRules } from './kernel-rule.js';
import { promote } from './types.js';

/** Kernels that reduce along axes; ONNX has the axes of a sum as an input, and those of others as an attribute. */
const REDUCTIONS: Readonly<Record<string, string>> = {
  Max: 'ReduceMax',
  Mean: 'ReduceMean',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
  Sum: 'ReduceSum',
};

function reduction(operation: string): KernelRule {
  return (call) => {
    const { recorder, input, attributes } = call;
    const x = input('x');
    // The kernel Max has another name for it.
    const axes = axesOf(attributes['axis'] ?? attributes['reductionIndices'], x);
    for (const axis of axes) checkNotRows(call, x, axis);
    const keep = attributes['keepDims'] === true;
    const shape = x.shape.flatMap((length, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [length]));
    const output = { type: x.type, shape };
    if (operation === 'ReduceSum')
      return recorder.node(operation, [x, recorder.integers(axes)], output, { keepdims: Number(keep) });
    return recorder.node(operation, [x], output, { axes, keepdims: Number(keep) });
  };
}

/** Axes as a kernel's attribute gives them: one, some, or none for all; negative ones count from the end. */
function axesOf(axis: unknown, { shape }: GraphValue): number[] {
  const given = axis === undefined || axis === null ? [...shape.keys()] : [axis as number | number[]].flat();
  return given.map((each) => (each < 0 ? each + shape.length : each));
}

/** Refuses to mix rows: a draw depends on its own row alone, but for a sampler whose steps suit the whole batch. */
export function checkNotRows({ recorder }: Pick<KernelCall, 'recorder'>, { shape }: GraphValue, axis: number): void {
  if (!recorder.isRows(shape[axis]!) || scopeNamed(WHOLE_BATCH_SCOPE) !== undefined) return;
  throw new UserError(
    'invalid model: it computes with all events of a batch together, and in a graph a row stands for itself; export ' +
      'it without the part that does so',
  );
}

function softmax(operation: 'Softmax' | 'LogSoftmax', attribute: string): KernelRule {
  return (call) => {
    const logits = call.input('logits');
    const [axis] = axesOf(call.attributes[attribute] ?? -1, logits) as [number];
    checkNotRows(call, logits, axis);
    return call.recorder.node(operation, [logits], logits, { axis });
  };
}

function cumulativeSum(call: KernelCall): GraphValue {
  const { recorder, input, attributes } = call;
  const x = input('x');
  const [axis] = axesOf(attributes['axis'], x) as [number];
  checkNotRows(call, x, axis);
  const flag = (name: string): number => Number(attributes[name] === true);
  const at = recorder.constant(BigInt64Array.of(BigInt(axis)), { type: 'int64', shape: [] });
  return recorder.node('CumSum', [x, at], x, { exclusive: flag('exclusive'), reverse: flag('reverse') });
}

function matrixProduct({ recorder, input, attributes }: KernelCall): GraphValue {
  const side = (name: 'a' | 'b', flag: string): GraphValue =>
    attributes[flag] === true ? transposedMatrices(input(name), recorder) : input(name);
  const [a, b] = [side('a', 'transposeA'), side('b', 'transposeB')];
  const product = [a.shape.at(-2)!, b.shape.at(-1)!];
  const batches = Array.from({ length: a.shape.length - 2 }, (_, i) => Math.max(a.shape[i]!, b.shape[i] ?? 1));
  const [left, right] = promote(recorder, [a, b]) as [GraphValue, GraphValue];
  return recorder.node('MatMul', [left, right], { type: left.type, shape: [...batches, ...product] });
}

function transposedMatrices(x: GraphValue, recorder: KernelCall['recorder']): GraphValue {
  const axes = [...x.shape.keys()];
  const perm = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
  return recorder.node('Transpose', [x], { type: x.type, shape: perm.map((axis) => x.shape[axis]!) }, { perm });
}

/** Kernels that sum: along axes, or as products of matrices do. */
export const REDUCING: KernelRules = {
  ...Object.fromEntries(Object.entries(REDUCTIONS).map(([kernel, operation]) => [kernel, reduction(operation)])),
  BatchMatMul: matrixProduct,
  Cumsum: cumulativeSum,
  LogSoftmax: softmax('LogSoftmax', 'axis'),
  Softmax: softmax('Softmax', 'dim'),
};
