import * as tf from '@tensorflow/tfjs-core';

/**
 * A tensor that is kept in checkpoints. Its name is its place in the module tree, never a name of its own. One whose
 * `trainable` is false belongs to no parameter group: it is drawn once and stays.
 */
export type Parameter = tf.Variable;

const isModule: unique symbol = Symbol.for('@unfold-zoo/core/isModule');

/**
 * A node of the parameter tree. Fields that are variables, modules, or arrays or maps of
 * modules are found by name, so `namedParameters()` yields `encoder.blocks.0.kernel`.
 * @example
 * class Regression extends Module {
 *   readonly hidden: Linear;
 *   readonly output: Linear;
 *
 *   constructor(rng: Rng) {
 *     super();
 *     this.hidden = new Linear({ inputs: 8, outputs: 32, activation: 'gelu' }, rng.fork('hidden'));
 *     this.output = new Linear({ inputs: 32, outputs: 1 }, rng.fork('output'));
 *   }
 *
 *   // [B, 8] -> [B, 1]
 *   apply(x: tf.Tensor2D): tf.Tensor2D {
 *     return this.output.apply(this.hidden.apply(x));
 *   }
 * }
 */
export abstract class Module {
  readonly [isModule] = true;

  /** Every parameter under this module with its path, in field order. */
  *namedParameters(prefix = ''): Generator<[name: string, parameter: Parameter]> {
    for (const [field, value] of Object.entries(this)) yield* walk(`${prefix}${field}`, value);
  }

  /** Every parameter under this module, in the order of `namedParameters`. */
  get parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  /** Frees every parameter. */
  dispose(): void {
    for (const parameter of this.parameters) parameter.dispose();
  }
}

function* walk(path: string, value: unknown): Generator<[string, Parameter]> {
  if (value instanceof tf.Variable) yield [path, value];
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* walk(`${path}.${i}`, item);
  else if (value instanceof Map) for (const [key, item] of value) yield* walk(`${path}.${key}`, item);
  else if (isModuleLike(value)) yield* value.namedParameters(`${path}.`);
}

// A brand rather than instanceof: a plugin may resolve a second copy of this package.
function isModuleLike(value: unknown): value is Module {
  return typeof value === 'object' && value !== null && isModule in value;
}
