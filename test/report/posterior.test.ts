import { type EventSource, type EventSpec, type HostEvents, Rng } from '@unfold-zoo/core';
import { type EventScaling, effectiveEvents } from '@unfold-zoo/core/events';
import {
  bruteForceReference,
  bruteForceWeights,
  detectorConfigurations,
  distancesFrom,
  leptonAndMissing,
  neutrinoSolutions,
  posteriorFigure,
  rankIn,
  summariseSample,
  W_MASS,
} from '@unfold-zoo/report';
import test from 'ava';
import { xmlText } from './well-formed-xml.js';

const plain = (name: string, scaling: 'none' | 'standard' = 'standard') => ({ name, unit: '', scaling });

test('brute-force weights are those of their definition, up to a factor', (t) => {
  const point = Float32Array.of(1, 2);
  const vectors = Float32Array.of(1, 2, 4, 6, 1, 3, -2, 2);
  t.deepEqual([...distancesFrom(point, vectors)], [0, 5, 1, 3]);
  t.deepEqual([...bruteForceWeights(Float64Array.of(0, 5, 1, 3))], [1, Math.exp(-5), Math.exp(-1), Math.exp(-3)]);
  // Far away from everything, where exp(-|.|) itself is zero, the nearest still counts most.
  const far = bruteForceWeights(Float64Array.of(2000, 2001), Float64Array.of(3, 3));
  t.deepEqual([...far], [3, 3 * Math.exp(-1)]);
});

test('equal weights have as many effective events as there are, one weight has one', (t) => {
  t.is(effectiveEvents(new Float64Array(7).fill(0.25)), 7);
  t.is(effectiveEvents(Float64Array.of(0, 0, 5)), 1);
  t.is(effectiveEvents(Float64Array.of(3, 1)), 1.6);
});

const toy: EventSpec = {
  name: 'toy',
  particles: [{ name: 'x', label: 'x' }],
  inputs: { y: { features: [plain('y')], capacity: 1 } },
};

/** px ~ N(0, 1) and y ~ N(px, noise^2). */
function toySource(events: number, noise: number): EventSource {
  const rng = new Rng(8);
  const partons = new Float32Array(5 * events);
  const features = new Float32Array(events);
  for (let i = 0; i < events; i++) {
    partons[5 * i + 2] = rng.normal();
    features[i] = partons[5 * i + 2]! + noise * rng.normal();
  }
  const read = (start: number, count: number): HostEvents => ({
    size: count,
    partons: partons.slice(5 * start, 5 * (start + count)),
    inputs: { y: { features: features.slice(start, start + count), mask: new Float32Array(count).fill(1) } },
  });
  return {
    spec: toy,
    blockSize: 1000,
    open: async () => {},
    close: async () => {},
    hasTruth: () => true,
    count: () => events,
    read: async (_, start, count) => read(start, count),
  };
}

function toyScaling(standardDeviation: number): EventScaling {
  const one = { mean: new Float64Array(5), standardDeviation: new Float64Array(5).fill(1), log: new Uint8Array(5) };
  const y = { mean: Float64Array.of(0), standardDeviation: Float64Array.of(standardDeviation), log: Uint8Array.of(0) };
  return { partons: one, inputs: { y }, energySquared: Float64Array.of(1) };
}

test('near events of a conjugate Gaussian have its posterior', async (t) => {
  const noise = 0.5;
  const source = toySource(50_500, noise);
  const observed = 1;
  const event: HostEvents = {
    size: 1,
    partons: new Float32Array(5),
    inputs: { y: { features: Float32Array.of(observed), mask: Float32Array.of(1) } },
  };
  const width = 0.02;
  const choices = [{ particle: 0, quantity: 'px' }] as const;
  const reference = await bruteForceReference({ source, scaling: toyScaling(width), event, choices });
  const { mean, standardDeviation } = summariseSample(reference.values[0]!, reference.weights);
  const precision = 1 + 1 / noise ** 2;
  const exact = { mean: observed / noise ** 2 / precision, standardDeviation: Math.sqrt(1 / precision) };
  // Four statistical errors, and the width of the kernel, over which the posterior moves.
  const error = exact.standardDeviation / Math.sqrt(reference.effectiveEvents);
  t.true(Math.abs(mean - exact.mean) < 4 * error + width, `mean ${mean}, exact ${exact.mean}, error ${error}`);
  t.true(Math.abs(standardDeviation - exact.standardDeviation) < 4 * (error / Math.SQRT2) + width);
  // A kernel exp(-|y|/width) of a density p has p 4 width n effective events: (2 width)^2 / width.
  const spread = 1 + noise ** 2;
  const expected = (4 * width * source.count('train') * Math.exp(-0.5 / spread)) / Math.sqrt(2 * Math.PI * spread);
  t.true(Math.abs(reference.effectiveEvents / expected - 1) < 4 / Math.sqrt(expected), `${reference.effectiveEvents}`);
  t.is(reference.events, 50_500);
});

test('with standard deviations much larger than the data every event counts the same', async (t) => {
  const source = toySource(1500, 1);
  const event = await source.read('test', 0, 1);
  const reference = await bruteForceReference({ source, scaling: toyScaling(1e6), event, choices: [] });
  t.true(reference.effectiveEvents > 1499.9);
  t.is(reference.nearest, 0);
});

