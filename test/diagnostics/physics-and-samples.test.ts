import { type EvaluatedDraws, Evaluator, Rng, type Split } from '@unfold-zoo/core';
import type { Findings, Verdict } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, testSetting } from '@unfold-zoo/core/testing';
import plugin, {
  decaySums,
  diagnosticEvaluators,
  exchangedDistances,
  homogeneityChiSquared,
  nearestDistances,
  signFlipChance,
  voronoiRegions,
} from '@unfold-zoo/diagnostics';
import { wassersteinDistance } from '@unfold-zoo/metrics';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';
import { SPEC, toyDraws, type Wrong } from './w-boson-toy.js';

const SIZE = { events: 1000, draws: 5 };

for (const kind of ['four-vectors', 'memory', 'pq-mass', 'sliced-wasserstein'])
  conforms(
    kind,
    evaluatorChecks(() => build(Evaluator, plugin, { kind })),
  );

async function findingsOf(kind: string, drawn: EvaluatedDraws, options: object = {}): Promise<Required<Findings>> {
  const setting = { ...testSetting(), spec: SPEC };
  const found = await build(Evaluator, plugin, { kind, ...options }, setting).evaluate(drawn);
  return found as Required<Findings>;
}

const of = (verdicts: readonly Verdict[], quantity: string) => verdicts.find((each) => each.quantity === quantity)!;
const verdictsOf = async (kind: string, wrong: Wrong, size = SIZE) =>
  (await findingsOf(kind, toyDraws(size, wrong))).verdicts;
const bad = (verdicts: readonly Verdict[]) => verdicts.filter(({ status }) => status !== 'good');

test('four-vectors of the exact posterior fit, and so does the sum that the truth shows', async (t) => {
  const verdicts = await verdictsOf('four-vectors', {});
  t.deepEqual(bad(verdicts), []);
  t.deepEqual(
    verdicts.map(({ quantity }) => quantity),
    ['Lepton', 'Neutrino', 'W', 'W = Lepton + Neutrino'],
  );
});

test('draws with E < |p| are counted, of the particle that has them alone', async (t) => {
  const { tables, verdicts } = await findingsOf('four-vectors', toyDraws(SIZE, { spacelike: 0.2 }));
  t.deepEqual(
    bad(verdicts).map(({ quantity }) => quantity),
    ['Lepton'],
  );
  const share = Number(of(verdicts, 'Lepton').text.match(/^E < \|p\| in ([\d.]+) %/)?.[1]) / 100;
  t.true(Math.abs(share - 0.2) < 4 * Math.sqrt((0.2 * 0.8) / (SIZE.events * SIZE.draws)), String(share));
  // Excess of a share, as the shift that moves a distribution function as far.
  t.true(Math.abs(of(verdicts, 'Lepton').badness - Math.sqrt(2 * Math.PI) * share) < 1e-3);
  t.is(tables[0]!.rows[0]!.cells[1], '0 %');
});

test('a parent whose momentum is off the sum of its daughters is told by how many posterior widths', async (t) => {
  const { status, badness, text } = of(await verdictsOf('four-vectors', { unsummed: 1 }), 'W = Lepton + Neutrino');
  t.is(status, 'bad', text);
  // px of the W boson is off by one width of px of the lepton. The posterior of the vector itself is about as wide as
  // those of px and py of two particles that hang together, of pz of the lepton, and of pz of the neutrino, 30 GeV.
  t.true(badness > 0.1 && badness < 1, text);
  t.deepEqual(bad(await verdictsOf('four-vectors', { unsummed: 0.01 })), []);
});

test('events of weight 0 do not count in shares of draws with E < |p|', async (t) => {
  const [right, wrong] = [toyDraws(SIZE), toyDraws(SIZE, { spacelike: 1 })];
  const half = right.partons.length / 2;
  const partons = right.partons.map((value, i) => (i < half ? value : wrong.partons[i]!));
  const weights = Float32Array.from({ length: SIZE.events }, (_, event) => Number(event < SIZE.events / 2));
  t.is(of((await findingsOf('four-vectors', { ...right, partons })).verdicts, 'Lepton').status, 'bad');
  t.is(of((await findingsOf('four-vectors', { ...right, partons, weights })).verdicts, 'Lepton').status, 'good');
});

