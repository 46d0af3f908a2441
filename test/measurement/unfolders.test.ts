import { Rng } from '@unfold-zoo/core';
import {
  type BinnedProblem,
  type BinnedUnfolder,
  Binning,
  binByBinUnfolder,
  fillResponse,
  globalCorrelations,
  iterativeBayesOptions,
  iterativeBayesUnfolder,
  type Response,
  simulatedDetector,
  simulatedTruth,
  tunfoldOptions,
  tunfoldUnfolder,
  type UnfoldedBins,
} from '@unfold-zoo/measurement';
import test from 'ava';
import { fixture } from '../fixtures.js';

const bayes = (options: object): BinnedUnfolder => iterativeBayesUnfolder(iterativeBayesOptions.parse(options));
const tunfold = (options: object): BinnedUnfolder => tunfoldUnfolder(tunfoldOptions.parse(options));

/** A response of such probabilities [detector][truth] and prior [truth]. */
function responseOf(matrix: readonly (readonly number[])[], prior: readonly number[]): Response {
  const seen = prior.map((_, t) => matrix.reduce((sum, row) => sum + row[t]!, 0));
  return {
    joint: matrix.map((row) => row.map((chance, t) => chance * prior[t]!)),
    missed: prior.map((count, t) => count * (1 - seen[t]!)),
    fakes: matrix.map(() => 0),
  };
}

function problemOf(response: Response, counts: readonly number[]): BinnedProblem {
  const covariance = counts.map((count, i) => counts.map((_, j) => (i === j ? count : 0)));
  return { response, measured: { counts, covariance }, chains: [response.missed.map((_, bin) => bin)] };
}

/** The three-bin problem: efficiencies .75, .85, .75. */
const THREE_BINS = problemOf(
  responseOf(
    [
      [0.6, 0.1, 0],
      [0.15, 0.65, 0.2],
      [0, 0.1, 0.55],
    ],
    [1000, 1000, 1000],
  ),
  [500, 900, 700],
);

/** Numbers to as many decimals as they were given with. */
function agree(found: readonly number[], expected: readonly number[], decimals: number): boolean {
  return found.every((value, i) => Math.abs(value - expected[i]!) <= 0.6 * 10 ** -decimals);
}

test('iterative Bayes meets the exact numbers of the three-bin problem, iteration by iteration', (t) => {
  const after = (iterations: number): readonly number[] => bayes({ iterations }).unfold(THREE_BINS).values;
  t.true(agree(after(1), [751.42857, 898.96574, 1029.74359], 5));
  t.true(agree(after(4), [686.15032, 890.47691, 1104.64252], 5));
  t.true(agree(after(10), [685.51569, 885.20772, 1111.24889], 5));
  // The limit is the inverse of the response.
  t.true(agree(after(2000), [685.97169, 884.16988, 1111.96911], 4));
});

test("iterative Bayes meets PyUnfold's documented example", (t) => {
  const problem = problemOf(
    responseOf(
      [
        [0.9, 0.1],
        [0.1, 0.9],
      ],
      [1, 1],
    ),
    [100, 150],
  );
  const expected = [
    [105, 145],
    [97.86746, 152.13254],
    [95.27837, 154.72163],
    [94.32087, 155.67913],
  ];
  for (const [i, numbers] of expected.entries()) {
    t.true(agree(bayes({ iterations: i + 1 }).unfold(problem).values, numbers, 5));
  }
});

test('least squares with a penalty meet the exact numbers of the three-bin problem', (t) => {
  const size = { regularisation: 'size', tau: 0.01, bias: 1 };
  const free = tunfold({ ...size, areaConstraint: false }).unfold(THREE_BINS);
  t.true(agree(free.values, [719.71927, 900.87271, 1084.13842], 5));
  t.true(agree([free.decisions['chiSquared']!], [1.345613], 6));
  t.true(agree(tunfold(size).unfold(THREE_BINS).values, [713.48576, 892.73721, 1074.7454], 4));
  const curved = tunfold({ tau: Math.sqrt(1e-3), bias: 1, areaConstraint: false }).unfold(THREE_BINS);
  t.true(agree(curved.values, [681.96575, 893.24442, 1105.64625], 5));
  t.true(agree([curved.decisions['chiSquared']!], [0.031985], 6));
});

test('without a penalty least squares invert the response, and so does their covariance', (t) => {
  const { values, covariance } = tunfold({ tau: 0, areaConstraint: false }).unfold(THREE_BINS);
  t.true(agree(values, [685.97169, 884.16988, 1111.96911], 5));
  t.true(agree([covariance[0]![0]!, covariance[1]![1]!, covariance[2]![2]!], [1588.941, 2954.786, 2697.634], 3));
  t.true(agree([covariance[0]![1]!], [-846.39], 2));
  t.true(agree([covariance[0]![2]!, covariance[1]![2]!], [284.929, -1323.475], 3));
  t.true(agree(globalCorrelations(covariance), [0.394, 0.57284, 0.47137], 3));
});

