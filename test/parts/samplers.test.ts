import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type Denoiser, type Diffusion, isUserError, type NoiseSchedule, Rng, Sampler } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import { alpha, denoise, makeDiffusion, sampleLatent, sigma, timeAt } from '@unfold-zoo/core/diffusion';
import { gaussianOracle } from '@unfold-zoo/core/testing';
import parts, {
  ancestral,
  CosineSchedule,
  ddim,
  dpmSolver2M,
  euler,
  heun,
  LearnedSchedule,
  pndm,
  rungeKutta,
  STEP_SPACINGS,
  type StepSpacing,
  stepTimes,
} from '@unfold-zoo/parts';
import test from 'ava';
import { fixture } from '../fixtures.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const data = { mean: [1.5, -0.5, 0], standardDeviation: [0.3, 1.4, 2] };
const rng = new Rng(4);

const samplers: Readonly<Record<string, (steps: number, spacing?: StepSpacing) => Sampler>> = {
  euler,
  ddim,
  heun,
  'dpm-solver-2m': dpmSolver2M,
  ancestral,
  'pndm runge-kutta': (steps, spacing) => pndm(steps, 'runge-kutta', spacing),
  'pndm linear': (steps, spacing) => pndm(steps, 'linear', spacing),
};

/** gamma linear in time. */
const logLinear = (t: number): number => -6 + 10 * t;
/** sigma / alpha = exp(gamma / 2) linear in time. */
const ratioLinear = (t: number): number => 2 * Math.log(1 + 4 * t);

/** gamma of a schedule as a model hands it to its sampler. */
function gammaOf(schedule: NoiseSchedule): (t: number) => number {
  return makeDiffusion(schedule, (latent) => latent).gamma;
}

/** A learned schedule whose shape is far from the first one. */
function bentSchedule(): NoiseSchedule {
  const schedule = new LearnedSchedule({ hidden: 32, min: -6, max: 4, learnEndPoints: false });
  for (const [i, parameter] of schedule.shapeParameters.entries()) {
    const noise = tf.reshape(rng.fork(`bend ${i}`).normalTensor(1, parameter.size), parameter.shape);
    parameter.assign(tf.add(parameter, tf.mul(0.3, tf.mul(parameter, noise))));
  }
  return schedule;
}

/** One gamma for all tests, which computes each value once: every sampler asks for the same times. */
function shared(make: () => NoiseSchedule): () => (t: number) => number {
  let gamma: ((t: number) => number) | undefined;
  return () => (gamma ??= gammaOf(make()));
}

const schedules: Readonly<Record<string, () => (t: number) => number>> = {
  'linear in gamma': () => logLinear,
  cosine: shared(() => new CosineSchedule(-6, 4)),
  'learned, bent': shared(bentSchedule),
};

/** Root mean square distance from where the exact flow takes the same noise, and how often the denoiser was asked. */
function sampleError(sampler: Sampler, gamma: (t: number) => number): { error: number; evaluations: number } {
  return tf.tidy(() => {
    const oracle = gaussianOracle(data, gamma);
    const counted = countEvaluations(oracle);
    const noise = rng.fork('noise').normalTensor(8, 3);
    const reached = denoise(sampler, noise, counted, rng).dataSync();
    const exact = oracle.solve(noise.dataSync(), 1, 0);
    const squares = exact.reduce((sum, value, i) => sum + (value - reached[i]!) ** 2, 0);
    return { error: Math.sqrt(squares / exact.length), evaluations: counted.evaluations };
  });
}

function countEvaluations({ gamma, predictNoise }: Diffusion): Diffusion & { evaluations: number } {
  const counted = {
    evaluations: 0,
    gamma,
    predictNoise: (latent: tf.Tensor2D, time: number) => {
      counted.evaluations++;
      return predictNoise(latent, time);
    },
  };
  return counted;
}

/** Minus the slope of ln(error) against ln(steps). */
function measuredOrder(
  make: (steps: number) => Sampler,
  gamma: (t: number) => number,
  [few, many]: readonly [number, number],
): number {
  const [first, second] = [few, many].map((steps) => sampleError(make(steps), gamma).error);
  return Math.log(first! / second!) / Math.log(many / few);
}

