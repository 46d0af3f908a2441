import { Rng, UserError } from '@unfold-zoo/core';
import {
  agreement,
  type BinnedObservable,
  type BinnedProblem,
  type BinnedUnfolder,
  Binning,
  binByBinUnfolder,
  bottomLine,
  chooseIteration,
  closure,
  correlations,
  coverage,
  type EventColumns,
  type EventUnfolder,
  type EventWeights,
  fillResponse,
  iterativeBayesOptions,
  iterativeBayesUnfolder,
  linearity,
  type MeasurementInput,
  omnifoldOptions,
  omnifoldUnfolder,
  type PartStore,
  polynomialRatio,
  sampleCovariance,
  shiftError,
  simulatedDetector,
  simulatedTruth,
  type ToyStudy,
  toyStudy,
  tunfoldOptions,
  tunfoldUnfolder,
  unfoldingsOf,
  unfoldMeasurement,
} from '@unfold-zoo/measurement';
import test from 'ava';

const bayes = iterativeBayesUnfolder(iterativeBayesOptions.parse({}));
const free = tunfoldUnfolder(tunfoldOptions.parse({ tau: 0, areaConstraint: false }));

const edges = [-2, -1, 0, 1, 2];
const bins = new Binning([edges]);
const observable = (name: string): BinnedObservable => ({ name, label: name, unit: '', truth: bins, detector: bins });

/** Events of N(mean, 1), a tenth of them not measured, and a tenth outside of the true phase space; signed weights. */
function events(count: number, mean: number, seed: number): { truth: EventColumns; detector: EventColumns } {
  const rng = new Rng(seed);
  const values = Float64Array.from({ length: count }, () => mean + rng.normal());
  const measured = values.map((value) => (rng.uniform() < 0.1 ? Number.NaN : value + 0.3 * rng.normal()));
  const truth = values.map((value) => (rng.uniform() < 0.1 ? Number.NaN : value));
  const weights = values.map(() => (rng.uniform() < 0.1 ? -1 : 1));
  return { truth: { columns: [[truth], [truth]], weights }, detector: { columns: [[measured], [measured]], weights } };
}

const simulation = events(6000, 0, 1);
const input: MeasurementInput = {
  observables: [observable('first'), observable('second')],
  simulation,
  data: simulation.detector,
};
const errors = { replicas: 60, simulationReplicas: 20, rng: new Rng(5) };

/** The first observable as a method is given it. */
function problemOf(data: EventColumns): BinnedProblem {
  const weights = simulation.truth.weights;
  const binsOf = (columns: EventColumns): Int32Array => bins.binsOf(columns.columns[0]!);
  const size = { truth: bins.size, detector: bins.size };
  const response = fillResponse(
    { truth: binsOf(simulation.truth), detector: binsOf(simulation.detector), weights },
    size,
  );
  const counts = Array<number>(bins.size).fill(0);
  for (const [i, bin] of binsOf(data).entries()) if (bin >= 0) counts[bin]! += data.weights[i]!;
  const covariance = counts.map((count, i) => counts.map((_, j) => (i === j ? Math.abs(count) : 0)));
  return { response, measured: { counts, covariance }, chains: bins.chains };
}

/** The same without events outside of the true phase space, whose share is taken from the simulation. */
function withoutFakes(data: EventColumns): BinnedProblem {
  const problem = problemOf(data);
  return { ...problem, response: { ...problem.response, fakes: problem.response.fakes.map(() => 0) } };
}

test('the simulation unfolded with itself has the truth yield, with signed weights, fakes and misses', async (t) => {
  const yieldOf = simulation.truth.weights.reduce(
    (sum, weight, i) => (Number.isNaN(simulation.truth.columns[0]![0]![i]!) ? sum : sum + weight),
    0,
  );
  for (const unfolder of [bayes, free, binByBinUnfolder]) {
    const { spectra } = await unfoldMeasurement(
      input,
      { label: 'x', unfolder },
      { ...errors, replicas: 2, simulationReplicas: 2 },
    );
    const total = spectra[0]!.values.reduce((sum, value) => sum + value, 0);
    t.true(Math.abs(total - yieldOf) <= 1e-9 * yieldOf);
  }
});