test('of few events it cannot be told that no draw has E < |p|', async (t) => {
  const { status, text } = of(await verdictsOf('four-vectors', {}, { events: 30, draws: 5 }), 'Lepton');
  t.is(status, 'undecided');
  t.is(text, 'not enough events to tell: E < |p| in 0 % of the draws (truth: 0 %)');
});

test('decays are found as the smallest sums, and only where they hold', (t) => {
  const momenta = [
    [10, 5, -3],
    [4, 40, 20],
    [-7, 2, 9],
  ];
  const sumOf = (which: readonly number[]) => [0, 1, 2].map((k) => which.reduce((sum, i) => sum + momenta[i]![k]!, 0));
  // A top quark, its W boson and b quark, what the W boson decays to, and one particle that does not move.
  const rows = [sumOf([0, 1, 2]), sumOf([0, 1]), momenta[2]!, momenta[0]!, momenta[1]!, [0, 0, 0]];
  const names = ['top', 'w', 'b', 'q1', 'q2', 'still'];
  const spec = { ...SPEC, particles: names.map((name) => ({ name, label: name })) };
  const truth = Float32Array.from(rows.flatMap((p) => [0, 0, ...p]));
  t.deepEqual(decaySums(spec, truth, 1e-3), [
    { parent: 0, daughters: [1, 2] },
    { parent: 1, daughters: [3, 4] },
  ]);
  truth[2]! += 1;
  t.deepEqual(decaySums(spec, truth, 1e-3), [{ parent: 1, daughters: [3, 4] }]);
  t.deepEqual(decaySums(spec, new Float32Array(0), 1e-3), []);
});

test('draws of the exact posterior are no nearer to training events than the truth is', async (t) => {
  const { tables, verdicts } = await findingsOf('memory', toyDraws({ events: 1500, draws: 1 }));
  t.deepEqual(
    verdicts.map(({ status, text }) => [status, text]),
    [['good', 'no nearer to training events than true events are']],
  );
  const [toTraining, toHeldOut] = tables[0]!.rows.map(({ cells }) => Number(cells[2]));
  t.true(Math.abs(toTraining! - 1) < 0.05 && Math.abs(toHeldOut! - 1) < 0.05, `${toTraining} ${toHeldOut}`);
});

test('draws that are training events are memorised, for all that a tenth of them alone are', async (t) => {
  const size = { events: 1500, draws: 1 };
  const [right, copied] = [toyDraws(size), toyDraws(size, { memorised: true })];
  const width = right.partons.length / size.events;
  const some = right.partons.map((value, i) => (Math.floor(i / width) % 10 === 0 ? copied.partons[i]! : value));
  for (const partons of [copied.partons, some]) {
    const { status, text } = of((await findingsOf('memory', { ...right, partons })).verdicts, 'all momenta together');
    t.is(status, 'bad');
    t.regex(text, /^training events are memorised: /);
  }
});

test('posteriors that are too narrow are not called memorised where held-out events tell', async (t) => {
  const drawn = toyDraws({ events: 1500, draws: 1 }, { scale: 0.3 });
  t.is(of((await findingsOf('memory', drawn)).verdicts, 'all momenta together').status, 'good');
  const { source } = drawn;
  const unseen = { ...source, count: (split: Split) => (split === 'validation' ? 0 : source.count(split)) };
  t.regex(
    of((await findingsOf('memory', { ...drawn, source: unseen })).verdicts, 'all momenta together').text,
    /^training events are memorised, or too narrow: /,
  );
});

test('evaluated training events are not their own neighbours; without others nothing is told', async (t) => {
  const drawn = toyDraws({ events: 300, draws: 1 });
  const { source } = drawn;
  // The draws are the truth of the training events themselves: as near to all other events.
  const partons = (await source.read('train', 0, 300)).partons!;
  const inTraining = { ...drawn, split: 'train', partons } as const;
  const [row] = (await findingsOf('memory', inTraining)).tables[0]!.rows;
  t.deepEqual([row!.cells[0], row!.cells[2]], [row!.cells[1], '1.000']);
  t.true(Number(row!.cells[0]) > 0);
  const alone = { ...source, count: () => 300 };
  const { status, text } = of(
    (await findingsOf('memory', { ...inTraining, source: alone })).verdicts,
    'all momenta together',
  );
  t.is(status, 'undecided');
  t.is(text, 'no training events with a truth, apart from those that are evaluated');
});

