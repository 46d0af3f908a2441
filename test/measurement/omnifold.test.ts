import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { isAddonBuilt, nativeEngine } from '@unfold-zoo/engine-native';
import {
  type EventProblem,
  momentsOf,
  networkRatio,
  omnifoldOptions,
  omnifoldUnfolder,
  polynomialRatio,
  type UnfoldedEvents,
  type WeightedRows,
} from '@unfold-zoo/measurement';
import test from 'ava';
import { column, momentsOfToy, simulation, THREE_COUNTS, THREE_SIMULATED, TOYS, toyEvents } from './exact-toys.js';

const EXACT = polynomialRatio({ degree: 2 });
const CONTEXT = { startEngine: async () => undefined };

async function omnifold(problem: EventProblem, options: object): Promise<UnfoldedEvents> {
  const unfolder = omnifoldUnfolder(omnifoldOptions.parse({ clip: 1e9, ...options }), EXACT, new Rng(1));
  const unfold = await unfolder.prepare(problem, CONTEXT);
  return unfold({ simulation: problem.simulation.truth.weights, data: problem.data.weights });
}

/** The three-bin problem as events, whose observable is the number of the bin. */
function threeBins(fakes: readonly number[] = [0, 0, 0]): EventProblem {
  const faked = fakes.map((weight, detector) => ({ truth: Number.NaN, detector, weight }));
  const counts = THREE_COUNTS.map((count, d) => count + fakes[d]!);
  return {
    simulation: simulation([...THREE_SIMULATED, ...faked.filter(({ weight }) => weight !== 0)]),
    data: column([0, 1, 2], counts),
  };
}

function binsOf({ columns, weights }: UnfoldedEvents['events']): number[] {
  const bins = [0, 0, 0];
  for (const [i, t] of columns[0]![0]!.entries()) if (!Number.isNaN(t)) bins[t]! += weights[i]!;
  return bins;
}

test('OmniFold meets the exact numbers of the three-bin problem, iteration by iteration', async (t) => {
  const meets = async (misses: string, expected: Record<number, readonly number[]>, decimals: number) => {
    const { iterations } = await omnifold(threeBins(), { misses, iterations: 10 });
    for (const [n, numbers] of Object.entries(expected)) {
      const found = binsOf(iterations[Number(n) - 1]!.events);
      for (const [i, value] of found.entries())
        t.true(Math.abs(value - numbers[i]!) <= 0.6 * 10 ** -decimals, `${misses} ${n}: ${found}`);
    }
  };
  // Regressed misses make it iterative Bayes.
  const regressed = {
    1: [751.42857, 898.96574, 1029.74359],
    4: [686.15032, 890.47691, 1104.64252],
    10: [685.51569, 885.20772, 1111.24889],
  };
  await meets('regressed', regressed, 5);
  const kept = {
    1: [813.571, 914.121, 1022.308],
    4: [699.17, 887.778, 1095.23],
    10: [685.865, 884.951, 1111.15],
  };
  await meets('kept', kept, 3);
});

test('fakes are averaged as one more true bin, so that the right data give the right truth', async (t) => {
  const simulated = threeBins([40, 10, 60]);
  const data = column([0, 1, 2], [740, 1010, 710]);
  const { events, iterations } = await omnifold({ ...simulated, data }, { iterations: 3 });
  // The data are the simulation itself.
  for (const value of binsOf(events)) t.true(Math.abs(value - 1000) < 1e-6, `${value}`);
  t.true(Math.abs(iterations.at(-1)!.numbers['folded ratio']! - 1) < 1e-9);
  t.true(iterations.at(-1)!.numbers['relative change']! < 1e-9);
});

test('OmniFold meets the exact moments of the Gaussian toys, iteration by iteration', async (t) => {
  for (const { toy, exact } of TOYS) {
    const { iterations, gates } = await omnifold(toyEvents(toy), { iterations: 5 });
    for (const [n, [mean, deviation]] of Object.entries(exact)) {
      const found = momentsOfToy(iterations[Number(n) - 1]!.events);
      t.true(Math.abs(found.mean - mean) < 1e-5, `${JSON.stringify(toy)} ${n}: ${found.mean}`);
      t.true(Math.abs(found.deviation - deviation) < 1e-5, `${JSON.stringify(toy)} ${n}: ${found.deviation}`);
    }
    const folded = gates.find(({ name }) => name === 'folded ratio')!;
    t.true(folded.passed && Math.abs(folded.value - 1) < 1e-6);
  }
});

