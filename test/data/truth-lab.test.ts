import { EventSource, type HostEvents, Rng } from '@unfold-zoo/core';
import { build, eventSourceChecks, testSetting } from '@unfold-zoo/core/testing';
import plugin, { gaussianIterations, LinearGaussian, Neutrino, TwoMoons } from '@unfold-zoo/data';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';

const KINDS = ['linear-gaussian', 'gaussian-em', 'two-moons', 'neutrino', 'truth-lab'] as const;
const COUNTS = { train: 1500, validation: 300, test: 4000 };

function source(kind: string, options: object = {}, runSeed = 1): EventSource {
  return build(EventSource, plugin, { kind, ...COUNTS, ...options }, testSetting(runSeed));
}

for (const kind of KINDS) {
  conforms(
    kind,
    eventSourceChecks(() => source(kind)),
  );

  test(`${kind}: events follow from its own seed, not from the run's`, async (t) => {
    const partons = async (options: object, runSeed: number) =>
      (await source(kind, options, runSeed).read('train', 0, 8)).partons;
    t.deepEqual(await partons({}, 1), await partons({}, 2));
    t.notDeepEqual(await partons({}, 1), await partons({ seed: 1 }, 1));
  });
}

test('options that describe no problem are refused', (t) => {
  const refused: [kind: string, options: object, RegExp][] = [
    ['linear-gaussian', { correlation: 1 }, /correlation/],
    ['linear-gaussian', { correlation: -0.5 }, /correlation/],
    ['linear-gaussian', { resolution: 0 }, /resolution/],
    ['gaussian-em', { prior: { mean: 0, deviation: 0 } }, /deviation/],
    ['gaussian-em', { prior: { mean: 0, deviation: 1, sd: 1 } }, /sd/],
    ['gaussian-em', { resolution: -1 }, /resolution/],
    ['two-moons', { thickness: 0.5 }, /thickness/],
    ['two-moons', { radius: 0 }, /radius/],
    ['neutrino', { rapidityDeviation: 0 }, /rapidityDeviation/],
    ['truth-lab', { train: 0 }, /train/],
  ];
  for (const [kind, options, message] of refused) t.throws(() => source(kind, options), { message });
});

const standardDeviation = (values: readonly number[], mean: number): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** ln of a normal density of three numbers of one variance and correlation, by the inverse of the covariance. */
function logPrior(p: readonly number[], variance: number, correlation: number): number {
  const sum = p.reduce((total, value) => total + value, 0);
  const squares = p.reduce((total, value) => total + value * value, 0);
  const shared = correlation / (1 + 2 * correlation);
  return -(squares - shared * sum * sum) / (2 * variance * (1 - correlation));
}

test('linear-gaussian: densities have the ratio of prior times likelihood (Bayes)', (t) => {
  const [resolution, correlation] = [0.4, 0.6];
  const y = [83, 20, -35, 50];
  const posterior = new LinearGaussian({ resolution, correlation }).posterior(y);
  const joint = ([mass, ...p]: readonly number[]): number => {
    const noise = [mass! - y[0]!, ...p.map((value, i) => value - y[i + 1]!)];
    const scales = [5, 30, 30, 30];
    const likelihood = noise.reduce((sum, n, i) => sum - 0.5 * (n / (resolution * scales[i]!)) ** 2, 0);
    return likelihood - 0.5 * ((mass! - 80) / 5) ** 2 + logPrior(p, 900, correlation);
  };
  const density = ([mass, px, py, pz]: readonly number[]): number =>
    posterior.logDensity!({ mass: mass!, px: px!, py: py!, pz: pz! });
  const points = [
    [80, 0, 0, 0],
    [85, 10, -20, 40],
    [78, -30, 5, 60],
  ];
  for (const point of points) {
    const [expected, found] = [joint(point) - joint(points[0]!), density(point) - density(points[0]!)];
    t.true(Math.abs(expected - found) < 1e-9, `${found} is not ${expected}`);
  }
});

test('linear-gaussian: the mean log-density of exact draws is minus the entropy', (t) => {
  const [resolution, correlation] = [0.5, 0.5];
  const posterior = new LinearGaussian({ resolution, correlation }).posterior([80, 10, 20, 30]);
  const rng = new Rng(3);
  const draws = Array.from({ length: 4000 }, () => posterior.logDensity!(posterior.draw(rng)));
  const shrunk = (variance: number, noise: number): number => (variance * noise) / (variance + noise);
  const noise = 900 * resolution ** 2;
  const [along, across] = [shrunk(900 * (1 + 2 * correlation), noise), shrunk(900 * (1 - correlation), noise)];
  const determinant = shrunk(25, 25 * resolution ** 2) * along * across ** 2;
  const entropy = 0.5 * Math.log((2 * Math.PI * Math.E) ** 4 * determinant);
  // ln p has the variance of half a chi-squared of four degrees of freedom: 2.
  t.true(Math.abs(meanOf(draws) + entropy) < 5 * Math.sqrt(2 / draws.length));
});

