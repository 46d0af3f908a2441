import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { GenerativeModel } from '@unfold-zoo/core';
import type { Ensemble } from '@unfold-zoo/core/ensemble';
import { partonWidth, toObservation } from '@unfold-zoo/core/events';
import type { Vld } from '@unfold-zoo/models-vld';
import { type ExportedModel, type Graph, partGraph, posteriorGraph, recordGraph } from '@unfold-zoo/onnx';
import { openSession, readRunConfig } from '@unfold-zoo/runs';
import test, { type ExecutionContext } from 'ava';
import { newFolder, refuses, succeeds, unfold } from '../cli/unfold.js';
import { blocks } from '../docs/markdown.js';
import { SMALL_MODELS } from '../fixtures/small-models.js';
import { trainedRun } from '../runs/tiny-run.js';
import {
  hostMomenta,
  observedNumbers,
  perturb,
  RememberingRng,
  relativeDifference,
  runGraph,
  runOnnx,
} from './runtime.js';

const EVENTS = 3;

/** A small model of a preset with other settings, and what it is exported with. */
async function smallModel(preset: string, settings: Record<string, object> = {}) {
  const base = SMALL_MODELS[preset] as Record<string, object>;
  const merged = Object.entries(settings).map(([key, value]) => [
    key,
    'kind' in value ? value : { ...base[key], ...value },
  ]);
  const session = await openSession(await readRunConfig({ ...base, ...Object.fromEntries(merged) }));
  const scaling = await session.scaling();
  const make = (): GenerativeModel => {
    const model = session.model(scaling);
    perturb(model);
    return model;
  };
  const { spec } = session.source;
  const events = await session.source.read('test', 0, EVENTS);
  return { exported: { make, spec, scaling } satisfies ExportedModel, events };
}

/** What the host draws with some random numbers, beside what ONNX Runtime does. */
async function compare(t: ExecutionContext, preset: string, settings: Record<string, object> = {}) {
  const { exported, events } = await smallModel(preset, settings);
  const rng = new RememberingRng(5);
  const wanted = tf.tidy(() => {
    const model = exported.make();
    const observed = toObservation(events, exported.spec, exported.scaling);
    return hostMomenta(model.posterior(observed).draw(rng), exported.scaling, events);
  });
  const recorded = await posteriorGraph(exported);
  const random = { noise: rng.noise(EVENTS), uniform: rng.uniforms(EVENTS) };
  const { momenta } = await runGraph(recorded, { ...observedNumbers(events), ...random });
  t.true(relativeDifference(momenta!, wanted, 5) < 1e-4, `${relativeDifference(momenta!, wanted, 5)}`);
  return recorded;
}

const CASES: Readonly<Record<string, readonly [preset: string, settings?: Record<string, object>]>> = {
  'VLD, sampler pndm': ['paper', { sampler: { kind: 'pndm', steps: 8 } }],
  'UC-VLD in the frame of the detector, sampler ddim': [
    'uc-vld',
    { sampler: { kind: 'ddim', steps: 5 }, representation: { kind: 'paper', frame: 'detector' } },
  ],
  'C-VLD with energies that follow from masses, sampler heun': [
    'c-vld',
    { sampler: { kind: 'heun', steps: 4 }, representation: { kind: 'mass-shell' } },
  ],
  'LDM that takes the last noise off, sampler ancestral': [
    'ldm',
    { sampler: { kind: 'ancestral', steps: 5 }, model: { finalLatent: 'denoised' } },
  ],
  'VDM with the denoiser transformer and its pointers, sampler dpm-solver-2m': [
    'vdm',
    {
      sampler: { kind: 'dpm-solver-2m', steps: 6 },
      denoiser: { kind: 'transformer', heads: 2, layers: 1, embedding: 4, predicts: 'deviation', pointers: 2 },
      schedule: { kind: 'cosine' },
    },
  ],
  'VDM behind an assignment, on the mass shell': [
    'vdm',
    {
      assignment: { kind: 'autoregressive', width: 8, heads: 2, layers: 1, blocks: 1 },
      sampler: { kind: 'ddim', steps: 4 },
      representation: { kind: 'paper', frame: 'detector', massShell: 'restored' },
    },
  ],
  // Rounding moves the steps that are chosen, and with them a draw by some of the tolerance: a tight one for this.
  'VLD with a learned schedule, sampler runge-kutta': [
    'paper',
    {
      sampler: { kind: 'runge-kutta', absoluteTolerance: 1e-4, relativeTolerance: 0 },
      schedule: { min: -4, max: 1 },
    },
  ],
  'CVAE with normal scores and asinh': ['cvae', { scaling: { normalScores: ['mass', 'logE'], asinh: ['px', 'pz'] } }],
  'CINN with rotations': ['cinn', { model: { permutation: 'soft' } }],
  'VLD of deep sets, residual blocks that learn deviations, and a decay chain with masses, sampler euler': [
    'paper',
    {
      conditionEncoder: { kind: 'deep-sets', width: 8, objectBlocks: 1, eventBlocks: 1 },
      denoiser: { kind: 'residual-mlp', blocks: 1, embedding: 4, predicts: 'deviation' },
      sampler: { kind: 'euler', steps: 4 },
      schedule: { kind: 'linear' },
      representation: { kind: 'decay-chain', coordinates: 'masses', frame: 'detector' },
      model: { consistency: { weight: 0 } },
    },
  ],
};

