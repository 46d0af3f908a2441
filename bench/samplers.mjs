// The samplers beside each other on a trained run: evaluations of the denoiser, the Wasserstein total of the draws, how
// far draws are from the exact solution from the same noise, and the time. PNDM with 50 steps comes first.
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { partonWidth, sequentialBatches, toObservation, unscalePartons } from '@unfold-zoo/core/events';
import { evaluateDistances, partonColumns, wassersteinMetric } from '@unfold-zoo/metrics';
import { openRun } from '@unfold-zoo/runs';

export const options = {
  run: { type: 'string', description: 'directory of a trained run' },
  events: { type: 'string', default: '4096', description: 'test events, one draw each' },
  batch: { type: 'string', default: '1024', description: 'events drawn at once' },
  sampler: { type: 'string', multiple: true, default: [], description: 'kinds of samplers; all of them by default' },
  set: { type: 'string', multiple: true, default: [], description: 'changes to the config of the run' },
};

const EXACT = '{kind: runge-kutta, absoluteTolerance: 1.0e-5, relativeTolerance: 1.0e-5}';

const SAMPLERS = [
  ['pndm 50, the reference', '{kind: pndm, steps: 50}'],
  ...[10, 20, 50].map((steps) => [`pndm ${steps}, linear start`, `{kind: pndm, steps: ${steps}, start: linear}`]),
  ...[10, 20].map((steps) => [
    `pndm ${steps}, linear start, karras`,
    `{kind: pndm, steps: ${steps}, start: linear, spacing: karras}`,
  ]),
  ...[3, 4, 8].map((steps) => [`ddim ${steps}, gamma`, `{kind: ddim, steps: ${steps}, spacing: gamma}`]),
  ...[10, 20, 50, 250].map((steps) => [`ddim ${steps}`, `{kind: ddim, steps: ${steps}}`]),
  ...[10, 20, 50].map((steps) => [`euler ${steps}`, `{kind: euler, steps: ${steps}}`]),
  ...[5, 10, 25].map((steps) => [`heun ${steps}`, `{kind: heun, steps: ${steps}}`]),
  ...[4, 6, 10, 15, 20, 50].map((steps) => [`dpm-solver-2m ${steps}`, `{kind: dpm-solver-2m, steps: ${steps}}`]),
  ...[10, 20].map((steps) => [
    `dpm-solver-2m ${steps}, karras`,
    `{kind: dpm-solver-2m, steps: ${steps}, spacing: karras}`,
  ]),
  ...[1e-2, 1e-3, 1e-4].map((tolerance) => [
    `runge-kutta, tolerances ${tolerance}`,
    `{kind: runge-kutta, absoluteTolerance: ${tolerance}, relativeTolerance: ${tolerance}}`,
  ]),
  ...[50, 250].map((steps) => [`ancestral ${steps}`, `{kind: ancestral, steps: ${steps}}`]),
];

export async function run({ run: path, events, batch, sampler: kinds, set }) {
  const host = { events: Number(events), batch: Number(batch) };
  const exact = await draw(path, EXACT, { ...host, set });
  const rows = {};
  const chosen = SAMPLERS.filter(([label]) => kinds.length === 0 || kinds.includes(label.split(' ')[0]));
  if (chosen.length === 0) throw new Error(`unknown --sampler ${kinds.join(', ')}`);
  for (const [label, sampler] of chosen) {
    const drawn = await draw(path, sampler, { ...host, set });
    const { value, error } = distance(drawn);
    rows[label] = {
      evaluations: drawn.evaluations,
      wasserstein: Number(value.toFixed(1)),
      error: Number(error.toFixed(1)),
      fromExact: Number(rootMeanSquare(drawn.standardised, exact.standardised).toPrecision(2)),
      seconds: Number(drawn.seconds.toFixed(1)),
    };
    process.stderr.write(`${label}: ${JSON.stringify(rows[label])}\n`);
  }
  return rows;
}

/** One draw for each of the first test events, with the noise that every sampler gets. */
async function draw(folder, sampler, { events, batch, set }) {
  const run = await openRun(folder, { set: [...set, `sampler=${sampler}`], log: console });
  const source = await run.source();
  const model = await run.model();
  const { scaling } = run;
  const counted = countEvaluations(model);
  const width = partonWidth(source.spec);
  const count = Math.min(events, source.count('test'));
  const [standardised, truth] = [new Float32Array(count * width), new Float32Array(count * width)];
  const started = performance.now();
  let done = 0;
  for await (const host of sequentialBatches(source, 'test', { batchSize: batch, limit: count })) {
    const observed = toObservation(host, source.spec, scaling);
    const drawn = tf.tidy(() => model.posterior(observed).draw(new Rng(1).fork(`events ${done}`)));
    standardised.set(await drawn.data(), done * width);
    truth.set(host.partons, done * width);
    tf.dispose([drawn, observed]);
    done += host.size;
  }
  const seconds = (performance.now() - started) / 1000;
  const evaluations = Math.round(counted() / Math.ceil(count / batch));
  const predicted = unscalePartons(scaling, standardised);
  const { spec } = source;
  await run.close();
  return { spec, standardised, truth, predicted, evaluations, seconds };
}

/** Counts how often the denoiser is asked from here on. */
function countEvaluations({ diffusion }) {
  const { denoiser } = diffusion;
  let evaluations = 0;
  const counted =
    (ask) =>
    (...inputs) => {
      evaluations++;
      return ask(...inputs);
    };
  const [predictNoise, forEvents] = [denoiser.predictNoise.bind(denoiser), denoiser.forEvents?.bind(denoiser)];
  denoiser.predictNoise = counted(predictNoise);
  if (forEvents) denoiser.forEvents = (encoded) => counted(forEvents(encoded));
  return () => evaluations;
}

/** The Wasserstein total of Table 1 and its bootstrap error. */
function distance({ spec, truth, predicted }) {
  const report = evaluateDistances({
    spec,
    truth: partonColumns(spec, truth),
    predicted: partonColumns(spec, predicted),
    metrics: [wassersteinMetric()],
    bootstrap: { replicas: 20 },
    rng: new Rng(2),
  });
  return report.distances.totals[0];
}

function rootMeanSquare(a, b) {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
}