const orders = { euler: 1, ddim: 1, heun: 2, 'dpm-solver-2m': 2, 'pndm runge-kutta': 2, 'pndm linear': 2 };

// An order is an asymptotic slope: within 0.15 of it at these step counts, above the rounding of float32.
for (const [kind, order] of Object.entries(orders)) {
  for (const [name, schedule] of Object.entries(schedules)) {
    test(`${kind} converges to the exact flow with order ${order} on every spacing: schedule ${name}`, (t) => {
      for (const spacing of STEP_SPACINGS) {
        const measured = measuredOrder((steps) => samplers[kind]!(steps, spacing), schedule(), [80, 320]);
        t.true(Math.abs(measured - order) < 0.15, `${spacing}: ${measured}`);
      }
    });
  }
}

test('PNDM converges faster than order 3 where sigma / alpha is linear in time', (t) => {
  // Order 4 once steps are short; float32 leaves room only for the approach to it.
  t.true(measuredOrder((steps) => pndm(steps, 'runge-kutta'), ratioLinear, [20, 40]) > 3);
});

test('one step of DDIM is exact when the predicted noise does not change on the way', (t) => {
  const noise = tf.tensor2d([[0.3, -2]]);
  const diffusion: Diffusion = { gamma: logLinear, predictNoise: () => noise };
  const reached = denoise(ddim(1), tf.tensor2d([[1, 1]]), diffusion, rng).dataSync();
  for (const [i, e] of [0.3, -2].entries()) {
    const latent = (1 - sigma(4) * e) / alpha(4);
    t.true(Math.abs(reached[i]! - (alpha(-6) * latent + sigma(-6) * e)) < 1e-5);
  }
});

test('Euler in sigma / alpha takes the steps of DDIM', (t) => {
  for (const spacing of STEP_SPACINGS) {
    const [one, other] = [euler, ddim].map((make) =>
      denoise(make(7, spacing), tf.ones([2, 3]), gaussianOracle(data, logLinear), rng).dataSync(),
    );
    t.deepEqual(one, other);
  }
});

/** The exact noise of one latent of N(1.5, 0.3^2) data, in float64. */
function exactNoise(z: number, gamma: number): number {
  const [a, s] = [alpha(gamma), sigma(gamma)];
  return (s * (z - a * 1.5)) / (a ** 2 * 0.3 ** 2 + s ** 2);
}

const single = { mean: [1.5], standardDeviation: [0.3] };

test('Heun agrees with algorithm 1 of Karras et al. 2022 written in their variables', (t) => {
  const gammas = stepTimes('karras', 3, { gamma: logLinear }).map(logLinear);
  // x = z / alpha, sigma_i = sigma / alpha; D = x - sigma_i noise, so that their (x - D) / sigma_i is the noise.
  let x = 0.7 / alpha(gammas[0]!);
  for (const [i, gamma] of gammas.slice(0, -1).entries()) {
    const next = gammas[i + 1]!;
    const [sigmaNow, sigmaNext] = [Math.exp(gamma / 2), Math.exp(next / 2)];
    const slope = exactNoise(x * alpha(gamma), gamma);
    const predicted = x + (sigmaNext - sigmaNow) * slope;
    const slopeThere = exactNoise(predicted * alpha(next), next);
    x += (sigmaNext - sigmaNow) * (slope / 2 + slopeThere / 2);
  }
  const [reached] = denoise(heun(3), tf.tensor2d([[0.7]]), gaussianOracle(single, logLinear), rng).dataSync();
  // Three steps in float32 with values up to 5.
  t.true(Math.abs(reached! - x * alpha(-6)) < 5e-6);
});

