import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { samplePath } from '@unfold-zoo/data';
import { type MethodSpectrum, trueSums } from '@unfold-zoo/measurement';
import {
  type Measurement,
  measure,
  type Progress,
  readMeasurement,
  writeMeasurement,
  writeUnfoldedEvents,
} from '@unfold-zoo/runs';
import test from 'ava';

const folder = mkdtempSync(join(tmpdir(), 'unfold-measure-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const EVENTS = { kind: 'hdf5', train: samplePath(), testFraction: 0.5 };
const FEW = { replicas: 10, simulationReplicas: 5 };
const LEPTON = {
  truth: 'pt(charged_lepton)',
  detector: 'pt(lepton)',
  bins: [20, 50, 80, 150],
  unit: 'GeV',
};

/** A measurement of the sample, half of which stands for the data. */
function measured(changes: object = {}): Promise<Measurement> {
  return measure({ simulation: EVENTS, data: EVENTS, observables: { lepton: LEPTON }, errors: FEW, ...changes });
}

async function mistake(changes: object): Promise<string> {
  try {
    await measured(changes);
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

test('the measurement that comes along agrees with its truth, and passes its tests', async (t) => {
  const { result, inputs } = await measure('sample', { set: { errors: FEW } });
  t.deepEqual(
    result.observables.map(({ name }) => name),
    ['lepton_pt', 'neutrino_pt', 'ttbar_mass'],
  );
  t.true(inputs.some((file) => file.endsWith('ttbar_3000.h5')) && inputs.some((file) => file.endsWith('sample.yaml')));
  for (const { methods, name } of result.observables)
    for (const { agreement, method } of methods) t.true(agreement!.chance > 0.001, `${name} ${method}`);
  for (const { test: kind, value, observable, method } of result.tests)
    if (kind === 'closure') t.true(value > 0.001, `${observable} ${method} ${value}`);
  const [lepton] = result.observables;
  // A lepton is measured well: little is lost of a slope.
  const linear = result.tests.filter(
    ({ test: kind, observable }) => kind === 'linearity' && observable === lepton!.name,
  );
  t.is(linear.length, 2);
  for (const { value } of linear) t.true(Math.abs(value - 1) < 0.15, `${value}`);
});

test('a measurement is written as a page, tables, numbers and figures', async (t) => {
  const out = join(folder, 'written');
  const measurement = await measured({ name: 'my-lepton', luminosity: 2, unfolders: [{ kind: 'iterative-bayes' }] });
  writeMeasurement(out, measurement);
  t.deepEqual(readdirSync(out).sort(), [
    'covariance-iterative-bayes.csv',
    'figures',
    'hepdata',
    'index.html',
    'lepton.csv',
    'measurement.json',
    'measurement.yoda',
    'replicas-iterative-bayes.csv',
    'tables.md',
  ]);
  t.deepEqual(JSON.parse(readFileSync(join(out, 'measurement.json'), 'utf8')), measurement.result);
  const [heading, ...rows] = readFileSync(join(out, 'lepton.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split(','));
  // Three bins, underflow and overflow.
  t.is(rows.length, 5);
  const cell = (row: number, name: string): number => Number(rows[row]![heading!.indexOf(name)]);
  const events = cell(1, 'iterative-bayes events');
  t.is(events, measurement.result.observables[0]!.methods[0]!.values[1]!);
  // Of 30 GeV and 2 / fb.
  t.true(Math.abs(cell(1, 'iterative-bayes differential') - events / 60) < 1e-9 * events);
  t.is(rows[0]![0], '');
  t.regex(readFileSync(join(out, 'index.html'), 'utf8'), /Unfolded spectra/);
  t.regex(readFileSync(join(out, 'tables.md'), 'utf8'), /fb \/ GeV/);
  t.true(existsSync(join(out, 'figures', 'lepton.svg')));
});

test('the same seed gives the same numbers, and another one other errors', async (t) => {
  const of = async (seed: number) => JSON.stringify((await measured({ seed })).result.jointCovariances);
  const [first, again, other] = [await of(1), await of(1), await of(2)];
  t.is(first, again);
  t.not(first, other);
});

test('a background is taken off: the sample less itself is nothing, and less a tenth is nine tenths', async (t) => {
  const valuesLess = async (scale: number) => {
    const { result } = await measured({
      backgrounds: { itself: { events: EVENTS, scale } },
      unfolders: [{ kind: 'bin-by-bin' }],
    });
    return result.observables[0]!.methods[0]!.values;
  };
  const [all, nine, none] = [await valuesLess(0), await valuesLess(0.1), await valuesLess(1)];
  for (const [i, value] of all.entries()) {
    t.true(Math.abs(nine[i]! - 0.9 * value) <= 1e-9 * value);
    t.true(Math.abs(none[i]!) <= 1e-9 * value);
  }
});

test('systematic errors are those of other simulations, in tables and files', async (t) => {
  const other = { ...EVENTS, testFraction: 0.8 };
  const { result } = await measured({
    systematics: { nothing: { up: EVENTS, down: EVENTS }, sample: { up: other } },
    unfolders: [{ kind: 'iterative-bayes' }],
  });
  const [{ methods }] = result.observables as [(typeof result.observables)[0]];
  const [nothing, sample] = methods[0]!.shifts as [(typeof methods)[0]['shifts'][0], (typeof methods)[0]['shifts'][0]];
  t.deepEqual([...new Set([...nothing.up, ...nothing.down!])], [0]);
  t.is(sample.down, undefined);
  t.true(sample.up.some((shift) => shift !== 0));
  const out = join(folder, 'systematics');
  writeMeasurement(out, { result, inputs: [] });
  t.regex(readFileSync(join(out, 'tables.md'), 'utf8'), /Errors of lepton, iterative-bayes/);
  t.is(readFileSync(join(out, 'replicas-iterative-bayes.csv'), 'utf8').trim().split('\n').length, 1 + FEW.replicas);
  await t.throwsAsync(measured({ systematics: { scale: { up: join(folder, 'none.h5') } } }), { message: /none\.h5/ });
});

test('selections make misses and fakes, and the truth yield comes back', async (t) => {
  const selection = { truth: 'pt(charged_lepton) > 30', detector: 'pt(lepton) > 35 and count(jets) >= 4' };
  const files = samplePath();
  const { result } = await measured({
    simulation: files,
    data: files,
    selection,
    unfolders: [{ kind: 'iterative-bayes' }],
  });
  const [{ truth, methods, bins }] = result.observables as [(typeof result.observables)[0]];
  const seen = bins.findIndex(({ label }) => label === '50 to 80');
  t.true(truth![0] === 0 && Math.abs(methods[0]!.values[seen]! - truth![seen]!) < 1e-6 * truth![seen]!);
});

test('methods of events stand beside those of bins, and say whether they can be trusted', async (t) => {
  const found = await measured({
    unfolders: [
      { kind: 'omnifold', iterations: 2, stop: 'bottom-line' },
      { kind: 'iterative-bayes' },
      { kind: 'aussie' },
    ],
    classifier: { kind: 'polynomial', degree: 2 },
    errors: { replicas: 8, simulationReplicas: 4 },
    unfoldedEvents: { format: 'parquet', replicas: 2 },
    tests: ['bottom-line'],
  });
  const { result } = found;
  for (const { method, agreement } of result.observables[0]!.methods) t.true(agreement!.chance > 1e-3, method);
  const [{ method, iterations, ended, gates }] = result.reports as [(typeof result.reports)[0]];
  t.is(method, 'omnifold');
  const [{ values, decisions, statistical }] = result.observables[0]!.methods as [MethodSpectrum];
  t.deepEqual(iterations[decisions['chosen']! - 1]!.values[0], values);
  t.regex(ended!, /^The result is iteration \d of 2, by the bottom line/);
  t.true(iterations.every(({ numbers }) => numbers['bottom line']! > 0));
  t.is(statistical.length, values.length);
  t.is(result.jointCovariances[0]!.replicas[0]!.length, values.length);
  t.true(
    gates.every(({ passed }) => passed),
    JSON.stringify(gates),
  );
  // In bins, the weights of replicas give the replicas of the bins.
  const [{ events: unfolded, replicaWeights }] = found.events as [(typeof found.events)[0]];
  for (const [k, weights] of replicaWeights.entries())
    t.deepEqual(trueSums({ ...unfolded, weights }, found.observables).flat(), result.jointCovariances[0]!.replicas[k]);
  t.is(replicaWeights.length, 2);
  const out = join(folder, 'omnifold');
  writeMeasurement(out, found);
  await writeUnfoldedEvents(out, found);
  const events = { file: join(out, 'events'), method: 'omnifold' };
  const predicted = await measured({
    unfolders: [{ kind: 'bin-by-bin' }],
    observables: { pt: LEPTON },
    predictions: {
      published: { file: join(out, 'measurement.json'), method: 'omnifold', observables: { pt: 'lepton' } },
      events: { ...events, observables: { pt: 'lepton' } },
    },
  });
  const [{ predictions = [] }] = predicted.result.observables as [(typeof result.observables)[0]];
  // Sums of the same weights.
  for (const each of predictions)
    for (const [i, value] of each.values.entries())
      t.true(Math.abs(value! - values[i]!) <= 1e-6 * values[i]!, each.name);
  t.deepEqual([predictions.length, predictions[0]!.agreements[0]!.method], [2, 'bin-by-bin']);
  writeMeasurement(join(folder, 'predicted'), predicted);
  t.regex(readFileSync(join(folder, 'predicted', 'tables.md'), 'utf8'), /χ² \/ bins \(chance\) with published/);
  t.regex(readFileSync(join(folder, 'predicted', 'pt.csv'), 'utf8'), /events predicted,events predicted_error/);
  const unknown = measured({ predictions: { x: { file: join(out, 'measurement.json') } } });
  await t.throwsAsync(unknown, { message: /^missing predictions\.x\.method: .* has omnifold, iterative-bayes/ });
  const none = measured({ observables: { pt: LEPTON }, predictions: { x: events } });
  await t.throwsAsync(none, { message: /^invalid predictions\.x: .* has the observables lepton, none of them/ });
  const written = join(out, 'events', 'omnifold.parquet');
  writeFileSync(written, readFileSync(written).subarray(1));
  await t.throwsAsync(measured({ predictions: { x: events } }), {
    message: /^damaged .*omnifold\.parquet: its SHA-256/,
  });
  writeFileSync(join(out, 'events', 'metadata.yaml'), 'methods: [');
  await t.throwsAsync(measured({ predictions: { x: events } }), { message: /^invalid .*metadata\.yaml: expected/ });
  const tables = readFileSync(join(out, 'tables.md'), 'utf8');
  for (const text of ['Iterations of omnifold', 'folded ratio', 'Can the weights of omnifold be trusted?'])
    t.true(tables.includes(text), text);
  await t.throwsAsync(measured({ classifier: { kind: 'networks' } }), { message: /classifier/ });
});

test('toys of pseudo-data are unfolded by all methods, and tell coverage and bias', async (t) => {
  const pseudoData = { weight: '1 + 0.5 * (min(pt(charged_lepton), 100) / 50 - 1)', events: 200 };
  const config = {
    pseudoData,
    backgrounds: { other: { events: EVENTS, scale: 0.05 } },
    unfolders: [
      { kind: 'omnifold', iterations: 2 },
      { kind: 'iterative-bayes', iterations: 4 },
      { kind: 'tunfold', tau: 1e3 },
    ],
    classifier: { kind: 'polynomial', degree: 2 },
    errors: { replicas: 6, simulationReplicas: 2 },
    tests: ['coverage'],
    testing: { toys: 12 },
  };
  const { result } = await measured(config);
  const [{ truth }] = result.observables as [(typeof result.observables)[0]];
  t.true(Math.abs(truth!.reduce((sum, each) => sum + each, 0) - 200) < 1e-6);
  const numberOf = (kind: string, method: string): number =>
    result.tests.find((each) => each.test === kind && each.method === method)!.value;
  for (const method of ['omnifold', 'iterative-bayes']) {
    // A lepton is measured well. Twelve toys of three bins: four binomial errors.
    t.true(Math.abs(numberOf('coverage', method) - 0.683) < 4 * Math.sqrt((0.683 * 0.317) / 36), method);
  }
  t.true(numberOf('bias', 'iterative-bayes') < 2);
  // The simulation is not what the toys are made of: who keeps to it is far off.
  t.true(numberOf('bias', 'tunfold') > 3);
  t.regex(await mistake({ ...config, pseudoData: { weight: '-1' } }), /^invalid pseudoData\.weight: /);
  t.regex(await mistake({ ...config, pseudoData: { weight: 'pt(jets[0])' } }), /^pseudoData\.weight: /);
});

test('two dimensions are unfolded as one', async (t) => {
  const both = {
    truth: ['pt(charged_lepton)', 'abs(eta(charged_lepton))'],
    detector: ['pt(lepton)', 'abs(eta(lepton))'],
    bins: [
      [20, 60, 200],
      [0, 1, 2.5],
    ],
  };
  const { result } = await measured({ observables: { both } });
  t.is(result.observables[0]!.bins.length, 16);
  t.true(result.observables[0]!.methods[0]!.agreement!.chance > 0.001);
});

test('mistakes are told by the key that they are in', async (t) => {
  t.regex(
    await mistake({ observables: { lepton: { ...LEPTON, truth: 'pt(lepton)' } } }),
    /observables\.lepton\.truth: .*"lepton"/,
  );
  t.regex(
    await mistake({ observables: { lepton: { ...LEPTON, bins: [3, 2] } } }),
    /observables\.lepton\.bins: invalid bins/,
  );
  t.regex(
    await mistake({ observables: { lepton: { ...LEPTON, truth: ['pt(ttbar)', 'y(ttbar)'] } } }),
    /\.detector: expected as many/,
  );
  t.regex(await mistake({ observables: {} }), /missing observables/);
  t.regex(await mistake({ selection: { detector: 'pt(lepton)' } }), /selection\.detector: .*expected a condition/);
  t.regex(await mistake({ selection: { detector: 'pt(lepton) > 1e9' } }), /none of its events/);
  t.regex(await mistake({ unfolders: [{ kind: 'iterative-bays' }] }), /unfolders/);
  t.regex(await mistake({ unfolder: [] }), /unknown key "unfolder"/);
  t.regex(await mistake({ data: join(folder, 'absent.h5') }), /absent\.h5/);
  await t.throwsAsync(readMeasurement(join(folder, 'absent.yaml')), { message: /absent/ });
  await t.throwsAsync(readMeasurement('absent'), { message: /^unknown measurement "absent", .*: sample$/ });
});

test('a stopped measurement goes on from its finished parts, and damaged ones are made again', async (t) => {
  const parts = join(folder, 'parts');
  const config = { simulation: EVENTS, data: EVENTS, observables: { lepton: LEPTON }, errors: FEW, tests: ['closure'] };
  const stop = new AbortController();
  const told: number[] = [];
  const onProgress = ({ done, total, stage }: Progress): void => {
    if (stage !== 'unfolding') return;
    told.push(done);
    t.is(total, 32);
    if (done === 4) stop.abort(new Error('enough'));
  };
  await t.throwsAsync(measure(config, { parts, onProgress, signal: stop.signal }), { message: 'enough' });
  t.is(told.at(-1), 4);
  told.length = 0;
  const { result } = await measure(config, {
    parts,
    onProgress: ({ stage, done }) => stage === 'unfolding' && told.push(done),
  });
  t.deepEqual([told[0], told.at(-1)], [4, 32]);
  t.deepEqual(result, (await measure(config)).result);
  const files = readdirSync(parts).map((name) => join(parts, name));
  // Of the data and of the test: the result, and replicas of two kinds.
  t.is(files.length, 6);
  const content = readFileSync(files[0]!);
  const damaged = content.subarray(0, content.length - 1);
  writeFileSync(files[0]!, damaged);
  writeFileSync(join(parts, 'notes.txt'), 'mine');
  t.deepEqual((await measure(config, { parts })).result, result);
  // What was made in two goes is laid out otherwise than what is made in one.
  t.notDeepEqual(readFileSync(files[0]!), damaged);
  // Those of another measurement go when it is done, and nothing else.
  await measure({ ...config, seed: 3, tests: [] }, { parts });
  t.is(readdirSync(parts).length, 4);
});

test('a kernel loss that was stopped among its replicas goes on to the same result', async (t) => {
  const parts = join(folder, 'kernel-parts');
  const config = {
    ...{ simulation: EVENTS, data: EVENTS, observables: { lepton: LEPTON }, unfolders: [{ kind: 'aussie' }] },
    classifier: { kind: 'polynomial', degree: 2 },
    errors: { replicas: 4, simulationReplicas: 2 },
  };
  const stop = new AbortController();
  const onProgress = ({ done, stage }: Progress): void => {
    if (stage === 'unfolding' && done === 3) stop.abort(new Error('enough'));
  };
  await t.throwsAsync(measure(config, { parts, onProgress, signal: stop.signal }), { message: 'enough' });
  const { result } = await measure(config, { parts });
  t.deepEqual(result, (await measure(config)).result);
});

test('who trains networks in every unfolding is told how many before it begins', async (t) => {
  const warnings: string[] = [];
  const stop = new AbortController();
  const warn = (message: string): void => {
    warnings.push(message);
    stop.abort(new Error('enough'));
  };
  const unfolders = [{ kind: 'omnifold', iterations: 2 }, { kind: 'iterative-bayes' }];
  const config = { simulation: EVENTS, data: EVENTS, observables: { lepton: LEPTON }, errors: FEW, unfolders };
  const classifier = { kind: 'network', ensemble: 3 };
  const options = { log: { info: () => undefined, warn }, signal: stop.signal };
  const stopped = measure({ ...config, classifier, engine: { kind: 'cpu' } }, options);
  await t.throwsAsync(stopped, { message: 'enough' });
  // 16 unfoldings of two iterations, with three ratios of three networks each.
  t.is(warnings.length, 1);
  t.regex(warnings[0]!, /^omnifold trains up to 288 networks, 18 in each of 16 unfoldings/);
});

test('data unlike the simulation are told of, by the input that differs most', async (t) => {
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
  const ours = { observables: { lepton: LEPTON }, errors: FEW, unfolders: [{ kind: 'bin-by-bin' }] };
  await measure({ ...ours, simulation: EVENTS, data: EVENTS }, { log });
  t.deepEqual(warnings, []);
  // Its test events are of another population, off by more than a standard deviation.
  const toy = { kind: 'gaussian-em', train: 400, validation: 10, test: 400 };
  const observables = { x: { truth: 'px(smeared)', detector: 'px(smeared)', bins: [-20, 0, 20] } };
  await measure({ ...ours, simulation: toy, data: toy, observables, topology: 'gaussian-em' }, { log });
  t.is(warnings.length, 1);
  t.regex(
    warnings[0]!,
    /^the data are unlike the simulation: smeared\S* differs most, its distribution functions by 0\.[3-6]/,
  );
});

test('no input is written over, and an aborted measurement writes nothing', async (t) => {
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  const config = { simulation: EVENTS, data: EVENTS, observables: { lepton: LEPTON } };
  await t.throwsAsync(measure(config, { signal: stop.signal }), { message: 'enough' });
  const measurement = await measured();
  const out = join(folder, 'over');
  const inputs = [join(out, 'tables.md')];
  writeMeasurement(out, measurement);
  t.throws(() => writeMeasurement(out, { ...measurement, inputs }), { message: /tables\.md/ });
});