test('replicas of the data have the errors that the method propagates, and observables are correlated', async (t) => {
  const method = { label: 'bayes', unfolder: bayes };
  const { spectra, jointCovariance } = await unfoldMeasurement(input, method, { ...errors, replicas: 200 });
  for (let i = 0; i < bins.size; i++) {
    const ratio = Math.sqrt(jointCovariance[i]![i]! / spectra[0]!.statistical[i]![i]!);
    // A standard deviation of 200 replicas is known to a twentieth of itself.
    t.true(Math.abs(ratio - 1) < 4 / Math.sqrt(2 * 200), `${ratio}`);
  }
  // Both observables are the same number.
  const coefficients = correlations(jointCovariance);
  for (let i = 0; i < bins.size; i++) t.true(Math.abs(coefficients[i]![i + bins.size]! - 1) < 1e-9);
  t.deepEqual(spectra[0]!.values, spectra[1]!.values);
  for (const row of spectra[0]!.simulation.entries()) t.true(row[1][row[0]]! > 0);
});

test('a toy that a classifier finds no ratio for is counted as failed, and ends nothing', async (t) => {
  // Of five events a toy, or a replica of it, may have none or too few for a ratio.
  const simulated = events(200, 0, 2);
  const values = Float64Array.of(-0.8, -0.3, 0.1, 0.4, 0.9);
  const data = { columns: [[values], [values]], weights: new Float64Array(5).fill(1) };
  const truth = input.observables.map(() => Array<number>(bins.size).fill(1));
  const pseudoData = { expected: new Float64Array(5).fill(0.8), truth };
  const pseudo = { ...input, simulation: simulated, data, pseudoData };
  const options = omnifoldOptions.parse({ iterations: 1, misses: 'kept' });
  const unfolder = omnifoldUnfolder(options, polynomialRatio({ degree: 2 }), new Rng(1));
  const study = (method: EventUnfolder) =>
    toyStudy(pseudo, { label: 'x', unfolder: method }, { ...errors, replicas: 1, toys: 12 });
  const [{ toys, leftOut }] = (await study(unfolder)) as [ToyStudy];
  t.true(toys > 0 && leftOut!.count > 0);
  t.is(toys + leftOut!.count, 12);
  t.regex(leftOut!.reason, /^invalid (classifier|weights|replicas): /);
  const never: EventUnfolder = { ...unfolder, prepare: async () => () => Promise.reject(new UserError('invalid x')) };
  await t.throwsAsync(study(never), { message: 'invalid x' });
  const broken: EventUnfolder = { ...unfolder, prepare: async () => () => Promise.reject(new TypeError('x')) };
  await t.throwsAsync(study(broken), { instanceOf: TypeError });
});

/** Scales the simulation to the data; replicas of the data with a larger sum are refused, or have no finite weights. */
function scalingUpTo(limit: number, refuse: () => number): EventUnfolder {
  const sumOf = (weights: Float64Array): number => weights.reduce((sum, weight) => sum + weight, 0);
  const unfold = ({ truth }: { truth: EventColumns }, weights: EventWeights, factor: number) => {
    const events = { columns: truth.columns, weights: weights.simulation.map((weight) => weight * factor) };
    return { events, decisions: {}, iterations: [], gates: [] };
  };
  return {
    input: 'events',
    prepare: async (problem) => async (weights, decided) => {
      const isRefused = decided !== undefined && sumOf(weights.data) > limit;
      const factor = isRefused ? refuse() : sumOf(weights.data) / sumOf(weights.simulation);
      return unfold(problem.simulation, weights, factor);
    },
  };
}

