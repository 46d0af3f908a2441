import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Assignment, type EventBatch, type EventSpec, Rng, UserError } from '@unfold-zoo/core';
import { compressColumns } from '@unfold-zoo/core/events';
import { assignmentChecks, build, conform, type Setting, trainBriefly } from '@unfold-zoo/core/testing';
import { loadWeights } from '@unfold-zoo/core/training';
import parts from '@unfold-zoo/parts';
import test from 'ava';
import { assigned, events, observation, partons, SCALING, SETTING, SIBLINGS, SPEC, WIDTH } from './quarks.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

/** What the model behind the choices is shown of a batch. */
function shown(batch: EventBatch, { inner, model } = assigned()) {
  model.stages.at(-1)!.loss(batch, new Rng(1));
  return { partons: inner.seen!.partons.arraySync(), observed: inner.seen!.observed };
}

const assignedOnce = assigned();

const siblingsOnce = assigned({}, { ...SETTING, spec: SIBLINGS });

/** px, py and pz. */
const momentum = (pt: number, eta: number, phi: number) =>
  [Math.cos(phi), Math.sin(phi), Math.sinh(eta)].map((v) => pt * v);

/** Of the boson's deviation. */
const UNITS = 'assignmentFrame.originUnits';

const JET = [1, 0];
const LEPTON = [0, 0];

test('a particle is its nearest jet within reach, beside which its direction is small', (t) => {
  const observed = observation([
    [
      [40, 1, 3.1, ...JET],
      [60, -0.5, 1, ...JET],
      [50, 1.01, -3.12, ...LEPTON],
    ],
  ]);
  const truth = partons([{ up: [44, 1.02, -3.15], down: [50, -0.5, 2] }]);
  const { partons: seen, observed: inputs } = shown({ partons: truth, observed });
  const input = inputs['assigned']!;
  t.deepEqual(input.mask.arraySync(), [[1, 0]], 'down is farther than 0.4 from any');
  const objects = observed['objects']!.features.arraySync();
  t.deepEqual(input.features.arraySync()[0], [
    [...objects[0]![0]!, 1, 0],
    [0, 0, 0, 0, 0, 0, 0],
  ]);
  const [jet, lepton] = [momentum(40, 1, 3.1), momentum(50, 1.01, -3.12)];
  const without = jet.map((value, i) => (value + lepton[i]!) / [30, 30, 60][i]!);
  const { features, mask } = inputs['unassigned']!;
  t.deepEqual(mask.arraySync(), [[1]]);
  for (const [i, value] of features.dataSync().entries()) t.true(Math.abs(value - [...without, 1][i]!) < 1e-5, `${i}`);
  const own = seen[0]!;
  t.deepEqual(own.slice(0, WIDTH), truth.arraySync()[0]);
  const small = (value: number) => Math.asinh(value / 0.01) / 1.5;
  const expected = [small(0.02), 0, small(2 * Math.PI - 3.15 - 3.1), 0];
  for (const [i, value] of expected.entries())
    t.true(Math.abs(own[WIDTH + i]! - value) < 2e-4, `${i}: ${own[WIDTH + i]}`);
});

test('the particle that all come of is less what was observed without the jets that were not chosen', (t) => {
  const observed = observation([
    [
      [40, 1, 3.1, ...JET],
      [60, -0.5, 1, ...JET],
      [50, 1.01, -3.12, ...LEPTON],
    ],
  ]);
  const truth = partons([{ up: [44, 1.02, -3.15], down: [50, -0.5, 2] }]);
  const { partons: seen } = shown({ partons: truth, observed }, siblingsOnce);
  const columns = siblingsOnce.assignment.scaling.representation!.columns.map(({ name }) => name);
  const { mean, standardDeviation } = SCALING.partons;
  const chosen = momentum(40, 1, 3.1).map((value, i) => value + momentum(50, 1.01, -3.12)[i]!);
  for (const [i, component] of ['px', 'py', 'pz'].entries()) {
    const at = columns.indexOf(`boson.${component} less that of the objects`);
    const [small, unit] = component === 'pz' ? [2, 0.6] : [8, 1.5];
    const expected = Math.asinh((mean[at]! - chosen[i]!) / (standardDeviation[at]! / small!)) / unit!;
    t.true(Math.abs(seen[0]![at]! - expected) < 1e-4, `${component}: ${seen[0]![at]}, not ${expected}`);
  }
});