test('the errors of every method are those of central differences', (t) => {
  const methods = [
    binByBinUnfolder,
    bayes({ iterations: 3 }),
    tunfold({ tau: 0.02, bias: 1 }),
    tunfold({ tau: 0.1, bias: 0 }),
  ];
  const withFakes = { ...THREE_BINS.response, fakes: [30, 60, 10] };
  const at = (counts: readonly number[]): BinnedProblem => ({
    ...problemOf(withFakes, counts),
    // Weights of the fit stay as they are.
    measured: { counts, covariance: THREE_BINS.measured.covariance },
  });
  const counts = [500, 900, 700];
  for (const method of methods) {
    const slopes = counts.map((count, j) => {
      const [up, down] = [1, -1].map((sign) => counts.with(j, count + sign * 0.5));
      const [above, below] = [method.unfold(at(up!)).values, method.unfold(at(down!)).values];
      return above.map((value, i) => value - below[i]!);
    });
    const { covariance } = method.unfold(at(counts));
    for (let i = 0; i < 3; i++)
      for (let k = 0; k < 3; k++) {
        const expected = counts.reduce((sum, count, j) => sum + count * slopes[j]![i]! * slopes[j]![k]!, 0);
        t.true(Math.abs(covariance[i]![k]! - expected) <= 1e-5 * Math.abs(expected) + 1e-3);
      }
  }
});

test('every method gives the simulated truth for the simulated measurement, fakes and misses with it', (t) => {
  const response = { ...THREE_BINS.response, fakes: [30, 60, 10] };
  const problem = problemOf(response, simulatedDetector(response));
  const methods = [
    binByBinUnfolder,
    bayes({}),
    tunfold({}),
    tunfold({ tau: 'least-correlation' }),
    tunfold({ tau: 0.05, regularisation: 'derivative' }),
  ];
  for (const method of methods) t.true(agree(method.unfold(problem).values, simulatedTruth(response), 5));
});

test('iterations stop by their rule, and say after how many', (t) => {
  const early = bayes({ iterations: 1000, stopBelow: 0.01 }).unfold(THREE_BINS);
  t.true(early.decisions['iterations']! < 20 && early.decisions['change']! < 0.01);
  t.is(bayes({ iterations: 7 }).unfold(THREE_BINS).decisions['iterations'], 7);
});

test('a true bin that is never measured is 0, and an empty measured bin does no harm', (t) => {
  const response: Response = {
    joint: [
      [60, 0, 10],
      [0, 0, 0],
      [10, 0, 70],
    ],
    missed: [5, 20, 5],
    fakes: [0, 0, 0],
  };
  const problem = problemOf(response, [70, 0, 80]);
  for (const method of [bayes({}), tunfold({ tau: 0.01 })]) {
    const { values, covariance } = method.unfold(problem);
    t.true(agree(values, [75, 0, 85], 5), String(values));
    t.is(covariance[1]![1], 0);
  }
});

test('a measured bin that is empty by chance has the variance that the simulation gives it', (t) => {
  const problem = problemOf(THREE_BINS.response, [0, 900, 700]);
  const { values, covariance } = tunfold({ tau: 0, areaConstraint: false }).unfold(problem);
  // As many equations as bins: the inverse of the response, whatever the variances.
  const folded = 0.6 * values[0]! + 0.1 * values[1]!;
  t.true(Math.abs(folded) < 1e-6 && covariance[0]![0]! > 0);
});

test('bins that do not determine a spectrum are refused', (t) => {
  const wide = problemOf(
    responseOf(
      [
        [0.5, 0.2, 0.1],
        [0.3, 0.6, 0.7],
      ],
      [100, 100, 100],
    ),
    [80, 160],
  );
  t.throws(() => binByBinUnfolder.unfold(wide), { message: /invalid detectorBins: "bin-by-bin" needs as many/ });
  t.throws(() => tunfold({ tau: 0 }).unfold(wide), { message: /invalid tau: with tau = 0 the measured bins do not/ });
});

