import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type EvaluatedDraws, Evaluator, EventSource, Rng } from '@unfold-zoo/core';
import { fitScaling, scalePartons } from '@unfold-zoo/core/events';
import type { Findings } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, testDraws, testSetting } from '@unfold-zoo/core/testing';
import data from '@unfold-zoo/data';
import plugin, { type DensityModel, momentumDensity } from '@unfold-zoo/diagnostics';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';

const DRAWS = 40;
const EVENTS = 800;

/** Exact draws for the first events of a problem, with the truth of each. */
async function exactDraws(kind: string, events = EVENTS): Promise<EvaluatedDraws> {
  const source = build(EventSource, data, { kind, train: 1000, validation: 10, test: EVENTS });
  const posterior = source.exactPosterior!(await source.read('test', 0, events));
  const partons = posterior.draw(new Rng(8), DRAWS);
  return { label: 'Exact', source, split: 'test', start: 0, events, draws: DRAWS, partons };
}

async function evaluate(drawn: EvaluatedDraws, kind = 'exact-posterior'): Promise<Required<Findings>> {
  const setting = { ...testSetting(), spec: drawn.source.spec };
  return (await build(Evaluator, plugin, { kind }, setting).evaluate(drawn)) as Required<Findings>;
}

/** Draws of which each number of a column of P is another function of itself and its row. */
function changed(
  drawn: EvaluatedDraws,
  column: number,
  change: (value: number, row: number) => number,
): EvaluatedDraws {
  const width = 5 * drawn.source.spec.particles.length;
  const partons = drawn.partons.map((value, i) =>
    i % width === column ? change(value, Math.floor(i / width)) : value,
  );
  return { ...drawn, partons };
}

const tried = await exactDraws('truth-lab', 20);
conforms(
  'exact-posterior',
  evaluatorChecks(
    () => build(Evaluator, plugin, { kind: 'exact-posterior' }, { ...testSetting(), spec: tried.source.spec }),
    () => tried,
  ),
);

test('exact draws are as near as exact draws, and calibrated', async (t) => {
  const drawn = await exactDraws('truth-lab');
  for (const kind of ['exact-posterior', 'calibration']) {
    const { verdicts } = await evaluate(drawn, kind);
    t.deepEqual(
      verdicts.filter(({ status }) => status === 'bad'),
      [],
    );
  }
});

const PX = 2;
/** GeV, of the momenta of `linear-gaussian`: correlated with each other, so less than 30 GeV sqrt(0.2). */
const along = (900 * 2 * 225) / (900 * 2 + 225);
const across = (900 * 0.5 * 225) / (900 * 0.5 + 225);
const WIDTH = Math.sqrt((along + 2 * across) / 3);

for (const shift of [0.3, 1])
  test(`draws shifted by ${shift} sd are told to be as far off`, async (t) => {
    const drawn = changed(await exactDraws('linear-gaussian'), PX, (value) => value + shift * WIDTH);
    const { verdicts } = await evaluate(drawn);
    const { status, badness } = verdicts.find(({ quantity }) => quantity === 'Gaussian px')!;
    t.is(status, 'bad');
    // The distance of two samples is not their floor and the shift in quadrature exactly: to a fifth.
    t.true(Math.abs(badness / shift - 1) < 0.2, `${badness}`);
    t.is(verdicts.find(({ quantity }) => quantity === 'Gaussian py')!.status, 'good');
  });

test('draws that are too wide are told by how much', async (t) => {
  const exact = await exactDraws('linear-gaussian');
  const rows = exact.partons;
  const meanOfEvent = (row: number): number => {
    const first = Math.floor(row / DRAWS) * DRAWS;
    let sum = 0;
    for (let i = 0; i < DRAWS; i++) sum += rows[(first + i) * 5 + PX]! / DRAWS;
    return sum;
  };
  const drawn = changed(exact, PX, (value, row) => value + 0.5 * (value - meanOfEvent(row)));
  const { verdicts } = await evaluate(drawn);
  const { status, text } = verdicts.find(({ quantity }) => quantity === 'Gaussian px')!;
  t.is(status, 'bad');
  const factor = Number(/([\d.]+) times as wide$/.exec(text)?.[1]);
  t.true(Math.abs(factor - 1.5) < 0.03, text);
});