const jets: EventSpec = {
  name: 'jets',
  particles: [{ name: 'x', label: 'x' }],
  inputs: {
    objects: { features: [plain('pt'), plain('eta'), { ...plain('muon', 'none'), lepton: true }], capacity: 4 },
  },
};

const jetScaling: EventScaling = {
  ...toyScaling(1),
  inputs: {
    objects: {
      mean: Float64Array.of(50, 0, 0),
      standardDeviation: Float64Array.of(10, 2, 1),
      log: new Uint8Array(3),
    },
  },
};

function jetEvent(objects: readonly (readonly [pt: number, eta: number, muon: number])[]): HostEvents {
  const features = new Float32Array(12);
  features.set(objects.flat());
  const mask = Float32Array.from({ length: 4 }, (_, i) => (i < objects.length ? 1 : 0));
  return { size: 1, partons: new Float32Array(5), inputs: { objects: { features, mask } } };
}

test('detector configurations are standardised, leptons first, jets by pT, and padded with zeros', (t) => {
  const event = jetEvent([
    [60, 2, 0],
    [90, -2, 0],
    [30, 1, 1],
  ]);
  const configuration = detectorConfigurations(jets, jetScaling, event);
  t.deepEqual([...configuration], [-2, 0.5, 1, 4, -1, 0, 1, 1, 0, 0, 0, 0]);
  const permuted = jetEvent([
    [30, 1, 1],
    [90, -2, 0],
    [60, 2, 0],
  ]);
  t.deepEqual(detectorConfigurations(jets, jetScaling, permuted), configuration);
});

test('both solutions for the neutrino give the W its mass, and one is the true one', (t) => {
  const rng = new Rng(4);
  for (let trial = 0; trial < 200; trial++) {
    // A W boson of that mass that decays at rest to massless leptons, boosted along z and sideways, along x.
    const [cos, phi] = [2 * rng.uniform() - 1, 2 * Math.PI * rng.uniform()];
    const sin = Math.sqrt(1 - cos * cos);
    const half = W_MASS / 2;
    const direction = [sin * Math.cos(phi), sin * Math.sin(phi), cos] as const;
    const rapidities = [rng.normal(), rng.normal()] as const;
    const [energy, px, py, pz] = boosted(rapidities, [half, ...direction.map((u) => half * u)]);
    const other = boosted(rapidities, [half, ...direction.map((u) => -half * u)]);
    const solutions = neutrinoSolutions({ lepton: { energy, px, py, pz }, missing: { px: other[1], py: other[2] } });
    t.is(solutions.pz.length, 2);
    const scale = Math.max(...solutions.pz.map(Math.abs), 1);
    t.true(
      solutions.pz.some((root) => Math.abs(root - other[3]) < 1e-6 * scale),
      `${solutions.pz} ${other[3]}`,
    );
    for (const [i, root] of solutions.pz.entries()) {
      const e = Math.hypot(other[1], other[2], root);
      const squared = (energy + e) ** 2 - (px + other[1]) ** 2 - (py + other[2]) ** 2 - (pz + root) ** 2;
      t.true(Math.abs(squared - W_MASS ** 2) < 1e-6 * (energy + e) ** 2);
      t.true(Math.abs(Math.hypot(other[1], other[2]) * Math.sinh(solutions.eta[i]!) - root) < 1e-9 * scale);
    }
    t.true(solutions.pz[0]! <= solutions.pz[1]!);
  }
});

type Vector = readonly [energy: number, px: number, py: number, pz: number];

/** Boosts by a rapidity along x, then by one along z. */
function boosted([x, z]: readonly [number, number], [e, px, py, pz]: readonly number[]): Vector {
  const [e1, px1] = [Math.cosh(x) * e! + Math.sinh(x) * px!, Math.sinh(x) * e! + Math.cosh(x) * px!];
  return [Math.cosh(z) * e1 + Math.sinh(z) * pz!, px1, py!, Math.sinh(z) * e1 + Math.cosh(z) * pz!];
}

test('a lepton and a neutrino at rest along the beam have two opposite solutions, known in closed form', (t) => {
  // Back to back at 30 GeV: M^2 = 2 (30 E + 30^2), so E = M^2 / 60 - 30.
  const lepton = { energy: 30, px: 30, py: 0, pz: 0 };
  const { pz, eta } = neutrinoSolutions({ lepton, missing: { px: -30, py: 0 } }, 80);
  const exact = Math.sqrt((6400 / 60 - 30) ** 2 - 900);
  t.true(Math.abs(pz[0]! + exact) < 1e-9 && Math.abs(pz[1]! - exact) < 1e-9);
  t.true(Math.abs(eta[0]! + eta[1]!) < 1e-12);
  // The transverse mass is 100 GeV: no W of 80 GeV has it.
  t.deepEqual(neutrinoSolutions({ lepton: { energy: 50, px: 50, py: 0, pz: 0 }, missing: { px: -50, py: 0 } }, 80), {
    pz: [],
    eta: [],
  });
});

