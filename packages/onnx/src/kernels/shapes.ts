import { UserError } from '@unfold-zoo/core';
import type { GraphValue } from '../graph/graph.js';
import type { GraphRecorder } from '../recording/graph-recorder.js';
import type { KernelCall, KernelRules } from './kernel-rule.js';
import { checkNotRows } from './reductions.js';
import { castTo, promote } from './types.js';

/** A value in another shape. Of the lengths, one may be a number of rows. */
export function reshaped(recorder: GraphRecorder, x: GraphValue, shape: readonly number[]): GraphValue {
  if (x.shape.join() === shape.join()) return x;
  const lengths = shape.map((length) => (recorder.isRows(length) ? -1 : length));
  if (lengths.filter((length) => length === -1).length > 1) {
    throw new UserError(
      `invalid model: it gives a tensor the shape ${shape.join(' x ')}, two of which are numbers of events`,
    );
  }
  return recorder.node('Reshape', [x, recorder.integers(lengths)], { type: x.type, shape });
}

function reshape({ recorder, input, attributes }: KernelCall): GraphValue {
  const x = input('x');
  const size = x.shape.reduce((product, length) => product * length, 1);
  const wanted = attributes['shape'] as readonly number[];
  const known = wanted.reduce((product, length) => (length === -1 ? product : product * length), 1);
  return reshaped(
    recorder,
    x,
    wanted.map((length) => (length === -1 ? size / known : length)),
  );
}

function expandDims({ recorder, input, attributes }: KernelCall): GraphValue {
  const x = input('input');
  const dim = attributes['dim'] as number;
  return reshaped(recorder, x, x.shape.toSpliced(dim < 0 ? dim + x.shape.length + 1 : dim, 0, 1));
}

/** Part of a value along one axis. */
export function sliced(
  recorder: GraphRecorder,
  x: GraphValue,
  { axis, start, length }: { readonly axis: number; readonly start: number; readonly length: number },
): GraphValue {
  if (start === 0 && length === x.shape[axis]) return x;
  checkNotRows({ recorder }, x, axis);
  const range = [recorder.integers([start]), recorder.integers([start + length]), recorder.integers([axis])];
  return recorder.node('Slice', [x, ...range], { type: x.type, shape: x.shape.with(axis, length) });
}

function slice({ recorder, input, attributes }: KernelCall): GraphValue {
  const [begin, size] = [attributes['begin'] as number | number[], attributes['size'] as number | number[]];
  const [starts, sizes] = [[begin].flat(), [size].flat()];
  return starts.reduce((x, start, axis) => {
    const given = sizes[axis] ?? -1;
    return sliced(recorder, x, { axis, start, length: given === -1 ? x.shape[axis]! - start : given });
  }, input('x'));
}

function split({ recorder, input, attributes }: KernelCall): GraphValue[] {
  const x = input('x');
  const axis = fromStart(attributes['axis'] as number, x);
  const lengths = partLengths(attributes['numOrSizeSplits'] as number | number[], x.shape[axis]!);
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return sliced(recorder, x, { axis, start: end - length, length });
  });
}

function partLengths(given: number | number[], whole: number): number[] {
  if (typeof given === 'number') return Array.from({ length: given }, () => whole / given);
  const known = given.reduce((sum, length) => sum + Math.max(length, 0), 0);
  return given.map((length) => (length === -1 ? whole - known : length));
}

function fromStart(axis: number, { shape }: GraphValue): number {
  return axis < 0 ? axis + shape.length : axis;
}

function concatenated(recorder: GraphRecorder, given: readonly GraphValue[], axis: number): GraphValue {
  const values = promote(recorder, given);
  for (const value of values) checkNotRows({ recorder }, value, axis);
  const [first] = values as [GraphValue];
  const length = values.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  if (values.length === 1) return first;
  return recorder.node('Concat', values, { type: first.type, shape: first.shape.with(axis, length) }, { axis });
}

function concat({ recorder, inputs, attributes }: KernelCall): GraphValue {
  return concatenated(recorder, inputs, fromStart(attributes['axis'] as number, inputs[0]!));
}

