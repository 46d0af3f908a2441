import * as tf from '@tensorflow/tfjs-core';
import type { Module, Parameter } from '../module.js';
import { Rng } from '../rng.js';
import { type Check, claim, tensorCheck } from './check.js';
import { type Make, type Setting, testSetting } from './setting.js';

/**
 * float32 resolves 6e-8; sums of up to a few thousand terms in another order differ by less than this part of the
 * result.
 */
export const ROUNDING = 1e-4;

/** How far parameters are moved from where they start, so that layers that start at zero let gradients pass. */
const NUDGE = 0.1;

/** Makes a module for one check and frees its parameters afterwards. */
export function using<T extends Module>(
  make: Make<T>,
  use: (module: T, setting: Setting) => void,
  setting: Setting = testSetting(),
): void {
  const module = make(setting);
  try {
    use(module, setting);
  } finally {
    module.dispose();
  }
}

/** What every module must do; `apply` runs it on test inputs, which come from the rng. */
export function moduleChecks<T extends Module>(
  make: Make<T>,
  apply: (module: T, setting: Setting, rng: Rng) => readonly tf.Tensor[],
): Check[] {
  const run = (module: T, setting: Setting) => apply(module, setting, new Rng(7));
  return [
    tensorCheck('the same seed gives the same weights and the same output', () => sameForSameSeed(make, run)),
    tensorCheck('every number that comes out is finite', () => {
      using(make, (module, setting) => {
        for (const output of run(module, setting))
          claim(allFinite(output), 'an output has a number that is not finite');
      });
    }),
    tensorCheck('every parameter receives a gradient', () => {
      using(make, (module, setting) => {
        nudge(module.parameters, new Rng(3));
        const still = withoutGradient(new Map(module.namedParameters()), () => probe(run(module, setting)));
        claim(still.length === 0, `no gradient reaches ${still.join(', ')}`);
      });
    }),
    tensorCheck('no tensor outlives the tidy that it was made in', () => {
      using(make, (module, setting) => claimNoLeak(() => run(module, setting)));
    }),
    tensorCheck('using it changes none of its parameters', () => {
      using(make, (module, setting) => {
        const before = valuesOf(module);
        run(module, setting);
        claim(equal(before, valuesOf(module)), 'a parameter has another value after use');
      });
    }),
  ];
}

function sameForSameSeed<T extends Module>(make: Make<T>, run: (module: T, setting: Setting) => readonly tf.Tensor[]) {
  const [first, second] = [1, 2].map(() => {
    let found: { weights: Float32Array[]; outputs: Float32Array[] } | undefined;
    using(make, (module, setting) => {
      const weights = valuesOf(module);
      found = { weights, outputs: run(module, setting).map(values) };
    });
    return found!;
  });
  claim(equal(first!.weights, second!.weights), 'weights differ between two that were made with the same seed');
  claim(equal(first!.outputs, second!.outputs), 'outputs differ between two that were made with the same seed');
}

/** Runs something twice in a tidy: the second time, when all that is made once is there, nothing may be left behind. */
export function claimNoLeak(run: () => unknown): void {
  tf.tidy(() => void run());
  const before = tf.memory().numTensors;
  tf.tidy(() => void run());
  const left = tf.memory().numTensors - before;
  claim(left <= 0, `${left} tensors are left behind`);
}

/** The named parameters that a loss gives no gradient, or a gradient of zeros. */
export function withoutGradient(parameters: ReadonlyMap<string, Parameter>, loss: () => tf.Scalar): string[] {
  if (parameters.size === 0) return [];
  const { grads } = tf.variableGrads(() => tf.add(loss(), tieTo(parameters.values())), [...parameters.values()]);
  const still = [...parameters].filter(([, { name }]) => !grads[name] || values(grads[name]).every((x) => x === 0));
  return still.map(([path]) => path);
}

// tfjs refuses a loss that no variable at all has a part in; this has a part in each, and a gradient of zero.
function tieTo(parameters: Iterable<Parameter>): tf.Scalar {
  return tf.addN([...parameters].map((parameter) => tf.sum(tf.mul(0, parameter)))) as tf.Scalar;
}

/** A scalar that depends on every entry in another way. */
export function probe(outputs: readonly tf.Tensor[]): tf.Scalar {
  const rng = new Rng(11);
  const sums = outputs.map((output) => {
    const flat = tf.reshape(output, [1, output.size]);
    return tf.sum(tf.add(tf.mul(rng.normalTensor(1, output.size), flat), tf.square(flat)));
  });
  return tf.addN(sums) as tf.Scalar;
}

/** Moves parameters at random. */
export function nudge(parameters: readonly Parameter[], rng: Rng): void {
  for (const parameter of parameters) {
    const by = tf.reshape(rng.normalTensor(1, parameter.size), parameter.shape);
    parameter.assign(tf.add(parameter, tf.mul(NUDGE, by)));
  }
}

/** A copy of the values of a tensor. */
export function values(tensor: tf.Tensor): Float32Array {
  return (tensor.dataSync() as Float32Array).slice();
}

function valuesOf(module: Module): Float32Array[] {
  return module.parameters.map(values);
}

function equal(a: readonly Float32Array[], b: readonly Float32Array[]): boolean {
  return a.length === b.length && a.every((each, i) => isSame(each, b[i]!));
}

/** Whether two arrays hold the very same numbers. */
export function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

export function allFinite(tensor: tf.Tensor): boolean {
  return values(tensor).every(Number.isFinite);
}

/** Whether two tensors agree to float32 rounding of the largest entry. */
export function isClose(a: tf.Tensor, b: tf.Tensor, tolerance = ROUNDING): boolean {
  if (String(a.shape) !== String(b.shape)) return false;
  const [left, right] = [values(a), values(b)];
  const scale = 1 + left.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return left.every((value, i) => Math.abs(value - right[i]!) <= tolerance * scale);
}

/** Refuses a tensor of another shape. */
export function claimShape(what: string, tensor: tf.Tensor, expected: readonly number[]): void {
  claim(String(tensor.shape) === String(expected), `${what} has shape [${tensor.shape}], expected [${expected}]`);
}

/** The first rows of a tensor. */
export function firstRows<T extends tf.Tensor>(tensor: T, count: number): T {
  return tf.slice(tensor, 0, count) as T;
}