test('lepton and missing momentum are those that the topology declares, none without a declaration', (t) => {
  const momentum = ['energy', 'px', 'py', 'pz'].map((name) => plain(name));
  const spec: EventSpec = {
    ...toy,
    inputs: {
      objects: { features: [...momentum, { ...plain('electron', 'none'), lepton: true }], capacity: 2 },
      met: { features: [plain('px'), plain('py')], capacity: 1 },
    },
    neutrinoOfW: { particle: 'x', lepton: 'objects', missing: 'met' },
  };
  const objects = { features: Float32Array.of(9, 8, 7, 6, 0, 5, 4, 3, 2, 1), mask: Float32Array.of(1, 1) };
  const met = { features: Float32Array.of(-1, -2), mask: Float32Array.of(1) };
  const event = { size: 1, partons: new Float32Array(5), inputs: { objects, met } };
  t.deepEqual(leptonAndMissing(spec, event), {
    lepton: { energy: 5, px: 4, py: 3, pz: 2 },
    missing: { px: -1, py: -2 },
  });
  const { neutrinoOfW: _, ...undeclared } = spec;
  t.is(leptonAndMissing(undeclared, event), undefined);
  // Where no class is of leptons, the first object is the lepton.
  const unmarked = { ...spec.inputs['objects']!, features: [...momentum, plain('electron', 'none')] };
  t.is(leptonAndMissing({ ...spec, inputs: { ...spec.inputs, objects: unmarked } }, event)!.lepton.energy, 9);
});

test('summaries of a normal sample are its mean and standard deviation, weighted or not', (t) => {
  const rng = new Rng(2);
  const n = 40_000;
  const values = Float64Array.from({ length: n }, () => 3 + 2 * rng.normal());
  const { mean, standardDeviation, low, median, high } = summariseSample(values);
  const error = 2 / Math.sqrt(n);
  t.true(Math.abs(mean - 3) < 4 * error && Math.abs(standardDeviation - 2) < 4 * error);
  // The 16 % quantile is 0.9945 standard deviations below; the error of a quantile is sqrt(q (1 - q)) / density.
  t.true(Math.abs(median - 3) < 4 * 1.26 * error);
  for (const [quantile, sign] of [
    [low, -1],
    [high, 1],
  ] as const)
    t.true(Math.abs(quantile - (3 + sign * 0.9945 * 2)) < 4 * 1.51 * error);
  t.true(Math.abs(rankIn(3, values) - 0.5) < 2 / Math.sqrt(n));
  const doubled = summariseSample(Float64Array.of(1, 5), Float64Array.of(3, 1));
  t.is(doubled.mean, 2);
  t.is(doubled.standardDeviation, Math.sqrt(3));
  t.is(rankIn(2, Float64Array.of(1, 5), Float64Array.of(3, 1)), 0.75);
});

test('angles on both sides of pi are near each other', (t) => {
  const angles = Float64Array.of(3.1, -3.1, 3.0, -3.0);
  const { standardDeviation, mean } = summariseSample(angles, undefined, { angle: true });
  t.true(standardDeviation < 0.2);
  t.true(Math.abs(Math.abs(mean) - Math.PI) < 1e-9);
  t.is(rankIn(-3.05, angles, undefined, { angle: true }), 0.75);
});

test('a posterior figure shows truth, reference, solutions and every model', (t) => {
  const rng = new Rng(6);
  const values = Float64Array.from({ length: 300 }, () => rng.normal());
  const svg = posteriorFigure({
    title: 'Neutrino <3>',
    xTitle: 'η',
    models: ['VLD', 'VDM'].map((label) => ({ label, values })),
    truth: 0.5,
    reference: { label: 'Similar', values, weights: values.map(Math.abs) },
    marks: [{ label: 'Solutions', values: [-1, 2] }],
  });
  const text = xmlText(svg);
  for (const label of ['Neutrino <3>', 'VLD', 'VDM', 'Truth', 'Similar', 'Solutions', 'Density'])
    t.true(text.includes(label));
  t.false(/NaN|Infinity|undefined/.test(svg));
  const uprights = [...svg.matchAll(/<line x1="([\d.]+)" x2="\1"/g)].map(([, x]) => Number(x));
  t.is(uprights.length, 3);
  // In pixels as in eta: the truth stands half way between the solutions.
  t.true(Math.abs(uprights[2]! - (uprights[0]! + uprights[1]!) / 2) < 0.02);
  t.throws(() => posteriorFigure({ title: '', xTitle: '', models: [{ label: 'none', values: new Float64Array() }] }), {
    message: /^missing draws of none/,
  });
});

test('a posterior of one value alone is said to be constant', (t) => {
  const models = [{ label: 'VLD', values: new Float32Array(20).fill(4.7) }];
  const plot = { title: 'b', xTitle: 'm', unit: 'GeV', models };
  t.regex(
    xmlText(posteriorFigure({ ...plot, truth: Math.fround(4.7) })).join(' '),
    /Constant: 4\.7 GeV in every draw, and in/,
  );
  t.regex(posteriorFigure({ ...plot, truth: 4.8 }), /<path/);
});