test('DPM-Solver++(2M) agrees with algorithm 2 of Lu et al. 2022, but for its last step', (t) => {
  const times = [1, 0.7, 0.45, 0.1, 0];
  const steps = times.map((time) => {
    const gamma = logLinear(time);
    return { gamma, alpha: alpha(gamma), sigma: sigma(gamma), lambda: Math.log(alpha(gamma) / sigma(gamma)) };
  });
  const data = (z: number, at: (typeof steps)[0]) => (z - at.sigma * exactNoise(z, at.gamma)) / at.alpha;
  let z = 0.7;
  const predicted: number[] = [];
  for (let i = 1; i < steps.length; i++) {
    const [from, to] = [steps[i - 1]!, steps[i]!];
    predicted.push(data(z, from));
    const h = to.lambda - from.lambda;
    const isSecondOrder = i > 1 && i < steps.length - 1;
    const r = isSecondOrder ? (from.lambda - steps[i - 2]!.lambda) / h : Number.POSITIVE_INFINITY;
    const D = (1 + 1 / (2 * r)) * predicted[i - 1]! - (1 / (2 * r)) * (predicted[i - 2] ?? 0);
    z = (to.sigma / from.sigma) * z - to.alpha * Math.expm1(-h) * D;
  }
  // A gamma whose even times are these.
  const gamma = (share: number): number => {
    const place = (1 - share) * 4;
    const i = Math.min(3, Math.floor(place));
    return logLinear(times[i]! + (place - i) * (times[i + 1]! - times[i]!));
  };
  const sampler = dpmSolver2M(4, 'time');
  const [reached] = denoise(sampler, tf.tensor2d([[0.7]]), gaussianOracle(single, gamma), rng).dataSync();
  t.true(Math.abs(reached! - z) < 5e-6, `${reached} ${z}`);
});

for (const [name, schedule] of Object.entries({ ...schedules, 'sigma / alpha linear': () => ratioLinear })) {
  test(`steps run from time 1 to time 0 on every spacing: schedule ${name}`, (t) => {
    for (const spacing of STEP_SPACINGS) {
      for (const steps of [1, 2, 5, 50]) {
        const times = stepTimes(spacing, steps, { gamma: schedule() });
        t.is(times.length, steps + 1);
        t.is(times[0], 1);
        t.is(times.at(-1), 0);
        t.true(times.every((time, i) => i === 0 || time < times[i - 1]!));
      }
    }
  });

  test(`steps are even in what their spacing says: schedule ${name}`, (t) => {
    const gamma = schedule();
    const even = (spacing: StepSpacing, of: (t: number) => number): void => {
      const places = stepTimes(spacing, 10, { gamma }).map(of);
      const [first, last] = [places[0]!, places[10]!];
      for (const [i, place] of places.entries()) {
        // Schedules compute in float32: gamma is known to 1e-6.
        t.true(Math.abs(place - (first + (i / 10) * (last - first))) < 5e-6, `${spacing} ${i}`);
      }
    };
    even('time', (time) => time);
    even('gamma', gamma);
    even('karras', (time) => Math.exp(gamma(time) / 2) ** (1 / 7));
  });
}

test('the time of a gamma is found where there is one, and is the nearer end elsewhere', (t) => {
  const cosine = gammaOf(new CosineSchedule(-13.3, 5));
  // Near its lower end this schedule rises by 1e-6 within 1e-9.
  for (const value of [-13.2, -10, 0, 4.9]) t.true(Math.abs(cosine(timeAt(cosine, value)) - value) < 1e-5);
  t.is(timeAt(logLinear, -7), 0);
  t.is(timeAt(logLinear, 5), 1);
  t.is(
    timeAt(() => 3, 3),
    0,
  );
});

for (const [name, schedule] of Object.entries(schedules)) {
  test(`the error of the adaptive method obeys its tolerance: schedule ${name}`, (t) => {
    for (const absoluteTolerance of [1e-2, 1e-3, 1e-4, 1e-5]) {
      const sampler = rungeKutta({ absoluteTolerance, relativeTolerance: 0, maxSteps: 100 });
      const { error, evaluations } = sampleError(sampler, schedule());
      // The flow of this oracle brings latents closer together in z / alpha, so that errors of steps at most add up.
      const steps = (evaluations - 1) / 6;
      t.true(error < steps * absoluteTolerance, `${absoluteTolerance}: ${error} after ${steps} steps`);
    }
  });
}