test('momenta are told in the units that a model was trained in, and a model without them is refused', (t) => {
  const { model, assignment, inner } = assigned({}, { ...SETTING, spec: SIBLINGS });
  const weights = new Map(
    [...model.namedParameters()].map(([name, parameter]) => {
      const values = name === UNITS ? Float32Array.of(1, 1, 1, 2, 2, 2) : (parameter.dataSync() as Float32Array);
      return [name, { shape: parameter.shape, values }];
    }),
  );
  const batch = events(4, new Rng(3));
  const pz = assignment.scaling.representation!.columns.findIndex(({ name }) => name.startsWith('boson.pz less'));
  // asinh(d / (s sd)) / u, in whatever units: d is the same.
  const deviations = (small: number, unit: number) => {
    model.stages.at(-1)!.loss(batch, new Rng(1));
    const column = inner.seen!.partons.arraySync().map((row) => row[pz]!);
    return column.map((value) => small * Math.sinh(unit * value));
  };
  const before = deviations(1 / 2, 0.6);
  loadWeights(model, weights, 'a run');
  const after = deviations(1, 2);
  for (const [i, value] of before.entries()) t.true(Math.abs(after[i]! - value) < 1e-4 * (1 + Math.abs(value)));
  weights.delete(UNITS);
  const message = new RegExp(`invalid checkpoint a run: .*; 1 tensor differs:\\n  missing ${UNITS}$`);
  t.throws(() => loadWeights(model, weights, 'a run'), { instanceOf: UserError, message });
});

for (const [quarks, once] of [
  ['quarks', () => assignedOnce],
  ['daughters of one boson', () => siblingsOnce],
] as const) {
  test(`the truth of ${quarks} comes back from beside its jets, and a batch stays whoever gave it`, (t) => {
    const batch = events(16, new Rng(3));
    const before = tf.memory().numTensors;
    for (const { partons: back } of once().model.reconstructions!(batch, new Rng(1))) {
      const worst = tf.tidy(() => tf.max(tf.abs(tf.sub(back, batch.partons))).dataSync()[0]!);
      back.dispose();
      t.true(worst < 1e-4, `${worst}`);
    }
    t.is(tf.memory().numTensors, before);
    t.false(batch.partons.isDisposed || batch.observed['objects']!.features.isDisposed);
  });
}

test('draws go where the jets are that were chosen, as large as the model says, and without a jet as it says', (t) => {
  const { model, inner } = assigned();
  inner.logStd.assign(tf.fill([1, WIDTH + 4], -20));
  for (const parameter of inner.encoder.parameters) parameter.assign(tf.zerosLike(parameter));
  const [one, none] = [[[[40, 1, 3.1, ...JET]]], [[[40, 1, 3.1, ...LEPTON]]]].map((objects) =>
    model.posterior(observation(objects)).draw(new Rng(1), 64).arraySync(),
  );
  // The model says the mean of each column.
  const size = Math.hypot(2, -3, 5);
  const pt = size / Math.cosh(1);
  const along = [pt * Math.cos(3.1), pt * Math.sin(3.1), size * Math.tanh(1)];
  const { mean, standardDeviation } = SCALING.partons;
  const scaled = along.map((value, i) => (value - mean[i + 2]!) / standardDeviation[i + 2]!);
  const isNear = (row: readonly number[], wanted: readonly number[]) =>
    wanted.every((value, i) => Math.abs(row[i + 2]! - value) < 1e-3);
  t.true(one!.some((row) => isNear(row, scaled)) && one!.some((row) => isNear(row, [0, 0, 0])), 'the jet, or none');
  t.true(one!.every((row) => isNear(row, scaled) || isNear(row, [0, 0, 0])));
  t.true(
    none!.every((row) => isNear(row, [0, 0, 0])),
    'a lepton is no jet',
  );
});

test('momenta that are scaled by asinh go the same ways, and come back', (t) => {
  const asinh = new Set([2, 4, 7, 9, 12, 14]);
  const compressed = { ...SETTING, spec: SIBLINGS, scaling: { ...SCALING, asinh } };
  const columns = [...Array(WIDTH).keys()];
  const batch = (truth: tf.Tensor2D) => ({
    partons: truth,
    observed: observation([
      [
        [40, 1, 3.1, ...JET],
        [60, -0.5, 1, ...JET],
      ],
    ]),
  });
  const straight = partons([{ up: [44, 1.02, -3.15], down: [50, -0.5, 2] }]);
  const bent = compressColumns(straight, asinh, columns);
  const [wanted, other] = [[straight, siblingsOnce] as const, [bent, assigned({}, compressed)] as const].map(
    ([truth, model]) => ({
      seen: shown(batch(truth), model).partons[0]!,
      back: [...model.model.reconstructions!(batch(truth), new Rng(1))][0]!,
      truth: truth.dataSync(),
    }),
  );
  const deviations = [5 + 2, 5 + 3, 5 + 4, ...columns.map((i) => WIDTH + i).slice(0, 4)];
  for (const i of deviations) t.true(Math.abs(other!.seen[i]! - wanted!.seen[i]!) < 2e-3, `${i}`);
  for (const { back, truth } of [wanted!, other!])
    for (const [i, value] of back.partons.dataSync().entries()) t.true(Math.abs(value - truth[i]!) < 1e-3, `${i}`);
});