test('replicas that cannot be unfolded are left out with the reason, up to a tenth of them', async (t) => {
  const sum = input.data.weights.reduce((total, weight) => total + weight, 0);
  const refused = (): never => {
    throw new UserError('invalid x');
  };
  const parts = new Map<string, unknown>();
  const store: PartStore = {
    read: (origin) => parts.get(JSON.stringify(origin)),
    write: (origin, part) => parts.set(JSON.stringify(origin), part),
  };
  const measured = (sigmas: number, refuse: () => number) => {
    const unfolder = scalingUpTo(sum + sigmas * Math.sqrt(input.data.weights.length), refuse);
    const options = { ...errors, eventReplicas: 60, parts: store };
    return unfoldMeasurement(input, { label: 'x', unfolder, choice: `${sigmas} ${refuse}` }, options);
  };
  for (const refuse of [refused, () => Number.NaN]) {
    const found = await measured(1.8, refuse);
    const { count, reason } = found.leftOut.data!;
    t.true(count > 0 && count <= 6);
    t.is(found.replicas.length + count, 60);
    t.is(found.replicaWeights.length, 60 - count);
    t.regex(reason, /^(invalid x|the unfolded numbers of events are not all finite)$/);
    t.is(found.leftOut.simulation, undefined);
    t.true(found.jointCovariance.flat().every(Number.isFinite));
    t.deepEqual(await measured(1.8, refuse), found);
  }
  const message = /^invalid replicas: 7 of the 60 replicas of the data by x could not .* 10 % .*: invalid x$/;
  await t.throwsAsync(measured(0, refused), { message, instanceOf: UserError });
  const broken = (): never => {
    throw new TypeError('x');
  };
  await t.throwsAsync(measured(0, broken), { instanceOf: TypeError });
});

test('errors of toys are those of the data and of the finite simulation together', async (t) => {
  const expected = new Float64Array(simulation.truth.weights.length).fill(0.1);
  const truth = input.observables.map(() => Array<number>(bins.size).fill(1));
  const pseudo = { ...input, pseudoData: { expected, truth } };
  const study = async (variance: number): Promise<ToyStudy> => {
    const numbers = [...Array(bins.size).keys()];
    const ofBins = numbers.map((i) => numbers.map((j) => (i === j ? variance : 0)));
    const options = { ...errors, toys: 10, simulation: input.observables.map(() => ofBins) };
    return (await toyStudy(pseudo, { label: 'x', unfolder: bayes }, options))[0]!;
  };
  // The truth is said to be 1 in bins of about a hundred.
  const [without, withThem] = [await study(0), await study(1e6)];
  t.is(without.coverage, 0);
  t.is(withThem.coverage, 1);
  t.true(withThem.chiSquared < 0.1 && without.chiSquared > 10);
});

test('a method that weights events is measured by the same call as one that unfolds bins', async (t) => {
  // Iterative Bayes in the bins of the first observable, as weights of the simulated events.
  const reweighting: EventUnfolder = {
    input: 'events',
    prepare: async (problem) => async (weights) => {
      const truth = { ...problem.simulation.truth, weights: weights.simulation };
      const { detector } = problem.simulation;
      const data = { ...problem.data, weights: weights.data };
      const binsOf = (columns: EventColumns): Int32Array => bins.binsOf(columns.columns[0]!);
      const size = { truth: bins.size, detector: bins.size };
      const sums = { truth: binsOf(truth), detector: binsOf(detector), weights: truth.weights };
      const response = fillResponse(sums, size);
      const counts = Array<number>(bins.size).fill(0);
      for (const [i, bin] of binsOf(data).entries()) if (bin >= 0) counts[bin]! += data.weights[i]!;
      const covariance = counts.map((count, i) => counts.map((_, j) => (i === j ? count : 0)));
      const { values } = bayes.unfold({ response, measured: { counts, covariance }, chains: [] });
      const before = simulatedTruth(response);
      const trueBins = binsOf(truth);
      const factors = truth.weights.map((w, i) => (w * (values[trueBins[i]!] ?? 0)) / before[trueBins[i]!]!);
      return { events: { columns: truth.columns, weights: factors }, decisions: {}, iterations: [], gates: [] };
    },
  };
  const data = events(3000, 0.3, 2).detector;
  const [asEvents, asBins] = await Promise.all(
    [reweighting, bayes].map((unfolder) => unfoldMeasurement({ ...input, data }, { label: 'x', unfolder }, errors)),
  );
  const [weighted, binned] = [asEvents!.spectra[0]!, asBins!.spectra[0]!];
  for (const [i, value] of weighted.values.entries()) t.true(Math.abs(value - binned.values[i]!) < 1e-6 * value);
  // Its errors are those of replicas, which are the same for both.
  const joint = asBins!.jointCovariance.slice(0, bins.size).map((row) => row.slice(0, bins.size));
  for (const [i, row] of weighted.statistical.entries()) t.true(Math.abs(row[i]! - joint[i]![i]!) < 1e-6 * row[i]!);
});

