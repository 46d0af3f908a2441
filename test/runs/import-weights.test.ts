import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { readSafetensors, writeSafetensors } from '@unfold-zoo/core/files';
import type { Vld } from '@unfold-zoo/models-vld';
import { createRun, openRun } from '@unfold-zoo/runs';
import test from 'ava';
import { SMALL_MODELS } from '../fixtures/small-models.js';

const work = mkdtempSync(join(tmpdir(), 'unfold-import-'));
test.after.always(() => rmSync(work, { recursive: true, force: true }));
const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const names = at('bench/peers/vld_torch.names.yaml');
/** A small network with the tensors of the peer, and what NumPy computes with it: see make_peer.py beside it. */
const file = at('test/fixtures/peer/peer.safetensors');
type Golden = Record<string, { shape: number[]; data: number[] }>;
const golden: Golden = JSON.parse(readFileSync(at('test/fixtures/peer/peer.json'), 'utf8'));

const folder = join(work, 'run');
const config = {
  ...SMALL_MODELS['paper'],
  conditionEncoder: { width: 8, heads: 2, layers: 2 },
  ...{ training: { ...(SMALL_MODELS['paper']!['training'] as object), steps: 2 }, reporters: [] },
};

function tensor<R extends tf.Rank>(name: string): tf.Tensor<R> {
  return tf.tensor<R>(golden[name]!.data, golden[name]!.shape as tf.ShapeMap[R], 'float32');
}

function farthest(found: tf.Tensor, name: string): number {
  const values = found.dataSync();
  return Math.max(...golden[name]!.data.map((value, i) => Math.abs(value - values[i]!)));
}

test.serial('the peer network in PyTorch gives the same numbers here', async (t) => {
  await using run = await createRun(config, { out: folder });
  await run.train();
  const checkpoint = await run.importWeights(file, { names });
  t.regex(checkpoint, /step-3$/);
  const { conditionEncoder, codec, denoiser } = (await run.model()) as Vld;
  const met = tensor<tf.Rank.R3>('met');
  const observed = {
    objects: { features: tensor<tf.Rank.R3>('objects'), mask: tensor<tf.Rank.R2>('mask') },
    met: { features: met, mask: tf.ones<tf.Rank.R2>([3, 1]) },
  };
  const condition = conditionEncoder.encode(observed);
  // Float32 rounding through two layers of width 8; the numbers are of order 1.
  t.true(farthest(condition, 'condition') < 1e-5);
  const latent = tensor<tf.Rank.R2>('latent');
  t.true(farthest(codec.decode(latent, condition), 'decoded') < 1e-5);
  const level = { gamma: tensor<tf.Rank.R1>('gamma'), t: tf.zeros<tf.Rank.R1>([3]) };
  t.true(farthest(denoiser.predictNoise(latent, level, tensor('condition')), 'noise') < 1e-4);
});

test.serial('what is left over, missing or of another shape is refused by name, and nothing is written', async (t) => {
  await using run = await openRun(folder);
  const { tensors } = readSafetensors(file);
  const changed = new Map(tensors);
  changed.delete('mean.output.bias');
  changed.set('encoder.positions', { shape: [2], values: new Float32Array(2) });
  changed.set('denoiser.output.weight', { shape: [8, 7], values: new Float32Array(56) });
  const wrong = join(work, 'wrong.safetensors');
  writeSafetensors(wrong, changed);
  const { message } = (await t.throwsAsync(run.importWeights(wrong, { names }), { name: 'UserError' }))!;
  t.is(
    message,
    [
      `invalid weights ${wrong}: they do not fit the model:`,
      'shape of denoiser.output.weight, which becomes denoiser.stack.output.kernel: [7,8], the model has [8,8]',
      'unknown encoder.positions: the model has no such weight',
      'missing codec.mean.output.bias: nothing becomes it',
    ].join('\n  '),
  );
  await t.throwsAsync(run.importWeights(file), { name: 'UserError', message: /unknown encoder\.event: / });
  const rules = join(work, 'rules.yaml');
  writeFileSync(rules, 'rules:\n  - { from: "a b", to: c }\n');
  await t.throwsAsync(run.importWeights(file, { names: rules }), { name: 'UserError', message: /rules\.yaml:2:\d+ / });
  t.regex(await run.importWeights(file, { names }), /step-4$/);
});

test.serial('a training goes on from imported weights', async (t) => {
  await using run = await openRun(folder, { set: ['training.steps=6'] });
  t.is((await run.train()).outcome, 'finished');
});
