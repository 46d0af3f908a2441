import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readSamplingWeights } from '@unfold-zoo/core/training';
import { createRun, type Run } from '@unfold-zoo/runs';
import test from 'ava';
import { SMALL_MODELS } from '../fixtures/small-models.js';
import { newFolder } from './tiny-run.js';

/**
 * What the release before the library of runs made of the same configs, by `unfold train` and `unfold sample`: the norm
 * of every weight, and mass, px, py
 * and pz of the drawn partons, [events, particles, 4].
 */
interface Recorded {
  readonly weights: Readonly<Record<string, number>>;
  readonly draws: readonly number[];
}

// Node's versions differ in the last bit of exp and the like; anything else would show after four steps.
const ROUNDING = 1e-5;

const RECORDED: Record<string, Recorded> = JSON.parse(
  readFileSync(new URL('../../fixtures/recorded-runs.json', import.meta.url), 'utf8'),
);
// Of a drawn momentum: mass, energy, px, py, pz. Energies that a hardly trained model draws may overflow.
const [QUANTITIES, ENERGY] = [5, 1];

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

for (const [name, recorded] of Object.entries(RECORDED)) {
  test.serial(`${name}: a config and seed give the weights and draws that they always gave`, async (t) => {
    await using run = await createRun(SMALL_MODELS[name]!, { out: join(folder, name) });
    const { checkpoint } = await run.train();
    const weights = [...readSamplingWeights(checkpoint!)];
    t.deepEqual(weights.map(([key]) => key).sort(), Object.keys(recorded.weights).sort());
    for (const [key, { values }] of weights) {
      const [found, expected] = [Math.hypot(...values), recorded.weights[key]!];
      t.true(Math.abs(found - expected) <= ROUNDING * expected, `${key}: ${found}, was ${expected}`);
    }
    const draws = await firstDraws(run, recorded.draws.length);
    const size = Math.hypot(...recorded.draws) / Math.sqrt(recorded.draws.length);
    for (const [i, expected] of recorded.draws.entries()) {
      t.true(Math.abs(draws[i]! - expected) <= ROUNDING * size, `draw ${i}: ${draws[i]}, was ${expected}`);
    }
  });
}

async function firstDraws(run: Run, count: number): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { momenta } of run.draw({ split: 'test', draws: 1 })) {
    numbers.push(...momenta.filter((_, i) => i % QUANTITIES !== ENERGY));
  }
  return numbers.slice(0, count);
}