test('the nearest distance is that of a search without short cuts', (t) => {
  const rng = new Rng(2);
  const [width, points, others] = [7, 20, 50];
  const [a, b] = [points, others].map((count) => Float32Array.from({ length: count * width }, () => rng.normal()));
  const found = nearestDistances(a!, b!, width);
  for (const [i, distance] of found.entries()) {
    const all = Array.from({ length: others }, (_, j) =>
      Math.hypot(...Array.from({ length: width }, (_, k) => a![i * width + k]! - b![j * width + k]!)),
    );
    t.true(Math.abs(distance - Math.min(...all)) < 1e-12);
  }
});

test('chances by flips of signs are those of the binomial distribution, and of weights of either sign', (t) => {
  const flips = 9_999;
  const within = (found: number, exact: number) =>
    t.true(Math.abs(found - exact) < 4 * Math.sqrt((exact * (1 - exact)) / flips), `${found}, not ${exact}`);
  // Eight of ten: (45 + 10 + 1) / 1024.
  within(signFlipChance([1, 1, 1, 1, 1, 1, 1, 1, -1, -1], flips, new Rng(1)), 56 / 1024);
  t.is(signFlipChance([0, 0, 0], flips, new Rng(1)), 1);
  // Of 3, -1 and 2 the sum 4 is reached by 3 + 2 - 1 and 3 + 2 + 1 alone.
  within(signFlipChance([3, -1, 2], flips, new Rng(1)), 2 / 8);
});

const ONE_DRAW = { events: 1500, draws: 1 };

for (const kind of ['pq-mass', 'sliced-wasserstein']) {
  test(`${kind}: draws of other events pass, for they are right on average`, async (t) => {
    for (const wrong of [{}, { swapped: true }]) t.deepEqual(bad(await verdictsOf(kind, wrong, ONE_DRAW)), []);
  });

  test(`${kind}: draws that are too wide or shifted are not distributed as the truth`, async (t) => {
    for (const wrong of [{ scale: 4 }, { shift: 2 }])
      t.is(of(await verdictsOf(kind, wrong, ONE_DRAW), 'all momenta together').status, 'bad', JSON.stringify(wrong));
  });

  test(`${kind}: events of weight 0 do not count`, async (t) => {
    const [right, wrong] = [toyDraws(ONE_DRAW), toyDraws(ONE_DRAW, { shift: 4 })];
    const half = right.partons.length / 2;
    const partons = right.partons.map((value, i) => (i < half ? value : wrong.partons[i]!));
    const weights = Float32Array.from({ length: ONE_DRAW.events }, (_, event) => Number(event < ONE_DRAW.events / 2));
    const joint = async (drawn: EvaluatedDraws) =>
      of((await findingsOf(kind, drawn)).verdicts, 'all momenta together').status;
    t.is(await joint({ ...right, partons }), 'bad');
    t.not(await joint({ ...right, partons, weights }), 'bad');
  });

  test(`${kind}: of few events it says that they are too few`, async (t) => {
    const { status, text } = of(await verdictsOf(kind, {}, { events: 60, draws: 1 }), 'all momenta together');
    t.is(status, 'undecided');
    t.regex(text, /^not enough events to tell: /);
  });
}

