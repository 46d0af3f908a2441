import * as tf from '@tensorflow/tfjs-core';
import type { WebGpuBackend } from './device.js';
import { OPERATIONS } from './operations.js';
import { dispatch, STORAGE_BUFFERS } from './program.js';

/** Operations of a program at most: more are slow to compile. */
const MOST_OPERATIONS = 48;
/** Single numbers that a program is told at each call, at most. */
const MOST_NUMBERS = 16;
/** Threads of a group, each of which computes one number, and of a group that sums. */
const THREADS = 64;
const SUMMING_THREADS = 256;

/** Data of the backend, in the shape in which they are read. */
interface Operand {
  readonly dataId: tf.DataId;
  readonly shape: readonly number[];
}

/** An operation that has not been computed. */
interface Pending {
  readonly operation: string;
  readonly operands: readonly (Operand | number)[];
  readonly shape: readonly number[];
}

/** What one program computes: operations, each after those that it reads, and what they read beside. */
interface Expression {
  readonly operations: ReadonlyMap<tf.DataId, Pending>;
  readonly arrays: readonly tf.DataId[];
  readonly numbers: readonly number[];
}

/** What a program does with the numbers of an expression. */
interface Use {
  readonly sizes: readonly number[];
  readonly groups: number;
  readonly threads: number;
  /** In WGSL, by lines that compute the number of place `i`, and the name that it has then. */
  code(lines: string, value: string): string;
}

/** Sums of data, `width` numbers each. */
interface Sums {
  readonly width: number;
  readonly isMean: boolean;
  readonly shape: number[];
}

/**
 * Operations that work number by number, as sums and products do, put off until something else reads their results:
 * then one program computes them all. What several programs need is computed by each of them.
 */
export class Expressions {
  readonly #backend: WebGpuBackend;
  readonly #pending = new Map<tf.DataId, Pending>();

  constructor(backend: WebGpuBackend) {
    this.#backend = backend;
  }

  isPending(dataId: tf.DataId): boolean {
    return this.#pending.has(dataId);
  }

  /** Whether an operand is a single number that the host knows. */
  isNumber({ dataId, shape }: tf.TensorInfo): boolean {
    const { values, resource } = this.#backend.tensorMap.get(dataId);
    return Boolean(values) && !resource && tf.util.sizeFromShape(shape) === 1;
  }

  /** Whether data are of float32. A tensor of integers that was cast to it has the same data, of integers. */
  isFloat({ dataId }: tf.TensorInfo): boolean {
    return this.#backend.tensorMap.get(dataId).dtype === 'float32';
  }

  /** The result of an operation, computed when it is read. Operands are of float32, or numbers that the host knows. */
  add(operation: string, tensors: readonly tf.TensorInfo[], shape: number[]): tf.TensorInfo {
    for (const tensor of tensors) if (!this.#isAsMade(tensor)) this.compute(tensor.dataId);
    const operands = tensors.map((tensor) => (this.isNumber(tensor) ? this.#numberOf(tensor) : operandOf(tensor)));
    const pending = { operation, operands, shape };
    const result = this.#backend.makeTensorInfo(shape, 'float32');
    if (!fits(this.#expressionOf(result.dataId, pending))) for (const { dataId } of tensors) this.compute(dataId);
    for (const { dataId } of dataOf(operands)) this.#backend.incRef(dataId);
    this.#pending.set(result.dataId, pending);
    return result;
  }

  /** Computes data now, if they have been put off. */
  compute(dataId: tf.DataId): void {
    const pending = this.#pending.get(dataId);
    if (!pending) return;
    this.#pending.delete(dataId);
    const size = tf.util.sizeFromShape([...pending.shape]);
    this.#run(dataId, pending, dataId, {
      sizes: [size],
      groups: Math.ceil(size / THREADS),
      threads: THREADS,
      code: (lines, value) => `fn run(group: u32, local: u32) {
  let i = group * ${THREADS}u + local;
  if (i >= sizes.x) { return; }
  ${lines}
  result[i] = ${value};
}`,
    });
    this.#release(pending);
  }

  /**
   * Sums of data that have been put off, which are not stored for it.
   * @returns undefined for other data, and for a shape that is not the one that they were made in.
   */
  sums(tensor: tf.TensorInfo, { width, isMean, shape }: Sums): tf.TensorInfo | undefined {
    const pending = this.#pending.get(tensor.dataId);
    if (!pending || !this.#isAsMade(tensor)) return undefined;
    const sums = this.#backend.makeTensorInfo(shape, 'float32');
    const rows = tf.util.sizeFromShape(shape);
    this.#run(tensor.dataId, pending, sums.dataId, {
      sizes: [rows, width],
      groups: rows,
      threads: SUMMING_THREADS,
      code: (lines, value) => `var<workgroup> parts: array<f32, ${SUMMING_THREADS}>;
fn run(group: u32, local: u32) {
  var sum = 0.0;
  for (var j = local; j < sizes.y; j += ${SUMMING_THREADS}u) {
    let i = group * sizes.y + j;
    ${lines}
    sum += ${value};
  }
  parts[local] = sum;
  for (var half = ${SUMMING_THREADS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { parts[local] += parts[local + half]; }
  }
  if (local == 0u && group < sizes.x) { result[group] = parts[0]${isMean ? ' / f32(sizes.y)' : ''}; }
}`,
    });
    return sums;
  }

  /** Forgets data that nobody will read. */
  drop(dataId: tf.DataId): void {
    const pending = this.#pending.get(dataId);
    if (!pending) return;
    this.#pending.delete(dataId);
    this.#release(pending);
  }

  #release({ operands }: Pending): void {
    for (const { dataId } of dataOf(operands)) this.#backend.disposeData(dataId);
  }

  /** Whether a tensor has the shape that its data were made in, but for ones in front. */
  #isAsMade({ dataId, shape }: tf.TensorInfo): boolean {
    const pending = this.#pending.get(dataId);
    return !pending || haveSamePlaces(pending.shape, shape);
  }