test('draws of another event are refused, for all that their distributions are right', async (t) => {
  const exact = await exactDraws('two-moons');
  const half = exact.partons.length / 2;
  const partons = Float32Array.from(exact.partons, (_, i) => exact.partons[(i + half) % exact.partons.length]!);
  const { verdicts, tables } = await evaluate({ ...exact, partons });
  for (const quantity of ['Moons px', 'Moons py', 'Moons pz', 'Moons momentum'])
    t.is(verdicts.find((each) => each.quantity === quantity)!.status, 'bad', quantity);
  const [row] = tables[1]!.rows;
  t.true(Number(row!.cells.at(-1)) > 0.5, 'nearly all draws are where the density is low');
});

/** Precision of px of `linear-gaussian`, the other momenta given: prior and measurement add up. */
const PRECISION = (1 / (900 * 2) + 2 / (900 * 0.5)) / 3 + 1 / 225;

test('the mean difference of densities at the truth is the Kullback-Leibler divergence', async (t) => {
  const exact = await exactDraws('linear-gaussian');
  const shift = 8;
  const logDensity = async (first: number, count: number) => {
    const events = await exact.source.read('test', first, count);
    const moved = events.partons!.map((value, i) => (i % 5 === PX ? value + shift : value));
    return exact.source.exactPosterior!(events).logDensity!(0, moved);
  };
  const { tables } = await evaluate({ ...exact, logDensity });
  const [difference, error] = tables.at(-1)!.rows[0]!.cells.at(-1)!.split(' ± ').map(Number);
  const divergence = (PRECISION * shift ** 2) / 2;
  t.true(Math.abs(difference! - divergence) < 4 * error!, `${difference} ± ${error}, expected ${divergence}`);
  t.true(error! < divergence / 5);
});

test('the energy is integrated out of the density of a model that learns it as a number of its own', async (t) => {
  const { source } = await exactDraws('linear-gaussian');
  const scaling = await fitScaling(source, { normalScores: ['mass'] });
  const events = await source.read('test', 0, 5);
  // Standardised: independent normal numbers but for the energy, which is near a function of two of them.
  const [sharpness, offset] = [0.01, 0.03];
  const model = {
    posterior: ({ batch }: { batch: number }) => ({
      events: batch,
      draw: () => tf.zeros<tf.Rank.R2>([1, 5]),
      logDensity: (z: tf.Tensor2D): tf.Tensor1D => {
        const [mass, logE, px, py, pz] = tf.unstack(z, 1) as tf.Tensor1D[];
        const ridge = tf.div(tf.sub(logE!, tf.add(truthE(z.shape[0]), offset)), sharpness);
        const squares = [mass!, px!, py!, pz!, ridge].map((value) => tf.square(value));
        return tf.sub(tf.mul(-0.5, tf.addN(squares)), 2.5 * Math.log(2 * Math.PI) + Math.log(sharpness)) as tf.Tensor1D;
      },
      dispose: () => {},
    }),
  } as unknown as DensityModel['model'];
  const scaled = scalePartons(scaling, events.partons!, events);
  function truthE(rows: number): tf.Tensor1D {
    const each = rows / 5;
    return tf.tensor1d(Float32Array.from({ length: rows }, (_, row) => scaled[5 * Math.floor(row / each) + 1]!));
  }
  const found = (await momentumDensity({ model, spec: source.spec, scaling }, events))!;
  const { standardDeviation } = scaling.partons;
  const slope = (event: number): number => {
    const step = (sign: number) => events.partons!.map((value, i) => (i % 5 === 0 ? value + sign * 1e-3 : value));
    const [above, below] = [step(1), step(-1)].map((partons) => scalePartons(scaling, partons, events)[5 * event]!);
    return (above! - below!) / 2e-3;
  };
  for (const [event, value] of found.entries()) {
    const z = [0, 2, 3, 4].map((column) => scaled[5 * event + column]!);
    const volumes = [2, 3, 4].reduce((sum, column) => sum + Math.log(standardDeviation[column]!), 0);
    const squares = z.reduce((sum, each) => sum + each * each, 0);
    const expected = -0.5 * squares - 2 * Math.log(2 * Math.PI) - volumes + Math.log(slope(event));
    t.true(Math.abs(value - expected) < 0.01, `${value}, expected ${expected}`);
  }
});

test('data without an exact posterior are refused', async (t) => {
  const evaluator = build(Evaluator, plugin, { kind: 'exact-posterior' });
  await t.throwsAsync(evaluator.evaluate(testDraws()), {
    message: /exact-posterior needs data whose posterior is known/,
  });
});
