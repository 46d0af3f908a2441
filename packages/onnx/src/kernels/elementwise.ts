import * as tf from '@tensorflow/tfjs-core';
import type { ElementType, GraphValue } from '../graph/graph.js';
import type { GraphRecorder } from '../recording/graph-recorder.js';
import { elementType } from '../recording/graph-recorder.js';
import type { KernelCall, KernelRule, KernelRules } from './kernel-rule.js';
import { castTo, promote } from './types.js';

/** Kernels of one input that ONNX has an operation for. */
const UNARY: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Atan: 'Atan',
  Ceil: 'Ceil',
  Cosh: 'Cosh',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tanh: 'Tanh',
};

/** Kernels of two inputs that are broadcast against each other. */
const BINARY: Readonly<Record<string, string>> = {
  Add: 'Add',
  Maximum: 'Max',
  Minimum: 'Min',
  Multiply: 'Mul',
  Pow: 'Pow',
  RealDiv: 'Div',
  Sub: 'Sub',
};

/** The same, whose outcome is true or false. */
const COMPARISON: Readonly<Record<string, string>> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};

/** Records an operation of values that are broadcast against each other. */
export function broadcast(
  recorder: GraphRecorder,
  operation: string,
  values: readonly GraphValue[],
  type?: ElementType,
): GraphValue {
  const same = promote(recorder, values);
  const shape = same
    .map((value) => [...value.shape])
    .reduce((a, b) => tf.broadcast_util.assertAndGetBroadcastShape(a, b));
  return recorder.node(operation, same, { type: type ?? same[0]!.type, shape });
}

const unary =
  (operation: string): KernelRule =>
  ({ recorder, input }) => {
    const x = input('x');
    return recorder.node(operation, [x], x);
  };

const binary =
  (operation: string, type?: ElementType): KernelRule =>
  ({ recorder, input }) =>
    broadcast(recorder, operation, [input('a'), input('b')], type);

function rulesOf(operations: Readonly<Record<string, string>>, rule: (operation: string) => KernelRule): KernelRules {
  return Object.fromEntries(Object.entries(operations).map(([kernel, operation]) => [kernel, rule(operation)]));
}

function squaredDifference({ recorder, input }: KernelCall): GraphValue {
  const difference = broadcast(recorder, 'Sub', [input('a'), input('b')]);
  return broadcast(recorder, 'Mul', [difference, difference]);
}

function square({ recorder, input }: KernelCall): GraphValue {
  const x = input('x');
  return broadcast(recorder, 'Mul', [x, x]);
}

function inverseSquareRoot({ recorder, input }: KernelCall): GraphValue {
  const x = input('x');
  return recorder.node('Reciprocal', [recorder.node('Sqrt', [x], x)], x);
}

/** ONNX Runtime has no cosine in double precision; it has a sine. */
function cosine({ recorder, input }: KernelCall): GraphValue {
  const x = input('x');
  if (x.type !== 'double') return recorder.node('Cos', [x], x);
  const quarter = recorder.constant(Float64Array.of(Math.PI / 2), { type: 'double', shape: [] });
  return recorder.node('Sin', [broadcast(recorder, 'Add', [x, quarter])], x);
}

function scaledUnit(operation: 'Elu' | 'LeakyRelu'): KernelRule {
  return ({ recorder, input, attributes }) => {
    const x = input('x');
    const real = (attributes['alpha'] as number | undefined) ?? 1;
    return recorder.node(operation, [x], x, { alpha: { real } });
  };
}

function clip({ recorder, input, attributes }: KernelCall): GraphValue {
  const x = input('x');
  const limit = (name: string) =>
    recorder.constant(Float32Array.of(attributes[name] as number), { type: 'float', shape: [] });
  const above = broadcast(recorder, 'Max', [x, limit('clipValueMin')]);
  return broadcast(recorder, 'Min', [above, limit('clipValueMax')]);
}

function select({ recorder, input }: KernelCall): GraphValue {
  const [condition, ...choices] = [input('condition'), ...promote(recorder, [input('t'), input('e')])];
  const shapes = [condition, ...choices].map(({ shape }) => [...shape]);
  const shape = shapes.reduce((a, b) => tf.broadcast_util.assertAndGetBroadcastShape(a, b));
  return recorder.node('Where', [condition, ...choices], { type: choices[0]!.type, shape });
}

function cast({ recorder, input, attributes }: KernelCall): GraphValue {
  const x = input('x');
  const type = elementType(attributes['dtype'] as tf.DataType);
  return type === 'float' && x.type === 'double' ? x : castTo(recorder, x, type);
}

function addAll({ recorder, inputs }: KernelCall): GraphValue {
  const values = promote(recorder, inputs);
  return values.length === 1 ? values[0]! : recorder.node('Sum', values, values[0]!);
}

/** Kernels that treat each element by itself. */
export const ELEMENTWISE: KernelRules = {
  ...rulesOf(UNARY, unary),
  ...rulesOf(BINARY, (operation) => binary(operation)),
  NotEqual: ({ recorder, input }) => {
    const equal = broadcast(recorder, 'Equal', [input('a'), input('b')], 'bool');
    return recorder.node('Not', [equal], equal);
  },
  ...rulesOf(COMPARISON, (operation) => binary(operation, 'bool')),
  AddN: addAll,
  Cast: cast,
  ClipByValue: clip,
  Cos: cosine,
  Elu: scaledUnit('Elu'),
  Identity: ({ input }) => input('x'),
  LeakyRelu: scaledUnit('LeakyRelu'),
  Rsqrt: inverseSquareRoot,
  Select: select,
  Square: square,
  SquaredDifference: squaredDifference,
};
