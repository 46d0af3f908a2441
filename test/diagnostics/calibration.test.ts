import { type EvaluatedDraws, Evaluator, Rng, type Split } from '@unfold-zoo/core';
import type { Findings, Verdict } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, eventsInMemory, testSetting } from '@unfold-zoo/core/testing';
import plugin, {
  coverageAt,
  ecdfBand,
  evaluatedBlocks,
  QuantityRankStatistics,
  RankHistogram,
  RankMoments,
  summariseRanks,
} from '@unfold-zoo/diagnostics';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';
import { SPEC, toyDraws, type Wrong } from './w-boson-toy.js';

const SIZE = { events: 2000, draws: 50 };

conforms(
  'calibration',
  evaluatorChecks(() => build(Evaluator, plugin, { kind: 'calibration' })),
);

async function calibrationOf(drawn: EvaluatedDraws, options: object = {}): Promise<Required<Findings>> {
  const setting = { ...testSetting(), spec: SPEC };
  const found = await build(Evaluator, plugin, { kind: 'calibration', ...options }, setting).evaluate(drawn);
  return found as Required<Findings>;
}

const verdictsOf = async (wrong: Wrong, size = SIZE) => (await calibrationOf(toyDraws(size, wrong))).verdicts;
const of = (verdicts: readonly Verdict[], quantity: string) => verdicts.find((each) => each.quantity === quantity)!;

test('draws from the exact posterior are calibrated in every quantity, angles too', async (t) => {
  const verdicts = await verdictsOf({});
  t.is(verdicts.length, 3 * 8 + 1);
  t.deepEqual(
    verdicts.filter(({ status }) => status !== 'good'),
    [],
  );
});

for (const [scale, word] of [
  [0.8, 'narrow'],
  [1.25, 'wide'],
] as const)
  test(`posteriors whose width is off by ${scale} are called too ${word} by 1.25`, async (t) => {
    const { status, text } = of(await verdictsOf({ scale }), 'Lepton px');
    t.is(status, 'bad');
    const factor = Number(/^too (\w+) by a factor of ([\d.]+)$/.exec(text)?.[2]);
    t.true(text.includes(word) && Math.abs(factor / 1.25 - 1) < 4 / Math.sqrt(2 * SIZE.events), text);
  });

test('posteriors that are far too wide are told by how much, for all that few draws blur it', async (t) => {
  const text = of(await verdictsOf({ scale: 4 }), 'Lepton px').text;
  const factor = Number(/^too wide by a factor of ([\d.]+)$/.exec(text)?.[1]);
  t.true(Math.abs(factor / 4 - 1) < 0.1, text);
});

test('posteriors shifted by 0.2 of their width are called biased by that', async (t) => {
  const { status, text, badness } = of(await verdictsOf({ shift: 0.2 }), 'Neutrino py');
  t.is(status, 'bad');
  t.true(Math.abs(badness - 0.2) < 4 / Math.sqrt(SIZE.events), String(badness));
  t.regex(text, /^biased by \+0\.\d\d sd$/);
});

test('a wrong correlation is seen by all momenta together, though each is calibrated', async (t) => {
  const verdicts = await verdictsOf({ correlation: -0.8 });
  t.is(of(verdicts, 'Lepton px').status, 'good');
  t.is(of(verdicts, 'all momenta together').status, 'bad');
});

test('the random points of TARP are no evaluated events, also where those are training events', async (t) => {
  const drawn = toyDraws({ events: 40, draws: 5 });
  const read = (start: number, count: number) => drawn.source.read('test', start, count);
  const [all, evaluated, others] = [await read(0, 40), await read(0, 25), await read(25, 15)];
  const tarp = async (splits: Parameters<typeof eventsInMemory>[1], split: Split) => {
    const of = { ...drawn, source: eventsInMemory(SPEC, splits), split, events: 25 };
    return (await calibrationOf({ ...of, partons: drawn.partons.subarray(0, 25 * 5 * 15) })).tables.at(-1)!;
  };
  const apart = await tarp({ train: others, test: evaluated }, 'test');
  t.true(apart.title.includes('TARP'));
  t.deepEqual(await tarp({ train: all, test: others }, 'train'), apart);
  t.deepEqual(await tarp({ train: evaluated, validation: others, test: others }, 'train'), apart);
});