for (const [name, [preset, settings]] of Object.entries(CASES)) {
  test.serial(`a graph draws what the run draws with the same random numbers: ${name}`, async (t) => {
    await compare(t, preset, settings);
  });
}

test.serial('a graph of an ensemble draws a row from the member that it is told', async (t) => {
  const sampler = { kind: 'ddim', steps: 4 };
  const { exported, events } = await smallModel('vdm', { ensemble: { seeds: [0, 1, 2], drawFrom: [0, 2] }, sampler });
  const rng = new RememberingRng(5);
  const drawn: Float32Array[] = [];
  tf.tidy(() => {
    const { members } = exported.make() as Ensemble;
    const observed = toObservation(events, exported.spec, exported.scaling);
    for (const [seed, stream] of [
      [0, rng],
      [2, new RememberingRng(5)],
    ] as const)
      drawn.push(hostMomenta(members[seed]!.posterior(observed).draw(stream), exported.scaling, events));
  });
  const recorded = await posteriorGraph(exported);
  const given = { ...observedNumbers(events), noise: rng.noise(EVENTS) };
  const ofMembers = async (...member: number[]) =>
    (await runGraph(recorded, { ...given, member: { values: Float32Array.from(member), shape: [EVENTS] } }))[
      'momenta'
    ]!;
  const row = (momenta: Float32Array, i: number) =>
    momenta.slice((i * momenta.length) / 3, ((i + 1) * momenta.length) / 3);
  for (const member of [
    [1, 0, 1],
    [0, 0, 0],
  ] as const) {
    const got = await ofMembers(...member);
    for (const [i, each] of member.entries())
      t.true(relativeDifference(row(got, i), row(drawn[each]!, i), 5) < 1e-4, `${member} row ${i}`);
  }
  t.true(relativeDifference(drawn[0]!, drawn[1]!, 5) > 0.01);
  t.deepEqual([...(await ofMembers(0, 2, 1))].map(Number.isNaN).filter(Boolean).length, drawn[0]!.length / EVENTS);
  t.is(await partGraph('encoder', exported), undefined);
});

test.serial('an adaptive sampler that does not come to its end in a graph gives no numbers', async (t) => {
  const sampler = { kind: 'runge-kutta', maxSteps: 2 };
  const { exported, events } = await smallModel('vdm', { sampler });
  const recorded = await posteriorGraph(exported);
  const rng = new RememberingRng(5);
  rng.normalTensor(EVENTS, partonWidth(exported.spec));
  const { momenta } = await runGraph(recorded, { ...observedNumbers(events), noise: rng.noise(EVENTS) });
  t.true(momenta!.every(Number.isNaN));
});

test.serial('no loop looks outside at a value and at what is made of it', async (t) => {
  const denoiser = { kind: 'transformer', heads: 2, layers: 1, embedding: 4, predicts: 'deviation', pointers: 2 };
  const { exported } = await smallModel('vdm', { denoiser, sampler: { kind: 'ddim', steps: 4 } });
  const { graph } = await posteriorGraph(exported);
  const made = new Map(graph.nodes.flatMap(({ inputs, outputs }) => outputs.map(({ name }) => [name, inputs[0]!])));
  const { body } = graph.nodes.find(({ operation }) => operation === 'Loop')!.attributes;
  const used = new Set((body as Graph).nodes.flatMap(({ inputs }) => inputs));
  const outside = [...used].filter((name) => made.has(name));
  t.true(outside.length > 0);
  t.deepEqual(
    outside.filter((name) => made.has(made.get(name)!) && used.has(made.get(name)!)),
    [],
  );
});

