import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { engineChecks } from '@unfold-zoo/core/testing';
import { tensorflowEngine } from '@unfold-zoo/engines';
import test, { type ExecutionContext } from 'ava';
import { succeeds } from '../cli/unfold.js';
import { type Agreement, blockCases, compareBlock } from '../engine-native/compare-blocks.js';
import { networkTests } from './network-tests.js';
import { startTensorflow, tensorflowTest } from './tensorflow-test.js';

test.before(() => startTensorflow());

for (const [title, run] of engineChecks(() => tensorflowEngine({ device: 'cpu' }))) {
  tensorflowTest(title, async (t) => {
    await t.notThrowsAsync(run());
  });
}

networkTests('tensorflow', tensorflowTest);

// Two roundings of float32 apart, in sums of up to a few hundred terms, relative to the largest entry.
const TOLERANCE = 1e-5;

function claimAgreement(t: ExecutionContext, results: readonly Agreement[]): void {
  for (const { what, error } of results) t.true(error < TOLERANCE, `${what} differs by ${error}`);
}

for (const memory of ['fast', 'low'] as const) {
  for (const name of Object.keys(blockCases)) {
    tensorflowTest(`${name} and its gradients are those of the plain composition, memory ${memory}`, async (t) => {
      await startTensorflow({ memory });
      for (const width of [4, 20, 96]) {
        const size = { width, events: 12, objects: 9, seed: width, emptyEvents: name.includes('Gated') };
        claimAgreement(t, await compareBlock(name, size, 'tensorflow'));
      }
    });
  }
}

const ENGINES = JSON.stringify(import.meta.resolve('@unfold-zoo/engines'));

tensorflowTest('it starts without a word, and on a Node without the functions that Node 23 dropped', async (t) => {
  const code = `import util from 'node:util';
    delete util.isArray;
    delete util.isNullOrUndefined;
    const { tensorflowEngine } = await import(${ENGINES});
    const tf = await import(${JSON.stringify(import.meta.resolve('@tensorflow/tfjs-core'))});
    const engine = tensorflowEngine({ device: 'cpu' });
    await engine.start();
    const { values } = tf.topk(tf.tensor1d([3, 1, 2]), 2);
    console.log(engine.label + ' ' + tf.concat([values, tf.sum(tf.ones([2, 2])).reshape([1])]).arraySync());`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  t.regex(stdout, /^tensorflow \(\d+\.\d+\.\d+, CPU, @tensorflow\/tfjs-node(-gpu)?\) 3,2,4\n$/);
  t.is(stderr, '');
});

/** Losses of the steps of a small VLD trained by the command line. */
async function losses(t: ExecutionContext, engine: string): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-tensorflow-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const settings = [
    `engine=${engine}`,
    'data={kind: ttbar-generator, train: 2048, validation: 32, test: 32}',
    ...['training.steps=50', 'training.batchSize=32', 'training.validateEvery=1000', 'seed=3'],
  ];
  const args = ['train', 'tiny', '--out', join(folder, 'run'), ...settings.flatMap((setting) => ['--set', setting])];
  await succeeds(t, process.cwd(), ...args);
  const lines = readFileSync(join(folder, 'run', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const records = lines.map((line) => JSON.parse(line) as { type: string; loss: number });
  return records.filter(({ type }) => type === 'step').map(({ loss }) => loss);
}

// A loss is rounded to about 1e-6 of itself, and each of 50 steps starts from what the one before rounded.
const CURVE_TOLERANCE = 50 * 1e-6;

tensorflowTest(
  'it trains a VLD along the loss curve of the JavaScript engine, whatever it keeps in memory',
  async (t) => {
    const expected = await losses(t, '{kind: cpu}');
    t.true(expected.length >= 50);
    for (const memory of ['fast', 'low']) {
      const actual = await losses(t, `{kind: tensorflow, device: cpu, memory: ${memory}}`);
      t.is(actual.length, expected.length);
      for (const [step, loss] of actual.entries()) {
        const difference = Math.abs(loss / expected[step]! - 1);
        t.true(difference < CURVE_TOLERANCE, `step ${step}: ${loss} and ${expected[step]}`);
      }
    }
  },
);