test('draws of another event are wrong in what the detector measures', async (t) => {
  const verdicts = await verdictsOf({ swapped: true });
  t.regex(of(verdicts, 'Lepton px').text, /too narrow/);
  t.is(of(verdicts, 'Neutrino pz').status, 'good');
});

test('of few events it says that they are too few', async (t) => {
  const { status, text } = of(await verdictsOf({}, { events: 60, draws: 50 }), 'Lepton px');
  t.deepEqual(
    [status, text.replace(/[\d.]+/, 'N')],
    ['undecided', 'not enough events to tell: its width is known to N %'],
  );
});

test('coverage of posteriors of a wrong width is what theory says', async (t) => {
  // [C] of a normal posterior whose standard deviation is scaled: the 68.27 and 95 % intervals.
  for (const [scale, expected] of [
    [0.8, [0.5763, 0.8831]],
    [1.25, [0.7887, 0.9857]],
  ] as const) {
    const drawn = toyDraws({ events: 2000, draws: 200 }, { scale });
    const statistics = new QuantityRankStatistics(SPEC, drawn.draws, new Rng(1));
    for await (const block of evaluatedBlocks(drawn)) statistics.add(block);
    const { histogram } = statistics.finish().find(({ particle, quantity }) => particle === 0 && quantity === 'px')!;
    for (const [k, level] of [0.6827, 0.95].entries()) {
      const { value, error } = coverageAt(histogram, level);
      // Of 200 draws an interval's ends are known to half a rank.
      t.true(Math.abs(value - expected[k]!) < 4 * error + 1 / 400, `${scale} ${level}: ${value} ± ${error}`);
    }
  }
});

test('events of weight 0 do not count, and one of weight 2 counts as two', (t) => {
  const [weighted, repeated] = [new RankHistogram(3), new RankHistogram(3)];
  weighted.add(1, 2);
  weighted.add(3, 0);
  weighted.add(0, 1);
  for (const rank of [1, 1, 0]) repeated.add(rank);
  t.deepEqual(
    [0.25, 0.4, 0.5, 1].map((p) => weighted.below(p)),
    [0.25, 0.4, 0.5, 1].map((p) => repeated.below(p)),
  );
  t.is(weighted.effectiveEvents, 9 / 5);
});

test('weights of draws reach the ranks: events whose draws are wrong do not count at weight 0', async (t) => {
  const [right, wrong] = [toyDraws({ events: 1000, draws: 20 }), toyDraws({ events: 1000, draws: 20 }, { shift: 2 })];
  const row = right.partons.length / 1000;
  const partons = right.partons.map((value, i) => (i < 500 * row ? value : wrong.partons[i]!));
  const weights = Float32Array.from({ length: 1000 }, (_, event) => Number(event < 500));
  t.is(of((await calibrationOf({ ...right, partons })).verdicts, 'Lepton px').status, 'bad');
  t.not(of((await calibrationOf({ ...right, partons, weights })).verdicts, 'Lepton px').status, 'bad');
});

test('width and bias of a posterior are found for any number of draws', (t) => {
  const rng = new Rng(3);
  for (const draws of [10, 100]) {
    const histogram = new RankHistogram(draws);
    for (let event = 0; event < 20_000; event++) {
      // The truth is 0.3 above the mean and the posterior twice as wide as right.
      const truth = 0.3 + 0.5 * rng.normal();
      histogram.add(Array.from({ length: draws }, () => rng.normal()).filter((draw) => draw < truth).length);
    }
    const { bias, width } = summariseRanks(histogram, new RankMoments(draws), rng);
    t.true(Math.abs(bias.value + 0.3) < 4 * bias.error + 0.01, `${draws}: ${bias.value}`);
    t.true(Math.abs(width.value / 2 - 1) < 0.05, `${draws}: ${width.value}`);
  }
});

test('the simultaneous band holds the given share of samples of uniform numbers', (t) => {
  const [rng, n, samples] = [new Rng(8), 200, 2000];
  const { at, low, high } = ecdfBand(n, { level: 0.9 }, rng.fork('band'));
  let within = 0;
  for (let sample = 0; sample < samples; sample++) {
    const values = Array.from({ length: n }, () => rng.uniform());
    const below = at.map((point) => values.filter((value) => value < point).length / n);
    within += Number(below.every((share, k) => share >= low[k]! - 1e-12 && share <= high[k]! + 1e-12));
  }
  // The band comes from 1,000 samples, and is as wide as whole events allow.
  t.true(Math.abs(within / samples - 0.9) < 0.04, String(within / samples));
});
