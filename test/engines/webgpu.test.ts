import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { Engine, isUserError, Rng } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import { engineChecks } from '@unfold-zoo/core/testing';
import engines, { cpuEngine, webgpuEngine } from '@unfold-zoo/engines';
import { newFolder, start, succeeds } from '../cli/unfold.js';
import { allGradients, relativeError } from '../models-baselines/all-gradients.js';
import { MODELS } from '../models-baselines/assembled.js';
import { engine, gpuTest } from './webgpu-adapter.js';

for (const [title, run] of engineChecks(engine)) gpuTest(`webgpu: ${title}`, (t) => t.notThrowsAsync(run()));

gpuTest('the label names the adapter and its largest tensor', async (t) => {
  const started = engine();
  await started.start();
  t.regex(started.label, /^webgpu \(.+, tensors up to \d+\.\d GiB(, software)?\)$/);
  t.is(tf.getBackend(), 'webgpu');
});

gpuTest(
  'a tensor is read without await as with it, however long the GPU computes and whatever else is read',
  async (t) => {
    await engine().start();
    const x = tf.randomUniform([64, 64], -0.3, 0.3);
    const work = () => Array.from({ length: 10 }).reduce<tf.Tensor>((y) => tf.tanh(tf.matMul(y, x)), x);
    const [first, second] = [work(), work()];
    const waiting = first.data();
    const values = second.dataSync();
    t.true(Buffer.from((await waiting).buffer).equals(Buffer.from(values.buffer)));
    t.true(values.some((value) => value !== 0));
    const host = x.dataSync();
    const [positive, whole] = [tf.greater(x, 0).dataSync(), tf.cast(tf.mul(x, 50), 'int32').dataSync()];
    t.true(host.every((value, i) => positive[i] === (value > 0 ? 1 : 0)));
    t.true(host.every((value, i) => whole[i] === Math.trunc(Math.fround(value * 50))));
  },
);

gpuTest('what the GPU refuses is an error of the next read and no zeros', async (t) => {
  await engine().start();
  const tooLarge = tf.fill([1 << 15, 1 << 15], 1);
  const error = await t.throwsAsync(async () => tf.sum(tooLarge).data());
  t.true(isUserError(error));
  t.regex(error?.message ?? '', /^failed GPU: .*buffer size/s);
  await engine().start();
  t.is(tf.sum(tf.fill([100, 100], 1)).dataSync()[0], 10_000);
});

// WebGPU does not say how exact exp, log and tanh have to be, which a network has in series; rounding alone gives 1e-6.
const TOLERANCE = 1e-3;

for (const name of MODELS) {
  gpuTest(`${name}: the gradients of every stage are those of plain JavaScript`, async (t) => {
    await cpuEngine().start();
    const expected = await allGradients(name);
    await engine().start();
    const error = relativeError(await allGradients(name), expected);
    t.log(`relative difference ${error.toExponential(1)}`);
    t.true(error < TOLERANCE);
  });
}

gpuTest('auto takes WebGPU only if the adapter is no software', async (t) => {
  const choices = { engine: { kind: 'auto', prefer: ['webgpu', 'cpu'] } };
  const [asked, chosen] = [engine(), new Catalogue([engines]).assemble(Engine, choices, new Rng(0))];
  await asked.start();
  await chosen.start();
  const isSoftware = asked.label.endsWith('software)');
  t.regex(chosen.label, isSoftware ? /^cpu .*webgpu failed: .* is software, and auto takes only a GPU$/ : /^webgpu /);
});

gpuTest('an adapter that is not there is answered with those that are', async (t) => {
  const absent = webgpuEngine({ powerPreference: 'high-performance', adapter: 'Voodoo 2' });
  await t.throwsAsync(absent.start(), { message: /^unknown engine\.adapter "Voodoo 2": .*there is .+/ });
});

const SMALL = [
  'training.steps=3',
  'training.fineTune.steps=0',
  'training.batchSize=8',
  'training.validationEvents=8',
  'conditionEncoder.width=8',
  'conditionEncoder.layers=1',
  'codec.encoderBlocks=1',
  'codec.decoderBlocks=1',
  'denoiser.blocks=1',
  'sampler.steps=5',
];

gpuTest(
  'a training ends with the losses of plain JavaScript, Ctrl-C stops it, and its draws can be made',
  async (t) => {
    const folder = newFolder();
    t.teardown(() => rmSync(folder, { recursive: true }));
    const train = (kind: string, ...more: readonly string[]) => [
      'train',
      'sample',
      '-o',
      kind,
      ...[...SMALL, `engine.kind=${kind}`, ...more].flatMap((each) => ['--set', each]),
    ];
    for (const kind of ['cpu', 'webgpu']) await succeeds(t, folder, ...train(kind));
    const [expected, actual] = ['cpu', 'webgpu'].map((kind) => losses(join(folder, kind)));
    t.is(actual!.length, 3);
    for (const [i, loss] of actual!.entries()) t.true(Math.abs(loss / expected![i]! - 1) < TOLERANCE);
    await succeeds(t, folder, 'sample', 'webgpu', '--events', '8');

    const { child, ended } = start(folder, [...train('webgpu', 'training.steps=100000'), '--force']);
    while (losses(join(folder, 'webgpu')).length !== 2 && child.exitCode === null) await delay(5);
    child.kill('SIGINT');
    t.is((await ended).code, 130);
  },
);

function losses(run: string): number[] {
  const path = join(run, 'metrics.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  const records = lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []));
  return records.filter(({ type }) => type === 'step').map(({ loss }) => loss);
}