test('a simulation of half of the efficiency doubles the result, and errors are half of up less down', async (t) => {
  // Every event twice, the second time not measured.
  const twice = ({ columns, weights }: EventColumns, second: (value: number) => number): EventColumns => ({
    columns: columns.map((axes) => axes.map((column) => Float64Array.from([...column, ...column.map(second)]))),
    weights: Float64Array.from([...weights, ...weights]),
  });
  const up = {
    truth: twice(simulation.truth, (value) => value),
    detector: twice(simulation.detector, () => Number.NaN),
  };
  const pure = simulation.truth.columns.map((axes) => axes.map((column) => column.map((x) => x || 0)));
  const truth = { ...simulation.truth, columns: pure };
  const few = { ...errors, replicas: 3, simulationReplicas: 2 };
  const nominal = { ...simulation, truth };
  const variations = [
    { name: 'efficiency', up: { ...up, truth: twice(truth, (value) => value) } },
    { name: 'both', up: { ...up, truth: twice(truth, (value) => value) }, down: nominal },
  ];
  const problem = { ...input, simulation: nominal, variations };
  const found = await unfoldMeasurement(problem, { label: 'x', unfolder: binByBinUnfolder }, few);
  const { values, shifts } = found.spectra[0]!;
  for (const [i, value] of values.entries()) {
    t.true(Math.abs(shifts[0]!.up[i]! - value) < 1e-9 * Math.abs(value));
    t.true(Math.abs(shiftError(shifts[1]!)[i]! - value / 2) < 1e-9 * Math.abs(value));
  }
  // One source is fully correlated; two that are independent add in squares.
  const joint = found.jointSystematic;
  t.true(Math.abs(joint[1]![2]! - 1.25 * values[1]! * values[2]!) < 1e-6 * joint[1]![2]!);
  t.is(found.replicas.length, 3);
});

test('an aborted measurement throws the reason of its signal', async (t) => {
  const stop = new AbortController();
  let done = 0;
  const onUnfolded = (unfoldings: number): void => {
    done += unfoldings;
    if (done === 3) stop.abort(new Error('enough'));
  };
  const options = { ...errors, signal: stop.signal, onUnfolded };
  await t.throwsAsync(unfoldMeasurement(input, { label: 'x', unfolder: bayes }, options), { message: 'enough' });
});

/** A store in memory, and how often a method has been asked. */
function counted(unfolder: BinnedUnfolder) {
  const parts = new Map<string, unknown>();
  const store: PartStore = {
    read: (origin) => parts.get(JSON.stringify(origin)),
    write: (origin, part) => void parts.set(JSON.stringify(origin), part),
  };
  const asked = { unfoldings: 0 };
  const counting: BinnedUnfolder = {
    ...unfolder,
    unfold: (...problem) => {
      asked.unfoldings++;
      return unfolder.unfold(...problem);
    },
  };
  return { store, asked, method: { label: 'x', unfolder: counting, choice: 'counted' } };
}