test('chances of right posteriors are uniform, with weights of either sign too', async (t) => {
  const size = { events: 60, draws: 1, train: 60 };
  const few = { directions: 4, particleDirections: 1, exchanges: 99, shuffles: 99, partitions: 3, flips: 99 };
  const signs = Float32Array.from({ length: size.events }, (_, event) => (event % 6 === 0 ? -1 : 1));
  const options = {
    memory: ['flips'],
    'pq-mass': ['shuffles', 'partitions'],
    'sliced-wasserstein': ['directions', 'particleDirections', 'exchanges'],
  } as const;
  const samples = 60;
  for (const [kind, names] of Object.entries(options)) {
    const own = Object.fromEntries(names.map((name) => [name, few[name]]));
    let below = 0;
    for (let seed = 0; seed < samples; seed++) {
      const drawn = { ...toyDraws({ ...size, seed }), ...(seed % 2 === 0 && { weights: signs }) };
      const [table] = (await findingsOf(kind, drawn, own)).tables;
      const row = table!.rows.find(({ label }) => ['their ratio', 'Mean', 'all momenta together'].includes(label))!;
      below += Number(Number(row.cells[3]) <= 0.3);
    }
    const error = Math.sqrt((0.3 * 0.7) / samples);
    t.true(Math.abs(below / samples - 0.3) < 4 * error, `${kind}: ${below} of ${samples}`);
  }
});

test('exchanged distances are those of the samples that the exchange makes, with weights of either sign', (t) => {
  const rng = new Rng(6);
  const events = 40;
  const [truth, drawn] = [0, 1].map(() => Float64Array.from({ length: events }, () => rng.normal()));
  const weights = Float64Array.from({ length: events }, () => (rng.uniform() < 0.2 ? -1 : 1) * rng.exponential());
  const signs = Int8Array.from({ length: 3 * events }, (_, i) => (i < events || rng.uniform() < 0.5 ? 1 : -1));
  for (const own of [undefined, weights])
    for (const [m, distance] of exchangedDistances({ truth: truth!, drawn: drawn! }, signs, own).entries()) {
      const stays = (i: number) => signs[m * events + i] === 1;
      const first = truth!.map((value, i) => (stays(i) ? value : drawn![i]!));
      const second = truth!.map((value, i) => (stays(i) ? drawn![i]! : value));
      t.true(Math.abs(distance - wassersteinDistance(first, second, own, own)) < 1e-12);
    }
});

test('chi squared of weighted samples is on average as large as its degrees of freedom', (t) => {
  const rng = new Rng(9);
  const [events, regionCount, samples] = [400, 8, 400];
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) {
    const regions = Uint32Array.from({ length: events }, () => Math.min(rng.integer(10), regionCount - 1));
    const weights = Float32Array.from(regions, () => (rng.uniform() < 0.1 ? -1 : 1) * (0.5 + rng.uniform()));
    const isFirst = Uint8Array.from(regions, () => Number(rng.uniform() < 0.4));
    sum += homogeneityChiSquared({ regions, regionCount, weights }, isFirst).chiSquared;
  }
  // The mean of chi squared numbers of k degrees of freedom has the error sqrt(2 k / n).
  const expected = regionCount - 1;
  const error = Math.sqrt((2 * expected) / samples);
  t.true(Math.abs(sum / samples - expected) < 4 * error, String(sum / samples));
  const points = Float32Array.of(0, 0, 5, 5, 0.9, 0.2);
  t.deepEqual([...voronoiRegions(points, Float32Array.of(4, 4, 1, 0), 2)], [1, 0, 1]);
});

test('draws that are read by blocks give what draws in memory give, and are never all read at once', async (t) => {
  // Two blocks of draws.
  const { partons, ...drawn } = toyDraws({ events: 700, draws: 100, train: 200 });
  const width = partons.length / 700;
  let most = 0;
  const read: EvaluatedDraws = {
    ...drawn,
    get partons(): Float32Array {
      throw new Error('all draws are asked for');
    },
    readPartons: async (first, count) => {
      most = Math.max(most, count);
      return partons.slice(first * width, (first + count) * width);
    },
  };
  // The classifier, which needs an engine, reads the same blocks.
  for (const { kind } of diagnosticEvaluators.filter((each) => each.kind !== 'classifier')) {
    const options = kind === 'sliced-wasserstein' ? { exchanges: 99 } : {};
    const inMemory = await findingsOf(kind, { ...drawn, partons }, options);
    t.deepEqual(await findingsOf(kind, read, options), inMemory, kind);
  }
  t.true(most > 0 && most < 700, `${most} events at once`);
});