function pack({ recorder, inputs, attributes }: KernelCall): GraphValue {
  const { shape } = inputs[0]!;
  const given = attributes['axis'] as number;
  const axis = given < 0 ? given + shape.length + 1 : given;
  const each = inputs.map((value) => reshaped(recorder, value, shape.toSpliced(axis, 0, 1)));
  return concatenated(recorder, each, axis);
}

function unpack({ recorder, input, attributes }: KernelCall): GraphValue[] {
  const value = input('value');
  const axis = fromStart(attributes['axis'] as number, value);
  return Array.from({ length: value.shape[axis]! }, (_, start) =>
    reshaped(recorder, sliced(recorder, value, { axis, start, length: 1 }), value.shape.toSpliced(axis, 1)),
  );
}

function transpose({ recorder, input, attributes }: KernelCall): GraphValue {
  const x = input('x');
  const perm = attributes['perm'] as number[];
  return recorder.node('Transpose', [x], { type: x.type, shape: perm.map((axis) => x.shape[axis]!) }, { perm });
}

function tile({ recorder, input, attributes }: KernelCall): GraphValue {
  const x = input('x');
  const reps = attributes['reps'] as number[];
  const rows = reps.findIndex((times) => recorder.isRows(times));
  if (rows < 0) return tiled(recorder, x, reps);
  if (reps[rows] !== recorder.batch || x.shape[rows] !== 1) throw new UserError(REPEATS);
  // Once for each row: what is before that axis is broadcast.
  const row = tiled(recorder, x, reps.with(rows, 1));
  const shape = row.shape.with(rows, recorder.batch);
  return recorder.node('Expand', [row, recorder.rowsTimes(row.shape.slice(rows + 1))], { type: x.type, shape });
}

function tiled(recorder: GraphRecorder, x: GraphValue, reps: readonly number[]): GraphValue {
  if (reps.every((times) => times === 1)) return x;
  const shape = x.shape.map((length, axis) => length * reps[axis]!);
  return recorder.node('Tile', [x, recorder.integers(reps)], { type: x.type, shape });
}

function broadcastTo({ recorder, input, attributes }: KernelCall): GraphValue {
  const x = input('x');
  const shape = attributes['shape'] as number[];
  if (shape.some((length, axis) => recorder.isRows(length) && x.shape.at(axis - shape.length) !== length))
    throw new UserError(REPEATS);
  const lengths = shape.map((length) => (recorder.isRows(length) ? 1 : length));
  return recorder.node('Expand', [x, recorder.integers(lengths)], { type: x.type, shape });
}

function gather(call: KernelCall): GraphValue {
  const { recorder, input, attributes } = call;
  const [x, indices] = [input('x'), input('indices')];
  const axis = fromStart(attributes['axis'] as number, x);
  if (attributes['batchDims'])
    throw new UserError('invalid model: gathers with batch dimensions have no ONNX operation here');
  checkNotRows(call, x, axis);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return recorder.node('Gather', [x, indices], { type: x.type, shape }, { axis });
}

const REPEATS = 'invalid model: it repeats a tensor as often as there are events, which a graph cannot';

/** Kernels that move elements and change none. */
/** A row of `onValue` at an index, and `offValue` elsewhere. */
function oneHot({ recorder, input, attributes }: KernelCall): GraphValue {
  const indices = castTo(recorder, input('indices'), 'int64');
  const [depth, on, off] = ['depth', 'onValue', 'offValue'].map((name) => attributes[name] as number) as [
    number,
    number,
    number,
  ];
  const values = recorder.constant(Float32Array.of(off, on), { type: 'float', shape: [2] });
  return recorder.node('OneHot', [indices, recorder.integers([depth]), values], {
    type: 'float',
    shape: [...indices.shape, depth],
  });
}

export const SHAPING: KernelRules = {
  BroadcastTo: broadcastTo,
  Concat: concat,
  ExpandDims: expandDims,
  GatherV2: gather,
  OneHot: oneHot,
  Pack: pack,
  Reshape: reshape,
  Slice: slice,
  SplitV: split,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};