test('a measurement that was stopped goes on after its last replica, with the same result', async (t) => {
  const { store, asked, method } = counted(bayes);
  const variations = [{ name: 'other', up: events(3000, 0.2, 4) }];
  const problem = { ...input, variations };
  const whole = await unfoldMeasurement(problem, { label: 'x', unfolder: bayes }, errors);
  const stop = new AbortController();
  let done = 0;
  const onUnfolded = (unfoldings: number): void => {
    done += unfoldings;
    if (done === 31) stop.abort(new Error('enough'));
  };
  const stopped = unfoldMeasurement(problem, method, { ...errors, parts: store, signal: stop.signal, onUnfolded });
  await t.throwsAsync(stopped, { message: 'enough' });
  // Of two observables each: the data themselves and 30 replicas.
  t.is(asked.unfoldings, 62);
  t.deepEqual(await unfoldMeasurement(problem, method, { ...errors, parts: store }), whole);
  t.is(asked.unfoldings, 2 * unfoldingsOf(problem, errors));
  t.deepEqual(await unfoldMeasurement(problem, method, { ...errors, parts: store }), whole);
  t.is(asked.unfoldings, 2 * unfoldingsOf(problem, errors));
});

test('stored parts are those of the same events, bins, method and seed alone', async (t) => {
  const few = { ...errors, replicas: 2, simulationReplicas: 2 };
  const { store, asked, method } = counted(bayes);
  const unfoldings = async (changes: { input?: object; method?: object; errors?: object }): Promise<number> => {
    asked.unfoldings = 0;
    const options = { ...few, parts: store, ...changes.errors };
    await unfoldMeasurement({ ...input, ...changes.input }, { ...method, ...changes.method }, options);
    return asked.unfoldings;
  };
  t.is(await unfoldings({}), 10);
  t.is(await unfoldings({ method: { label: 'y' } }), 0);
  t.is(await unfoldings({ errors: { replicas: 3 } }), 2);
  t.is(await unfoldings({ errors: { rng: new Rng(6) } }), 10);
  t.is(await unfoldings({ method: { choice: 'another' } }), 10);
  t.is(await unfoldings({ input: { data: events(6000, 0, 2).detector } }), 10);
  const wide = new Binning([[-2, 0, 2]]);
  t.is(await unfoldings({ input: { observables: [{ ...observable('first'), truth: wide }] } }), 5);
});

test('every method closes on a split sample', async (t) => {
  for (const unfolder of [bayes, free]) {
    const found = await closure(input, { label: 'x', unfolder }, errors);
    t.deepEqual(
      found.map((each) => each.observable),
      ['first', 'second'],
    );
    for (const each of found) t.true(each.agreement.chance > 0.001, JSON.stringify(each));
  }
});

test('a method without regularisation is linear, correction factors are not, and few iterations are between', (t) => {
  const problem = withoutFakes(simulation.detector);
  const of = (unfolder: typeof bayes) => linearity(unfolder, problem, { slopes: [-0.4, 0.4] }).response;
  t.true(Math.abs(of(free) - 1) < 1e-9);
  const many = iterativeBayesUnfolder(iterativeBayesOptions.parse({ iterations: 500 }));
  t.true(Math.abs(of(many) - 1) < 1e-3);
  const one = iterativeBayesUnfolder(iterativeBayesOptions.parse({ iterations: 1 }));
  t.true(of(binByBinUnfolder) < 0.99 && of(one) < of(bayes) && of(bayes) < 1);
});