for (const [quarks, setting] of [
  ['one quark after the other', SETTING],
  ['both daughters of one boson together', { ...SETTING, spec: SIBLINGS }],
] as const) {
  test(`${quarks}: trained, it draws jets as often as the truth has them, and spreads as it about them`, (t) => {
    const { model } = assigned({}, setting);
    trainBriefly(model, { steps: 40, learningRate: 0.05, makeBatch: (rng) => events(32, rng) });
    const rng = new Rng(5);
    const count = 200;
    const draws = 5;
    const { observed } = events(count, rng);
    const drawn = model.posterior(observed).draw(rng, draws).arraySync();
    const features = observed['objects']!.features.arraySync();
    let [tagged, same, within] = [0, 0, 0];
    const { mean, standardDeviation } = SCALING.partons;
    const momentumOf = (row: readonly number[], at: number) =>
      [2, 3, 4].map((k) => mean[at + k]! + standardDeviation[at + k]! * row[at + k]!);
    for (const [i, row] of drawn.entries()) {
      const jets = features[Math.floor(i / draws)]!.slice(0, 2);
      const nearest = [0, 10].map((at) => {
        const [px, py, pz] = momentumOf(row, at) as [number, number, number];
        const eta = Math.asinh(pz / Math.hypot(px, py));
        const distances = jets.map((one) => {
          const phi = Math.atan2(py, px) - 1.8 * one[2]!;
          return Math.hypot(eta - 1.2 * one[1]!, phi - 2 * Math.PI * Math.round(phi / (2 * Math.PI)));
        });
        within += Number(Math.min(...distances) < 0.03) / 2;
        return distances[0]! < distances[1]! ? 0 : 1;
      });
      tagged += jets[nearest[0]!]![4]!;
      same += Number(nearest[0] === nearest[1]);
    }
    const share = (sum: number) => sum / drawn.length;
    const error = Math.sqrt((0.8 * 0.2) / (count * draws));
    t.true(Math.abs(share(tagged) - 0.8) < 5 * error + 0.02, `up is the tagged jet in ${share(tagged)}`);
    t.true(share(same) < 0.02, `both on one jet in ${share(same)}`);
    // P(r < 1.5 sigma) of a Rayleigh distribution.
    t.true(Math.abs(share(within) - (1 - Math.exp(-1.125))) < 0.08, `within 0.03 of a jet: ${share(within)}`);
  });
}

test('conforms', async (t) => {
  const small = { kind: 'autoregressive', reach: 2, width: 8, layers: 1, blocks: 1 };
  await t.notThrowsAsync(conform(assignmentChecks((setting) => build(Assignment, parts, small, setting))));
});

test('an assignment that hides an input of the events, or scales none of its own, does not conform', async (t) => {
  const [, run] = assignmentChecks((setting) => {
    const whole = build(Assignment, parts, { kind: 'autoregressive' }, setting);
    return { ...whole, scaling: { ...whole.scaling, inputs: setting.scaling.inputs }, assign: whole.assign };
  })[0]!;
  await t.throwsAsync(run, { message: /input "assigned" has 8 features, and undefined are scaled/ });
  const [, hiding] = assignmentChecks((setting) => {
    const whole = build(Assignment, parts, { kind: 'autoregressive' }, setting);
    return { ...whole, spec: { ...whole.spec, inputs: {} } };
  })[0]!;
  await t.throwsAsync(hiding, { message: /input "objects" is another behind the assignment, or none/ });
});

test('what cannot be assigned is refused with what would help', (t) => {
  const refusal = (setting: Partial<Setting>) =>
    t.throws(() => assigned({}, { ...SETTING, ...setting }), { instanceOf: UserError }).message;
  const particles = SPEC.particles.map(({ measuredByOneOf: _, ...particle }) => particle);
  t.regex(refusal({ spec: { ...SPEC, particles } }), /"two quarks" .*write measuredByOneOf/);
  const [up, boson, down] = SPEC.particles as [
    EventSpec['particles'][number],
    EventSpec['particles'][number],
    EventSpec['particles'][number],
  ];
  const others = { ...down, measuredByOneOf: { input: 'objects', classes: ['tag'] } };
  t.regex(
    refusal({ spec: { ...SPEC, particles: [up, boson, others] } }),
    /^assignment: invalid measuredByOneOf of down: .*that up has/,
  );
  const representation = { columns: [{ name: 'up.mass' }], massShell: 'exact' } as never;
  t.regex(refusal({ scaling: { ...SCALING, representation } }), /no column up\.px.*representation\.kind paper/);
  const normalScores = new Map([[2, { scores: new Float64Array(2), values: new Float64Array(2) }]]);
  t.regex(refusal({ scaling: { ...SCALING, normalScores } }), /^assignment: invalid scaling\.normalScores: px .*up/);
});