  #numberOf({ dataId }: tf.TensorInfo): number {
    return (this.#backend.tensorMap.get(dataId).values as Float32Array | Int32Array)[0]!;
  }

  #expressionOf(dataId: tf.DataId, pending: Pending): Expression {
    const operations = new Map<tf.DataId, Pending>();
    const arrays = new Set<tf.DataId>();
    const numbers = new Set<number>();
    const visit = ({ operands }: Pending): void => {
      for (const operand of operands) {
        const next = typeof operand === 'number' ? undefined : this.#pending.get(operand.dataId);
        if (typeof operand === 'number') numbers.add(operand);
        else if (!next) arrays.add(operand.dataId);
        else if (!operations.has(operand.dataId)) {
          visit(next);
          operations.set(operand.dataId, next);
        }
      }
    };
    visit(pending);
    operations.set(dataId, pending);
    return { operations, arrays: [...arrays], numbers: [...numbers] };
  }

  #run(dataId: tf.DataId, pending: Pending, result: tf.DataId, { sizes, groups, threads, code }: Use): void {
    const { operations, arrays, numbers } = this.#expressionOf(dataId, pending);
    const places = [...operations.keys()];
    const numberNames = new Map(numbers.map((number, i) => [number, `numbers[${i >> 2}][${i & 3}]`]));
    const nameOf = (operand: Operand | number): string => {
      if (typeof operand === 'number') return numberNames.get(operand)!;
      const array = arrays.indexOf(operand.dataId);
      if (array < 0) return `x${places.indexOf(operand.dataId)}`;
      return `array${array}[${placeIn(operand.shape, pending.shape)}]`;
    };
    const lines = [...operations.values()].map(
      ({ operation, operands }, i) => `let x${i} = ${OPERATIONS[operation]!(operands.map(nameOf))};`,
    );
    const text = code(lines.join('\n  '), `x${lines.length - 1}`);
    dispatch(this.#backend, {
      name: text,
      constants: {},
      inputs: Object.fromEntries(arrays.map((array, i) => [`array${i}`, { dataId: array }])),
      outputs: { result: { dataId: result } },
      sizes,
      numbers,
      groups,
      threads,
      code: () => text,
    });
  }
}

function operandOf({ dataId, shape }: tf.TensorInfo): Operand {
  return { dataId, shape };
}

function dataOf(operands: Pending['operands']): readonly Operand[] {
  return operands.filter((operand) => typeof operand !== 'number');
}

function fits({ operations, arrays, numbers }: Expression): boolean {
  // One array is the result.
  return operations.size <= MOST_OPERATIONS && arrays.length < STORAGE_BUFFERS && numbers.length <= MOST_NUMBERS;
}

function haveSamePlaces(shape: readonly number[], other: readonly number[]): boolean {
  return withoutOnes(shape).join() === withoutOnes(other).join();
}

/** A shape without the ones in front, which make no difference to where its numbers are. */
function withoutOnes(shape: readonly number[]): readonly number[] {
  const first = shape.findIndex((size) => size !== 1);
  return first < 0 ? [] : shape.slice(first);
}

/**
 * Where the number of place `i` of the result is in an array that is broadcast to it. The size of the result's first
 * dimension, that of a batch, is not in it: one program is for batches of all sizes.
 */
function placeIn(array: readonly number[], result: readonly number[]): string {
  if (haveSamePlaces(array, result)) return 'i';
  const [from, to] = [withoutOnes(array), withoutOnes(result)];
  const terms: string[] = [];
  let [step, stepOfResult] = [1, 1];
  for (let axis = 1; axis <= from.length; axis++) {
    const [size, sizeOfResult] = [from.at(-axis)!, to.at(-axis)!];
    const along = axis === to.length ? `i / ${stepOfResult}u` : `i / ${stepOfResult}u % ${sizeOfResult}u`;
    if (size > 1) terms.push(`(${along}) * ${step}u`);
    step *= size;
    stepOfResult *= sizeOfResult;
  }
  return terms.join(' + ') || '0u';
}