test('data with a background taken off by negative weights give what data without it give', async (t) => {
  const { toy } = TOYS[0]!;
  const { simulation, data } = toyEvents(toy);
  const background = [...data.columns[0]![0]!].map((y) => 3 * y - 5);
  const sizes = [...data.weights].map((weight) => weight / 20);
  const values = [...data.columns[0]![0]!, ...background, ...background];
  const mixed = column(values, [...data.weights, ...sizes, ...sizes.map((size) => -size)]);
  const options = { iterations: 2 };
  const [pure, less] = [
    await omnifold({ simulation, data }, options),
    await omnifold({ simulation, data: mixed }, options),
  ];
  const [a, b] = [momentsOfToy(pure.events), momentsOfToy(less.events)];
  t.true(Math.abs(a.mean - b.mean) < 1e-6 && Math.abs(a.deviation - b.deviation) < 1e-6);
});

test('a number that some events lack is a fact about them, not a number', async (t) => {
  // A second observable that only events of the first bin have, in simulation and data.
  const { simulation, data } = threeBins();
  const withSecond = (events: typeof data) => ({
    ...events,
    columns: [...events.columns, [events.columns[0]![0]!.map((value) => (value === 0 ? 7 : Number.NaN))]],
  });
  const problem = {
    simulation: { truth: withSecond(simulation.truth), detector: withSecond(simulation.detector) },
    data: withSecond(data),
  };
  const options = { iterations: 4 };
  const found = binsOf((await omnifold(problem, options)).events);
  const expected = binsOf((await omnifold(threeBins(), options)).events);
  for (const [i, value] of found.entries()) t.true(Math.abs(value - expected[i]!) < 1e-3, `${found}`);
});

test('weights without a positive sum, and samples without common ground, are refused', async (t) => {
  const { simulation, data } = threeBins();
  const negative = { ...data, weights: data.weights.map((weight) => -weight) };
  await t.throwsAsync(omnifold({ simulation, data: negative }, {}), { message: /sum -2100/ });
});

/** Rows of N(mean, 1). */
function rowsOf(mean: number, count: number, seed: number): WeightedRows {
  const rng = new Rng(seed);
  const features = Float64Array.from({ length: count }, () => mean + rng.normal());
  return { features, width: 1, weights: new Float64Array(count).fill(1) };
}

test('networks learn the ratio of two normal distributions', async (t) => {
  await (isAddonBuilt() ? nativeEngine({ threads: 1 }).start() : tf.setBackend('cpu'));
  const [above, below] = [rowsOf(0.5, 2000, 1), rowsOf(0, 2000, 2)];
  const at = Float64Array.from([-1, -0.5, 0, 0.5, 1, 1.5]);
  const options = { ensemble: 2, width: 16, epochs: 5, batchSize: 128, learningRate: 5e-3, weightDecay: 0.01 };
  const twice = { ...below, weights: below.weights.map((weight) => 2 * weight) };
  const errorOf = async (denominator: WeightedRows, factor: number) => {
    const fitted = await networkRatio(options).fit(above, denominator, new Rng(3));
    const found = await fitted.logRatio(at);
    fitted.dispose();
    return Math.max(...at.map((x, i) => Math.abs(found[i]! - (x / 2 - 1 / 8 - Math.log(factor)))));
  };
  // Without any learning it would be 0.63.
  t.true((await errorOf(twice, 2)) < 0.25);
  const { logRatio } = await polynomialRatio({ degree: 1 }).fit(above, below, new Rng(3));
  // Five standard errors of the slope of 4,000 events.
  const [low, high] = await logRatio(Float64Array.from([0, 1]));
  t.true(Math.abs(high! - low! - 0.5) < 5 * (2 / Math.sqrt(4000)));
});

test('the moments of signed events are weighted', (t) => {
  const [[{ mean, deviation }]] = momentsOf(column([0, 4, 9], [2, 2, -1])) as [[{ mean: number; deviation: number }]];
  t.is(mean, -1 / 3);
  t.is(deviation, 0);
});