test('two-moons: the density integrates to one, and so many draws lie in a region as it says', (t) => {
  const posterior = new TwoMoons({ radius: 20, thickness: 0.1 }).posterior([30, 12, 5]);
  const [step, half] = [0.5, 100];
  // pz is independent; its density at its mean, 0.8 of what is measured, is known.
  const pz = 4;
  const ofPz = 1 / Math.sqrt(2 * Math.PI * 180);
  const inside = (px: number, py: number): boolean => px > 0 && py < 30;
  let [whole, part] = [0, 0];
  for (let px = -half; px < half; px += step)
    for (let py = -half; py < half; py += step) {
      const density = (Math.exp(posterior.logDensity!({ mass: 10, px, py, pz })) * step * step) / ofPz;
      whole += density;
      if (inside(px, py)) part += density;
    }
  // The edge of a moon is a step along its diameter: the error of the sum is that of one row of cells.
  t.true(Math.abs(whole - 1) < 0.01, `integral ${whole}`);
  const rng = new Rng(5);
  const count = 20_000;
  const found = Array.from({ length: count }, () => posterior.draw(rng)).filter(({ px, py }) => inside(px, py)).length;
  const error = Math.sqrt((part * (1 - part)) / count);
  t.true(Math.abs(found / count - part) < 5 * error + 0.01, `${found / count} is not ${part}`);
});

function columns(events: HostEvents, particle: number): { mass: number; px: number; py: number; pz: number }[] {
  const width = events.partons!.length / events.size;
  return Array.from({ length: events.size }, (_, i) => {
    const [mass, , px, py, pz] = events.partons!.subarray(i * width + 5 * particle, i * width + 5 * particle + 5);
    return { mass: mass!, px: px!, py: py!, pz: pz! };
  });
}

test('neutrino: both solutions have the W mass, the truth is one of them, as often as they say', async (t) => {
  const events = await source('neutrino').read('test', 0, COUNTS.test);
  const problem = new Neutrino({ rapidityDeviation: 1 });
  let [expected, found, variance, wrongMass, neither] = [0, 0, 0, 0, 0];
  for (const [i, { px, py, pz }] of columns(events, 0).entries()) {
    const lepton = events.inputs['lepton']!.features.subarray(4 * i, 4 * i + 4);
    const [, lx, ly, lz] = lepton;
    const solutions = problem.solutions([...lepton, px, py]);
    for (const solution of solutions) {
      const energies = Math.hypot(lx!, ly!, lz!) + Math.hypot(px, py, solution.pz);
      const squared = energies ** 2 - (lx! + px) ** 2 - (ly! + py) ** 2 - (lz! + solution.pz) ** 2;
      // To the single precision of what is measured, relative to the energies.
      if (Math.abs(squared - 80.3692 ** 2) > 1e-6 * energies ** 2) wrongMass++;
    }
    const likely = solutions[0].probability > 0.5 ? solutions[0] : solutions[1];
    const isTrue = Math.fround(likely.pz) === pz;
    if (!isTrue && !solutions.some((solution) => Math.fround(solution.pz) === pz)) neither++;
    expected += likely.probability;
    variance += likely.probability * (1 - likely.probability);
    if (isTrue) found++;
  }
  t.is(wrongMass, 0);
  t.is(neither, 0);
  t.true(Math.abs(found - expected) < 5 * Math.sqrt(variance), `${found} of ${expected}`);
  t.true(expected < 0.95 * events.size, 'solutions are ambiguous');
});

test('gaussian-em: iterations give the numbers of exact expectation-maximisation', (t) => {
  const toys = [
    {
      toy: { prior: { mean: 4, deviation: 4 }, truth: { mean: 10, deviation: 3.8 }, shift: -6, resolution: 3 },
      known: [
        [1, '7.84', '3.91931'],
        [2, '9.202', '3.87231'],
        [3, '9.70069', '3.84424'],
        [5, '9.95688', '3.81679'],
        [10, '9.9996', '3.8015'],
      ],
    },
    {
      toy: { prior: { mean: 1, deviation: 1 }, truth: { mean: 0, deviation: 1 }, shift: 0, resolution: 0.5 },
      known: [
        [1, '0.2', '1'],
        [5, '0.00032', '1'],
      ],
    },
  ] as const;
  for (const { toy, known } of toys) {
    const found = gaussianIterations(toy, 10);
    for (const [n, ...values] of known)
      for (const [i, value] of values.entries()) {
        const digits = value.split('.')[1]?.length ?? 0;
        const { mean, deviation } = found[n - 1]!;
        // To half a unit of the last digit that is written.
        t.true(Math.abs([mean, deviation][i]! - Number(value)) < 0.51 * 10 ** -digits, `${n}: ${mean}, ${deviation}`);
      }
  }
});

test('gaussian-em: exact draws for the data are distributed as the first iteration says', async (t) => {
  const made = source('gaussian-em');
  const events = await made.read('test', 0, COUNTS.test);
  const partons = made.exactPosterior!(events).draw(new Rng(2));
  const drawn = columns({ ...events, partons }, 0);
  const [expected] = gaussianIterations(
    { prior: { mean: 4, deviation: 4 }, truth: { mean: 10, deviation: 3.8 }, shift: -6, resolution: 3 },
    1,
  );
  for (const key of ['px', 'py', 'pz'] as const) {
    const values = drawn.map((momentum) => momentum[key]);
    const mean = meanOf(values);
    const { mean: m, deviation } = expected!;
    t.true(Math.abs(mean - m) < (5 * deviation) / Math.sqrt(values.length), `${key}: ${mean}`);
    const relative = standardDeviation(values, mean) / deviation - 1;
    t.true(Math.abs(relative) < 5 / Math.sqrt(2 * values.length), `${key}: ${relative}`);
  }
});

test('a particle of two points has no density, the others have', async (t) => {
  const made = source('truth-lab');
  const posterior = made.exactPosterior!(await made.read('test', 0, 3));
  const partons = posterior.draw(new Rng(1), 4);
  const found = made.spec.particles.map((_, particle) => posterior.logDensity!(particle, partons));
  t.deepEqual(
    found.map((each) => each?.length),
    [12, 12, 12, undefined],
  );
  t.true(found.slice(0, 3).every((each) => each!.every(Number.isFinite)));
});
