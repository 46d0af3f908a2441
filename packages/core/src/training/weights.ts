import * as tf from '@tensorflow/tfjs-core';
import type { ParameterCopy } from '../contracts/model/training-stage.js';
import type { HostArithmetic } from '../contracts/training/host-arithmetic.js';
import { UserError } from '../errors.js';
import type { HostTensor } from '../files/safetensors.js';
import type { Module, Parameter } from '../module.js';

/** A parameter with its name in the module tree and its values on the host. */
export interface Weight {
  readonly name: string;
  readonly parameter: Parameter;
  /** The master copy; `push` sends it to the engine. */
  readonly values: Float32Array;
}

/** Reads every parameter of a model back to the host. */
export async function readWeights(model: Module): Promise<Weight[]> {
  const named = [...model.namedParameters()];
  const values = await Promise.all(named.map(([, parameter]) => parameter.data() as Promise<Float32Array>));
  // A copy: an engine may hand out its own memory.
  return named.map(([name, parameter], i) => ({ name, parameter, values: values[i]!.slice() }));
}

/** Sends values to the engine, into the parameters they belong to, but for those that are the engine's own memory. */
export function pushWeights(
  parameters: readonly Parameter[],
  values: readonly Float32Array[],
  arithmetic?: HostArithmetic,
): void {
  const own = arithmetic?.ownValues?.(parameters);
  for (const [i, parameter] of parameters.entries()) {
    if (own?.[i] === values[i]) continue;
    const tensor = tf.tensor(values[i]!, parameter.shape, 'float32');
    parameter.assign(tensor);
    tensor.dispose();
  }
}

/** Gives parameters the values of others, on the host and in the engine. */
export function copyWeights(
  copies: readonly ParameterCopy[],
  weights: readonly Weight[],
  arithmetic?: HostArithmetic,
): void {
  const of = new Map(weights.map(({ parameter, values }) => [parameter, values]));
  for (const { from, to } of copies) of.get(to)!.set(of.get(from)!);
  const changed = copies.map(({ to }) => to);
  pushWeights(
    changed,
    changed.map((parameter) => of.get(parameter)!),
    arithmetic,
  );
}

/**
 * Refuses a checkpoint whose tensors do not fit the model.
 * @param source where they come from, for the message.
 * @throws UserError that lists the tensors that are missing, unknown, or of another shape.
 */
export function checkNames(
  source: string,
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, HostTensor>,
): void {
  const problems = [
    ...[...expected.keys()].filter((name) => !found.has(name)).map((name) => `missing ${name}`),
    ...[...found.keys()].filter((name) => !expected.has(name)).map((name) => `unknown ${name}`),
    ...[...expected].flatMap(([name, shape]) => shapeProblem(name, shape, found.get(name)?.shape)),
  ];
  if (problems.length === 0) return;
  const differ = problems.length === 1 ? '1 tensor differs' : `${problems.length} tensors differ`;
  const whose = 'it belongs to another model, or was trained by another version of unfold-zoo';
  throw new UserError([`invalid checkpoint ${source}: ${whose}; ${differ}:`, ...problems].join('\n  '));
}

function shapeProblem(name: string, expected: readonly number[], found: readonly number[] | undefined): string[] {
  if (!found || String(found) === String(expected)) return [];
  return [`shape of ${name}: the model has [${expected}], the checkpoint [${found}]`];
}

/** Loads a model's parameters by name. Refuses any missing, unknown or mis-shaped tensor, and lists them all. */
export function loadWeights(model: Module, tensors: ReadonlyMap<string, HostTensor>, source: string): void {
  const named = [...model.namedParameters()];
  checkNames(source, new Map(named.map(([name, { shape }]) => [name, shape])), tensors);
  const values = named.map(([name]) => tensors.get(name)!.values);
  pushWeights(
    named.map(([, parameter]) => parameter),
    values,
  );
}

/**
 * Gives a model the values of those tensors that have the name and the shape of one of its parameters.
 * @returns the names of the parameters that stay as they are.
 */
export function adoptWeights(model: Module, tensors: ReadonlyMap<string, HostTensor>): string[] {
  const named = [...model.namedParameters()];
  const fits = ([name, { shape }]: (typeof named)[0]): boolean => String(tensors.get(name)?.shape) === String(shape);
  const taken = named.filter(fits);
  pushWeights(
    taken.map(([, parameter]) => parameter),
    taken.map(([name]) => tensors.get(name)!.values),
  );
  return named.filter((each) => !fits(each)).map(([name]) => name);
}