/** Prior N(m, s), response N(x + b, c), data N(mu, sigma), on fine bins. */
function gaussianToy(prior: readonly [number, number], data: readonly [number, number], [b, c]: [number, number]) {
  const centres = Array.from({ length: 160 }, (_, i) => prior[0] + prior[1] * (-6 + (i + 0.5) * 0.075));
  const [first, step] = [centres[0]!, centres[1]! - centres[0]!];
  const density = (x: number, mean: number, deviation: number): number =>
    (Math.exp(-0.5 * ((x - mean) / deviation) ** 2) / (Math.sqrt(2 * Math.PI) * deviation)) * step;
  const measured = centres
    .map((_, j) => first + b + (j - 40) * step)
    .concat(Array.from({ length: 80 }, (_, j) => first + b + (120 + j) * step));
  const matrix = measured.map((y) => centres.map((x) => density(y, x + b, c)));
  const counts = measured.map((y) => 1e4 * density(y, data[0] + b, Math.hypot(data[1], c)));
  const problem = problemOf(
    responseOf(
      matrix,
      centres.map((x) => 1e4 * density(x, ...prior)),
    ),
    counts,
  );
  return (iterations: number): [mean: number, deviation: number] => {
    const { values } = bayes({ iterations }).unfold(problem);
    const total = values.reduce((sum, each) => sum + each, 0);
    const mean = values.reduce((sum, each, i) => sum + each * centres[i]!, 0) / total;
    const variance = values.reduce((sum, each, i) => sum + each * (centres[i]! - mean) ** 2, 0) / total;
    return [mean, Math.sqrt(variance)];
  };
}

test('iterations on Gaussian spectra have the exact means and deviations', (t) => {
  // Bins of 0.075 of the prior's deviation are wrong by a tenth of their squared width.
  const narrow = gaussianToy([0, 1], [0.2, 0.8], [0, 0.5]);
  t.true(agree(narrow(1), [0.16, 0.87727], 3));
  t.true(agree(narrow(2), [0.19019, 0.83412], 3));
  t.true(agree(narrow(3), [0.19741, 0.81583], 3));
  const shifted = gaussianToy([1, 1], [0, 1], [0, 0.5]);
  t.true(agree(shifted(1), [0.2, 1], 3));
  t.true(agree(shifted(3), [0.008, 1], 3));
});

interface Golden {
  readonly joint: number[][];
  readonly missed: number[];
  readonly fakes: number[];
  readonly counts: number[];
  readonly methods: Record<'bayes3' | 'size' | 'curvature', { values: number[]; covariance: number[][] }>;
}

test('values and covariances are those that NumPy computes', (t) => {
  const { joint, missed, fakes, counts, methods } = fixture<Golden>('golden/unfolding.json');
  const problem = problemOf({ joint, missed, fakes }, counts);
  const found: Record<keyof Golden['methods'], UnfoldedBins> = {
    bayes3: bayes({ iterations: 3 }).unfold(problem),
    size: tunfold({ regularisation: 'size', tau: 0.02, bias: 1 }).unfold(problem),
    curvature: tunfold({ tau: 0.03, bias: 0.5, areaConstraint: false }).unfold(problem),
  };
  for (const [name, expected] of Object.entries(methods)) {
    const { values, covariance } = found[name as keyof Golden['methods']];
    const scale = Math.max(...expected.values);
    for (const [i, value] of values.entries()) {
      t.true(Math.abs(value - expected.values[i]!) <= 1e-9 * scale, `${name} ${i}`);
      for (const [j, each] of covariance[i]!.entries())
        t.true(Math.abs(each - expected.covariance[i]![j]!) <= 1e-9 * scale ** 2, `${name} ${i} ${j}`);
    }
  }
});

test('a chosen tau regularises noise away, and not the spectrum', (t) => {
  const rng = new Rng(5);
  const draw = (n: number, mean: number): { truth: Float64Array; detector: Float64Array } => {
    const truth = Float64Array.from({ length: n }, () => mean + 1.5 * rng.normal());
    return { truth, detector: truth.map((value) => value + 0.5 * rng.normal()) };
  };
  const edges = (count: number): number[] => Array.from({ length: count + 1 }, (_, i) => 1 + (8 * i) / count);
  const [bins, fine] = [new Binning([edges(10)]), new Binning([edges(20)])];
  const simulated = draw(40_000, 5);
  const size = { truth: bins.size, detector: fine.size };
  const weights = new Float64Array(40_000).fill(1);
  const response = fillResponse(
    { truth: bins.binsOf([simulated.truth]), detector: fine.binsOf([simulated.detector]), weights },
    size,
  );
  const data = draw(2000, 4);
  const counts = Array<number>(fine.size).fill(0);
  for (const bin of fine.binsOf([data.detector])) counts[bin]!++;
  const problem = { ...problemOf(response, counts), chains: bins.chains };
  const errorOf = (tau: number | string): number => {
    const { covariance } = tunfold({ tau }).unfold(problem);
    return covariance.reduce((sum, row, i) => sum + row[i]!, 0);
  };
  for (const choice of ['l-curve', 'least-correlation']) t.true(errorOf(choice) < 0.8 * errorOf(0), choice);
});