test('errors of a method without regularisation cover the truth as often as they say, under any spectrum', (t) => {
  const problem = withoutFakes(simulation.detector);
  for (const slope of [0, 0.5]) {
    const { mean, pulls } = coverage(free, problem, { toys: 300, slope, rng: new Rng(8) });
    t.true(Math.abs(mean - 0.683) < 4 * Math.sqrt((0.683 * 0.317) / (300 * 2)), `${mean}`);
    // Errors of Poisson counts are estimated from the counts, which skews pulls by some hundredths.
    for (const pull of pulls) t.true(Math.abs(pull) < 4 / Math.sqrt(300) + 0.05);
  }
  // One iteration stays near to the simulation, whatever the data: errors are far too small.
  const one = iterativeBayesUnfolder(iterativeBayesOptions.parse({ iterations: 1 }));
  t.true(coverage(one, problem, { toys: 300, slope: 0.5, rng: new Rng(8) }).mean < 0.6);
});

test('without regularisation unfolded data exclude as much as measured ones', (t) => {
  const problem = withoutFakes(events(3000, 0.15, 3).detector);
  const { ratio, detector } = bottomLine(problem, free.unfold(problem));
  t.true(Math.abs(ratio - 1) < 1e-6);
  t.is(detector.degreesOfFreedom, bins.size);
});

test('chi-squared is that of the inverse covariance, without directions in which nothing varies', (t) => {
  const covariance = [
    [4, 1, 0],
    [1, 2, 0],
    [0, 0, 0],
  ];
  const [x, y] = [2, -1];
  const expected = (2 * x * x - 2 * x * y + 4 * y * y) / 7;
  const found = agreement([x, y, 0], covariance);
  t.true(Math.abs(found.chiSquared - expected) < 1e-12);
  t.is(found.degreesOfFreedom, 2);
  // Two degrees of freedom: the chance is exp(-chi-squared / 2).
  t.true(Math.abs(found.chance - Math.exp(-expected / 2)) < 1e-12);
  const together = agreement(
    [1, 1],
    [
      [1, 1],
      [1, 1],
    ],
  );
  t.is(together.degreesOfFreedom, 1);
});

test('the result of an iteration by the bottom line is the last one that excludes no more than the data', (t) => {
  const response = {
    joint: [
      [100, 0],
      [0, 100],
    ],
    missed: [0, 0],
    fakes: [0, 0],
  };
  const counts = [120, 90];
  const measured = {
    counts,
    covariance: [
      [120, 0],
      [0, 90],
    ],
  };
  const problem = { response, measured, chains: [[0, 1]] };
  // What is measured is 15 above and below 1.05 times the simulation: chi-squared 225 / 120 + 225 / 90 = 4.375.
  const spread = 10;
  const signs = Array.from({ length: 40 }, (_, i) => [i & 1 ? spread : -spread, i & 2 ? spread : -spread] as const);
  const chosen = (distances: readonly number[]) => {
    const iterations = distances.map((distance) => [{ values: [105 + distance, 105 - distance], decisions: {} }]);
    const replicas = signs.map(([a, b]) =>
      iterations.flatMap(([each]) => [each!.values[0]! + a, each!.values[1]! + b]),
    );
    return chooseIteration([problem], iterations, replicas);
  };
  const { index, ratios } = chosen([5, 14, 16, 2]);
  t.is(index, 1);
  // The variance of the replicas is 100 * 40 / 39, and the factor of Hartlap et al. (40 - 4) / 39.
  for (const [n, distance] of [5, 14, 16, 2].entries()) {
    const expected = ((2 * distance ** 2) / ((spread ** 2 * 40) / 39) / 4.375) * (36 / 39);
    t.true(Math.abs(ratios[n]! - expected) < 1e-9, `${n}: ${ratios[n]}`);
  }
  t.is(chosen([5, 6]).index, 1);
  t.is(chosen([16, 5]).index, 0);
});

test('the covariance of replicas is that of a sample', (t) => {
  t.deepEqual(
    sampleCovariance([
      [1, 0],
      [3, 4],
    ]),
    [
      [2, 4],
      [4, 8],
    ],
  );
  t.true(simulatedDetector(problemOf(simulation.detector).response).every((sum) => sum > 0));
});
