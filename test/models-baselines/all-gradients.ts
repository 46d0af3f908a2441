import { type GenerativeModel, Rng } from '@unfold-zoo/core';
import { lossAndGradients } from '@unfold-zoo/core/training';
import { observation, SMALL } from '../parts/networks.js';
import { assembled } from './assembled.js';

const rng = new Rng(61);

/** The gradients of every stage of a freshly made small model, one after the other, on the current backend. */
export async function allGradients(name: string, overrides: readonly string[] = []): Promise<Float32Array[]> {
  const model: GenerativeModel = await assembled(name, SMALL, overrides);
  const batch = {
    partons: rng.fork('x').normalTensor(6, 10),
    observed: observation([3, 4, 5, 2, 1, 3], rng.fork('y')),
  };
  const all: Float32Array[] = [];
  for (const stage of model.stages) {
    const parameters = stage.groups.flatMap((group) => group.parameters);
    const { gradients } = await lossAndGradients(stage, parameters, batch, rng.fork(stage.name));
    all.push(...gradients.map((gradient) => gradient!.slice()));
  }
  return all;
}

/** |a - b| over |b|, of all gradients together. */
export function relativeError(actual: readonly Float32Array[], expected: readonly Float32Array[]): number {
  let [difference, size] = [0, 0];
  for (const [i, values] of expected.entries()) {
    for (const [j, value] of values.entries()) {
      difference += (actual[i]![j]! - value) ** 2;
      size += value ** 2;
    }
  }
  return Math.sqrt(difference / size);
}