test('the adaptive method takes as many steps as its tolerance asks for, to the fifth root', (t) => {
  const evaluations = [1e-4, 1e-6].map((absoluteTolerance) => {
    const sampler = rungeKutta({ absoluteTolerance, relativeTolerance: 0, maxSteps: 100 });
    return sampleError(sampler, logLinear).evaluations;
  });
  // 100^(1/5) = 2.5; steps are counted in wholes and some are tried in vain.
  const ratio = evaluations[1]! / evaluations[0]!;
  t.true(ratio > 1.8 && ratio < 3.2, `${evaluations}`);
});

test('the adaptive method needs no more steps for the same noise levels told in another time', (t) => {
  const sampler = rungeKutta({ absoluteTolerance: 1e-4, relativeTolerance: 0, maxSteps: 100 });
  const evaluations = Object.values(schedules).map((schedule) => sampleError(sampler, schedule()).evaluations);
  // The same step more or less, where an error is close to its tolerance.
  t.true(Math.max(...evaluations) - Math.min(...evaluations) <= 6, `${evaluations}`);
});

test('the adaptive method is exact in one step where nothing changes on the way', (t) => {
  const diffusion = countEvaluations({ gamma: logLinear, predictNoise: (latent) => tf.zerosLike(latent) });
  const reached = denoise(rungeKutta(adaptive), tf.ones([2, 3]), diffusion, rng).dataSync();
  for (const value of reached) t.true(Math.abs(value - alpha(-6) / alpha(4)) < 1e-5);
  // A first step of a twentieth of the way, another of ten times that, the rest.
  t.is(diffusion.evaluations, 1 + 3 * 6);
});

test('the adaptive method gives up with a sentence after the largest number of steps', (t) => {
  const failing: readonly [number, Diffusion][] = [
    [3, gaussianOracle(data, logLinear)],
    [50, { gamma: logLinear, predictNoise: (latent) => tf.fill<tf.Rank.R2>(latent.shape, Number.NaN) }],
  ];
  for (const [maxSteps, diffusion] of failing) {
    const before = tf.memory().numTensors;
    const noise = tf.ones<tf.Rank.R2>([2, 3]);
    const error = t.throws(() =>
      tf.tidy(() => denoise(rungeKutta({ ...adaptive, absoluteTolerance: 1e-6, maxSteps }), noise, diffusion, rng)),
    );
    t.true(isUserError(error));
    t.regex(error!.message, new RegExp(`^invalid maxSteps: .* after ${maxSteps} steps; raise maxSteps`));
    noise.dispose();
    t.is(tf.memory().numTensors, before);
  }
});

const adaptive = { absoluteTolerance: 1e-4, relativeTolerance: 1e-4, maxSteps: 1000 };

test('every sampler of the catalogue runs with the options it has by default', (t) => {
  const catalogue = new Catalogue([parts]);
  const { sampler: schema } = catalogue.roleSchemas();
  const kinds = catalogue.components('sampler').map(({ kind }) => kind);
  t.true(kinds.length >= 7);
  for (const kind of kinds) {
    const choice = schema!.parse({ kind }) as { kind: string };
    const sampler = catalogue.assemble(Sampler, { sampler: choice }, rng);
    const { error } = sampleError(sampler, logLinear);
    // Samplers of first order are 3 % off after 50 steps; a random one goes elsewhere.
    if (kind !== 'ancestral') t.true(error < 0.05, `${kind}: ${error}`);
    t.true(Number.isFinite(error));
  }
});

