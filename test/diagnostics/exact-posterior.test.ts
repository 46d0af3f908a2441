import { type EvaluatedDraws, Evaluator, EventSource, Rng } from '@unfold-zoo/core';
import type { Findings } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, testDraws, testSetting } from '@unfold-zoo/core/testing';
import data from '@unfold-zoo/data';
import plugin from '@unfold-zoo/diagnostics';
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

test('data without an exact posterior are refused', async (t) => {
  const evaluator = build(Evaluator, plugin, { kind: 'exact-posterior' });
  await t.throwsAsync(evaluator.evaluate(testDraws()), {
    message: /exact-posterior needs data whose posterior is known/,
  });
});
