import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Evaluator, Rng } from '@unfold-zoo/core';
import type { Findings } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, testSetting } from '@unfold-zoo/core/testing';
import plugin, { areaUnderCurve, type EventScores, preferenceForTruth } from '@unfold-zoo/diagnostics';
import { isAddonBuilt, nativeEngine } from '@unfold-zoo/engine-native';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';
import { SPEC, toyDraws, type Wrong } from './w-boson-toy.js';

const SMALL = { width: 24, epochs: 12, folds: 3, batchSize: 128, draws: 2 };

// A compiled engine is a few times faster than the JavaScript of tfjs.
test.before(async () => {
  await (isAddonBuilt() ? nativeEngine({ threads: 1 }).start() : tf.setBackend('cpu'));
});

conforms(
  'classifier',
  evaluatorChecks(() => build(Evaluator, plugin, { kind: 'classifier', ...SMALL, width: 4, epochs: 2 })),
);

async function evaluated(wrong: Wrong, events = 600): Promise<Required<Findings>> {
  const setting = { ...testSetting(), spec: SPEC };
  const evaluator = build(Evaluator, plugin, { kind: 'classifier', ...SMALL, resolved: 0.05 }, setting);
  return (await evaluator.evaluate(toyDraws({ events, draws: 2 }, wrong))) as Required<Findings>;
}

/** Area under the curve and its error, of all folds. */
function areaOf({ tables }: Findings): { value: number; error: number } {
  const [value, error] = tables[0]!.rows.at(-1)!.cells[0]!.split(' ± ').map(Number);
  return { value: value!, error: error! };
}

test('draws from the exact posterior cannot be told from the truth', async (t) => {
  const found = await evaluated({});
  const { value, error } = areaOf(found);
  t.true(Math.abs(value - 0.5) < 3 * error, `${value} ± ${error}`);
  t.deepEqual(
    found.verdicts.map(({ status }) => status),
    ['good'],
  );
});

for (const [name, wrong] of [
  ['shifted by half of their width', { shift: 0.5 }],
  ['of a wrong correlation of two particles', { correlation: 0 }],
  ['of another event', { swapped: true }],
] as const)
  test(`draws ${name} are told from the truth`, async (t) => {
    const found = await evaluated(wrong);
    t.is(found.verdicts[0]!.status, 'bad', found.verdicts[0]!.text);
    const lost = found.tables[1]!.rows.map(({ cells }) => Number(cells[0]));
    t.is(lost.length, SPEC.particles.length + 1);
    t.deepEqual(
      lost,
      lost.toSorted((a, b) => b - a),
    );
    // Draws of other events have the right distributions: without the detector, or the lepton, they say nothing.
    if ('swapped' in wrong) t.true(lost[0]! > 0.1, `${lost[0]}`);
    // Nothing tells better than the ratio of the densities; for a shift that has an area of Phi(d / sqrt 2) with
    // d^2 = 0.25 (2 * 2 / 1.8 + 2): correlated px and py of both, and pz of each.
    if ('shift' in wrong) t.true(areaOf(found).value < 0.766 + 3 * areaOf(found).error);
  });

const pairs = (seed: number, shift: number, count = 300): EventScores[] => {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => ({
    truth: shift + rng.normal(),
    draws: [rng.normal(), rng.normal()],
    weight: 0.5 + rng.uniform(),
  }));
};

test('the area under the curve is the share of pairs in which a truth scores above a draw', (t) => {
  const events = [...pairs(1, 0.5, 60), { truth: 1, draws: [1, 2], weight: 2 }];
  let [above, all] = [0, 0];
  for (const { truth, weight } of events)
    for (const other of events)
      for (const draw of other.draws) {
        const pair = (weight * other.weight) / other.draws.length;
        all += pair;
        above += truth === draw ? pair / 2 : truth > draw ? pair : 0;
      }
  t.true(Math.abs(areaUnderCurve(events).value - above / all) < 1e-12);
});

test('the area of two shifted normal distributions is Phi(shift / sqrt 2), and its error is how it scatters', (t) => {
  const areas = Array.from({ length: 200 }, (_, i) => areaUnderCurve(pairs(i, 0.5)));
  const mean = areas.reduce((sum, { value }) => sum + value, 0) / areas.length;
  const scatter = Math.sqrt(areas.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (areas.length - 1));
  t.true(Math.abs(mean - 0.63816) < (4 * scatter) / Math.sqrt(areas.length), `${mean}`);
  t.true(Math.abs(areas[0]!.error / scatter - 1) < 0.25, `${areas[0]!.error} ${scatter}`);
});

test('the preference for truths is standard normal where truths and draws can be exchanged', (t) => {
  const values = Array.from({ length: 400 }, (_, i) => preferenceForTruth(pairs(1000 + i, 0, 100)));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  t.true(Math.abs(mean) < 4 / Math.sqrt(values.length), `${mean}`);
  t.true(Math.abs(square - 1) < 4 * Math.sqrt(2 / values.length), `${square}`);
  t.is(preferenceForTruth([]), 0);
});