test('draws of Gaussian data spread in proportion to the temperature, and keep their mean', (t) => {
  const catalogue = new Catalogue([parts]);
  const { sampler: schema } = catalogue.roleSchemas();
  const schedule = new CosineSchedule(-6, 4);
  const predictNoise: Denoiser['predictNoise'] = (latent, { gamma }) =>
    gaussianOracle(data, () => gamma.dataSync()[0]!).predictNoise(latent, 0);
  const denoiser = { predictNoise } as Denoiser;
  const encoded = { summary: tf.zeros<tf.Rank.R2>([1, 1]) };
  for (const { kind } of catalogue.components('sampler')) {
    const spread = (temperature: number) => {
      const steps = kind === 'runge-kutta' ? { absoluteTolerance: 1e-5, relativeTolerance: 1e-5 } : { steps: 20 };
      const choice = schema!.parse({ kind, ...steps, temperature }) as { kind: string };
      const sampler = catalogue.assemble(Sampler, { sampler: choice }, rng);
      const drawn = sampleLatent({ schedule, denoiser, sampler }, { encoded, width: 3, draws: 200 }, new Rng(3));
      const { mean, variance } = tf.moments(drawn, 0);
      return { mean: mean.dataSync(), deviation: tf.sqrt(variance).dataSync() };
    };
    const [whole, half] = [spread(1), spread(0.5)];
    for (const [i, deviation] of half.deviation.entries()) {
      t.true(Math.abs(deviation / whole.deviation[i]! - 0.5) < 2e-3, `${kind}: ${deviation}, ${whole.deviation[i]}`);
      t.true(Math.abs(half.mean[i]! - data.mean[i]!) < 0.3, `${kind}: ${half.mean[i]}`);
    }
  }
});

test('ancestral sampling of a single point is exact in distribution after any number of steps', (t) => {
  const events = 20_000;
  const oracle = gaussianOracle({ mean: [2], standardDeviation: [0] }, (time) => -2 + 4 * time);
  const start = tf.add(alpha(2) * 2, tf.mul(sigma(2), rng.fork('start').normalTensor(events, 1))) as tf.Tensor2D;
  for (const steps of [1, 3]) {
    const { mean, variance } = tf.moments(denoise(ancestral(steps), start, oracle, rng.fork('steps')));
    // Five standard errors.
    t.true(Math.abs(mean.dataSync()[0]! - alpha(-2) * 2) < (5 * sigma(-2)) / Math.sqrt(events));
    t.true(Math.abs(variance.dataSync()[0]! / sigma(-2) ** 2 - 1) < 5 * Math.sqrt(2 / events));
  }
});

test('ancestral sampling reproduces the mean and covariance of Gaussian data', (t) => {
  const events = 4000;
  const gamma = (time: number): number => -10 + 15 * time;
  const oracle = gaussianOracle(data, gamma);
  const out = denoise(ancestral(200), rng.normalTensor(events, 3), oracle, rng.fork('gaussian'));
  const { mean } = tf.moments(out, 0);
  const centred = tf.sub(out, mean);
  const covariance = tf
    .div(tf.matMul(centred as tf.Tensor2D, centred as tf.Tensor2D, true), events)
    .arraySync() as number[][];
  for (let i = 0; i < 3; i++) {
    const s = data.standardDeviation[i]!;
    t.true(Math.abs(mean.dataSync()[i]! - data.mean[i]!) < (5 * s) / Math.sqrt(events));
    // Five standard errors of a variance, 0.11, more than the 0.05 by which 200 steps of first order fall short.
    t.true(Math.abs(covariance[i]![i]! / s ** 2 - 1) < 5 * Math.sqrt(2 / events));
    for (let j = 0; j < i; j++) {
      t.true(Math.abs(covariance[i]![j]!) < (5 * s * data.standardDeviation[j]!) / Math.sqrt(events));
    }
  }
});

const everyKind: typeof samplers = { ...samplers, 'runge-kutta': () => rungeKutta(adaptive) };

for (const [kind, make] of Object.entries(everyKind)) {
  test(`${kind} has a finite draw, even in one step`, (t) => {
    for (const steps of [1, 2, 5]) {
      const out = denoise(make(steps), tf.ones([2, 3]), gaussianOracle(data, logLinear), rng);
      t.true(out.dataSync().every(Number.isFinite));
    }
  });

  test(`${kind} gives the same draw for the same seed`, (t) => {
    const draw = (seed: number) =>
      denoise(make(6), tf.ones([2, 3]), gaussianOracle(data, logLinear), new Rng(seed)).dataSync();
    t.deepEqual(draw(1), draw(1));
    if (kind === 'ancestral') t.notDeepEqual(draw(1), draw(2));
    else t.deepEqual(draw(1), draw(2));
  });

  test(`${kind} leaves one tensor behind, its result, and the noise it was given`, (t) => {
    const noise = tf.ones<tf.Rank.R2>([2, 3]);
    const before = tf.memory().numTensors;
    const out = denoise(make(7), noise, gaussianOracle(data, logLinear), rng);
    t.is(tf.memory().numTensors, before + 1);
    t.deepEqual(out.shape, [2, 3]);
    t.deepEqual([...noise.dataSync()], Array(6).fill(1));
  });
}