test.serial('a sampler with more steps gives no larger graph', async (t) => {
  const sizes = [];
  for (const steps of [4, 9]) {
    const { exported } = await smallModel('vdm', { sampler: { kind: 'ddim', steps } });
    const { graph } = await posteriorGraph(exported);
    t.is(graph.nodes.filter(({ operation }) => operation === 'Loop').length, 1);
    sizes.push(graph.nodes.length);
  }
  t.is(sizes[0], sizes[1]);
});

test.serial('the networks of a model are graphs of their own', async (t) => {
  const { exported, events } = await smallModel('c-vld', { sampler: { kind: 'ddim', steps: 3 } });
  const model = exported.make() as Vld;
  const observed = toObservation(events, exported.spec, exported.scaling);
  const numbers = (tensor: tf.Tensor) => ({ values: tensor.dataSync() as Float32Array, shape: tensor.shape });
  const condition = model.conditionEncoder.encode(observed);
  const latent = new RememberingRng(1).normalTensor(EVENTS, model.codec.latentWidth);
  const partons = model.codec.decode(latent, condition);
  const level = { t: tf.tensor1d([0.1, 0.5, 0.9]), gamma: tf.tensor1d([-5, 0, 4]) };
  const wanted = {
    encoder: { condition },
    'codec-encoder': { latent_mean: model.codec.encode(partons, condition).mean! },
    'codec-decoder': { partons },
    denoiser: { noise: model.denoiser.predictNoise(latent, level, condition) },
  };
  const inputs = { ...observedNumbers(events), ...mapped({ condition, latent, partons, ...level }, numbers) };
  for (const [part, outputs] of Object.entries(wanted)) {
    const got = await runGraph((await partGraph(part as keyof typeof wanted, exported))!, inputs);
    t.deepEqual(Object.keys(got), Object.keys(outputs), part);
    for (const [name, tensor] of Object.entries(outputs)) {
      const { values } = numbers(tensor);
      t.true(relativeDifference(got[name]!, values, values.length / EVENTS) < 1e-4, `${part} ${name}`);
    }
  }
});

function mapped<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** Functions of rows that together use every tfjs kernel which graphs are recorded of. */
const OPERATIONS: Readonly<Record<string, (x: tf.Tensor2D) => tf.Tensor>> = {
  rounding: (x) => tf.addN([tf.floor(x), tf.ceil(x), tf.round(x), tf.sign(x), tf.abs(x)]),
  circular: (x) => tf.addN([tf.sin(x), tf.cos(x), tf.atan(x), tf.tanh(x), tf.sigmoid(x), tf.erf(x)]),
  growing: (x) => tf.addN([tf.exp(x), tf.softplus(x), tf.elu(x), tf.relu(x), tf.leakyRelu(x, 0.3), tf.neg(x)]),
  roots: (x) => tf.addN([tf.sqrt(tf.square(x)), tf.rsqrt(tf.exp(x)), tf.reciprocal(tf.exp(x)), tf.log(tf.exp(x))]),
  binary: (x) => tf.addN([tf.sub(x, 2), tf.div(x, 3), tf.pow(tf.exp(x), 1.5), tf.squaredDifference(x, 0.3)]),
  extremes: (x) => tf.addN([tf.maximum(x, 0.2), tf.minimum(x, [[0.1, -1, 2, 0.5]]), tf.clipByValue(x, -0.5, 0.5)]),
  comparisons: (x) =>
    tf.addN(
      [
        tf.equal(tf.floor(x), 0),
        tf.notEqual(tf.floor(x), 0),
        tf.less(x, 0.2),
        tf.lessEqual(x, 0.3),
        tf.greater(x, 0.1),
        tf.logicalAnd(tf.greaterEqual(x, 0), tf.logicalNot(tf.logicalOr(tf.less(x, 0.1), tf.greater(x, 1)))),
      ].map((each, i) => tf.mul(2 ** i, tf.cast(each, 'float32'))),
    ),
  choices: (x) => tf.where(tf.greater(x, 0), tf.mul(x, 2), tf.zerosLike(x)),
  reductions: (x) =>
    tf.concat(
      [tf.sum(x, 1, true), tf.mean(x, 1, true), tf.max(x, 1, true), tf.min(x, -1, true), tf.prod(x, 1, true)],
      1,
    ),
  softmaxes: (x) => tf.add(tf.softmax(x), tf.logSoftmax(x)),
  sums: (x) => tf.add(tf.cumsum(x, 1), tf.cumsum(x, 1, true, true)),
  products: (x) => tf.matMul(tf.matMul(x, tf.ones([3, 4]), false, true), tf.eye(3), false, false),
  parts: (x) => tf.stack([...tf.unstack(x, 1), ...tf.split(x, [1, 3], 1).map((part) => tf.sum(part, 1))], 1),
  shapes: (x) => tf.transpose(tf.reshape(tf.tile(tf.expandDims(x, 1), [1, 2, 1]), [-1, 2, 2, 2]), [0, 2, 1, 3]),
  slices: (x) => tf.add(tf.slice(x, [0, 1], [-1, 2]), tf.slice(x, [0, 0], [-1, 2])),
  gathers: (x) => tf.gather(x, tf.tensor1d([3, 0, 0], 'int32'), 1),
  lookUps: (x) => tf.gather(tf.tensor1d([5, 6, 7]), tf.cast(tf.clipByValue(tf.floor(tf.abs(x)), 0, 2), 'int32')),
  constants: (x) => tf.concat([tf.ones([x.shape[0], 1]), x, tf.fill([x.shape[0], 2], 3)], 1),
  broadcasts: (x) => tf.mul(tf.broadcastTo(tf.expandDims(x, 1), [x.shape[0], 2, 4]), [[[1], [2]]]),
};

