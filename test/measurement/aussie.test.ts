import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { isAddonBuilt, nativeEngine } from '@unfold-zoo/engine-native';
import {
  aussieOptions,
  aussieUnfolder,
  type EventProblem,
  networkRatio,
  polynomialRatio,
  type RatioEstimator,
  type UnfoldedEvents,
} from '@unfold-zoo/measurement';
import test from 'ava';
import { column, momentsOfToy, simulation, THREE_COUNTS, THREE_SIMULATED, TOYS, toyEvents } from './exact-toys.js';

const EXACT = polynomialRatio({ degree: 2 });
const CONTEXT = { startEngine: async () => undefined };

async function aussie(problem: EventProblem, options: object = {}, classifier = EXACT): Promise<UnfoldedEvents> {
  const unfolder = aussieUnfolder(aussieOptions.parse({ clip: 1e9, ...options }), classifier, new Rng(1));
  const unfold = await unfolder.prepare(problem, CONTEXT);
  return unfold({ simulation: problem.simulation.truth.weights, data: problem.data.weights });
}

function binsOf({ columns, weights }: UnfoldedEvents['events']): number[] {
  const bins = [0, 0, 0];
  for (const [i, t] of columns[0]![0]!.entries()) if (!Number.isNaN(t)) bins[t]! += weights[i]!;
  return bins;
}

/** What iterations end with: the response turned round, R^-1 d. */
const LIMIT = [685.97169, 884.16988, 1111.96911];

test('AUSSIE meets what iterations of the three-bin problem end with', async (t) => {
  const problem = { simulation: simulation(THREE_SIMULATED), data: column([0, 1, 2], THREE_COUNTS) };
  for (const bandwidth of [0.2, 0.5, 2]) {
    const { events, gates } = await aussie(problem, { bandwidth });
    for (const [i, value] of binsOf(events).entries())
      t.true(Math.abs(value - LIMIT[i]!) < 1e-4, `bandwidth ${bandwidth}: ${binsOf(events)}`);
    t.true(gates.every(({ name, passed }) => passed || name.startsWith('calibration')));
  }
});

test('fakes have a weight of their own, so that the right data give the right truth', async (t) => {
  const fakes = [40, 10, 60];
  const faked = fakes.map((weight, detector) => ({ truth: Number.NaN, detector, weight }));
  const simulated = simulation([...THREE_SIMULATED, ...faked]);
  // Three measured bins do not tell three true ones and the fakes apart; data as simulated begin where they end.
  const { events } = await aussie({ simulation: simulated, data: column([0, 1, 2], [740, 1010, 710]) });
  for (const value of binsOf(events)) t.true(Math.abs(value - 1000) < 1, `${binsOf(events)}`);
});

test('AUSSIE meets the truth of the Gaussian toys, which iterations only approach', async (t) => {
  for (const { toy } of TOYS) {
    const { mean, deviation } = momentsOfToy((await aussie(toyEvents(toy))).events);
    t.true(Math.abs(mean - toy.truth.mean) < 1e-4, `${JSON.stringify(toy)}: ${mean}`);
    t.true(Math.abs(deviation - toy.truth.deviation) < 1e-4, `${JSON.stringify(toy)}: ${deviation}`);
  }
});

test('networks come near to the truth of a Gaussian toy', async (t) => {
  await (isAddonBuilt() ? nativeEngine({ threads: 1 }).start() : tf.setBackend('cpu'));
  const rng = new Rng(7);
  const [count, resolution] = [3000, 0.5];
  const sample = (mean: number) =>
    Array.from({ length: count }, () => {
      const truth = mean + rng.normal();
      return { truth, detector: truth + resolution * rng.normal(), weight: 1 };
    });
  const measured = sample(0.5).map(({ detector }) => detector);
  const problem = { simulation: simulation(sample(0)), data: column(measured, new Array(count).fill(1)) };
  const options = { ensemble: 1, width: 16, epochs: 30, batchSize: 512, learningRate: 2e-3, weightDecay: 0.01 };
  const { events, gates } = await aussie(problem, { clip: 100 }, networkRatio(options));
  const { mean } = momentsOfToy(events);
  // Nothing learned gives 0. Polynomials, which are the right functions, have errors of 0.03 in such samples.
  t.true(Math.abs(mean - 0.5) < 0.15, `${mean}`);
  t.true(gates.find(({ name }) => name === 'folded ratio')!.passed);
});

test('a classifier that cannot weight the truth is refused', async (t) => {
  const { fitFolded: _, ...ratiosAlone } = EXACT;
  const problem = { simulation: simulation(THREE_SIMULATED), data: column([0, 1, 2], THREE_COUNTS) };
  await t.throwsAsync(aussie(problem, {}, ratiosAlone as RatioEstimator), {
    message: /invalid classifier: the method aussie needs/,
  });
});