const cost: readonly [string, (steps: number) => Sampler, number][] = [
  ['euler', euler, 10],
  ['ddim', ddim, 10],
  ['heun', heun, 20],
  ['dpm-solver-2m', dpmSolver2M, 10],
  ['ancestral', ancestral, 10],
  ['pndm that starts with Runge-Kutta', samplers['pndm runge-kutta']!, 19],
  ['pndm with a linear start', samplers['pndm linear']!, 11],
];

for (const [kind, make, evaluations] of cost) {
  test(`ten steps of ${kind} cost ${evaluations} evaluations of the denoiser`, (t) => {
    t.is(sampleError(make(10), logLinear).evaluations, evaluations);
  });
}

interface Array2D {
  readonly shape: readonly [number, number];
  readonly data: readonly number[];
}

interface GoldenRun {
  readonly name: string;
  readonly num_train_timesteps: number;
  readonly num_inference_steps: number;
  readonly skip_prk_steps: boolean;
  readonly alphas_cumprod: string | Array2D;
  readonly timesteps: readonly number[];
  readonly data_mean: Array2D;
  readonly data_sd: Array2D;
  readonly z1: Array2D;
  readonly steps: readonly { readonly t: number; readonly eps: Array2D; readonly z: Array2D }[];
  readonly z0: Array2D;
}

/** alpha^2 at each of the reference's integer timesteps; for its linear betas, computed as it computes them. */
function alphasSquared({ alphas_cumprod: given, num_train_timesteps: count }: GoldenRun): number[] {
  if (typeof given !== 'string') return given.data.map(Math.fround);
  let product = 1;
  return Array.from({ length: count }, (_, i) => {
    product *= Math.fround(1 - Math.fround(1e-4 + ((0.02 - 1e-4) * i) / (count - 1)));
    return Math.fround(product);
  });
}

/** The reference's timesteps T, ..., 0 are our times 1, ..., 0. Its last step, past timestep 0, moves nothing. */
for (const run of fixture<{ runs: readonly GoldenRun[] }>('golden/pndm.json').runs) {
  test(`PNDM agrees with the reference at every evaluation: ${run.name}`, (t) => {
    const first = run.timesteps[0]!;
    const last = run.steps.length - 1;
    const squared = alphasSquared(run);
    const gamma = (time: number): number => {
      const value = squared[Math.round(time * first)]!;
      return Math.log((1 - value) / value);
    };
    const oracle = gaussianOracle({ mean: run.data_mean.data, standardDeviation: run.data_sd.data }, gamma);
    // Values of order 1 in float32, rounded once or twice a step.
    const agrees = (actual: tf.Tensor, expected: Array2D): void => {
      const difference = actual.dataSync().map((value, i) => Math.abs(value - expected.data[i]!));
      t.true(Math.max(...difference) < 5e-6, `${Math.max(...difference)}`);
    };
    let evaluation = 0;
    const watched: Diffusion = {
      gamma,
      predictNoise: (latent, time) => {
        const noise = oracle.predictNoise(latent, time);
        t.is(Math.round(time * first), run.timesteps[evaluation]!);
        agrees(latent, evaluation === 0 ? run.z1 : run.steps[evaluation - 1]!.z);
        agrees(noise, run.steps[evaluation]!.eps);
        evaluation++;
        return noise;
      },
    };
    const sampler = pndm(
      (first * run.num_inference_steps) / run.num_train_timesteps,
      run.skip_prk_steps ? 'linear' : 'runge-kutta',
    );
    agrees(denoise(sampler, tf.tensor2d([...run.z1.data], [...run.z1.shape]), watched, rng), run.z0);
    t.is(evaluation, last);
  });
}