test.serial('every tfjs kernel that is recorded computes in ONNX what it does in tfjs', async (t) => {
  const values = Float32Array.of(0.3, -1.2, 2.4, 0.7, -0.4, 1.6, 0.1, -2.2, 1.1, 0.2, 0.9, -0.6);
  const recorded = await recordGraph('operations', ({ input }) => {
    const x = input('x', [4]) as tf.Tensor2D;
    return mapped(OPERATIONS, (operation) => operation(x));
  });
  const got = await runGraph(recorded, { x: { values, shape: [3, 4] } });
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const wanted = tf.tidy(() => operation(tf.tensor2d(values, [3, 4])).dataSync() as Float32Array);
    t.true(relativeDifference(got[name]!, wanted, wanted.length) < 1e-6, name);
  }
});

test.serial('what no graph can do is refused in words', async (t) => {
  const unknown = recordGraph('unknown', ({ input }) => ({ y: tf.selu(input('x', [2])) }));
  await t.throwsAsync(unknown, { message: /kernel "Selu".* defineKernelRule/ });
  const mixing = recordGraph('mixing', ({ input }) => ({ y: tf.mean(input('x', [2]), 0) }));
  await t.throwsAsync(mixing, { message: /all events of a batch together/ });
});

test.serial('the command writes files that draw, and replaces none unless told', async (t) => {
  const folder = newFolder();
  try {
    const run = await trainedRun(folder);
    await run.close();
    const { stdout } = await succeeds(t, folder, 'export', 'trained', '--set', 'sampler.steps=4');
    const names = ['posterior', 'encoder', 'codec-encoder', 'codec-decoder', 'denoiser'];
    const files = names.map((name) => join(folder, 'trained', 'onnx', `${name}.onnx`));
    t.deepEqual(stdout.trim().split('\n'), files);
    const source = await run.source();
    const events = await source.read('test', 0, 2);
    const noise = { values: new Float32Array(2 * 64), shape: [2, 64] };
    const { condition } = await runOnnx(readFileSync(files[1]!), { ...observedNumbers(events), noise });
    t.true(condition!.every(Number.isFinite));
    runDocumentedPython(t, files[0]!);
    await run.close();
    await refuses(t, folder, ['export', 'trained'], /^existing .*posterior\.onnx: .*--force/);
    await succeeds(t, folder, 'export', 'trained', '--force');
    await refuses(t, folder, ['export', 'trained', '--format', 'pickle'], /format/);
    await refuses(t, folder, ['export', 'trained', '--checkpoint', 'step-77', '-o', 'elsewhere'], /step-77/);
    t.false(existsSync(join(folder, 'elsewhere')));
    t.is((await unfold(folder, 'inspect', 'trained')).code, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Runs what docs/export.md has for Python with a file, where Python has ONNX Runtime. */
function runDocumentedPython(t: ExecutionContext, posterior: string): void {
  if (spawnSync('python3', ['-c', 'import numpy, onnxruntime']).status !== 0) {
    t.log('python3 with numpy and onnxruntime is not here: what docs/export.md has for it was not run');
    return;
  }
  const { text } = blocks('docs/export.md').find(({ language }) => language === 'python')!;
  const script = text.replace('runs/my-run/onnx/posterior.onnx', posterior);
  t.not(script, text);
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
  t.is(status, 0, stderr);
  t.is(stdout.match(/-?\d+(\.\d*)?(e[+-]?\d+)?/g)?.length, 5, stdout);
}
