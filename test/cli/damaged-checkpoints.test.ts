import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { newFolder, refuses, succeeds } from './unfold.js';

const folder = newFolder();
const STEPS = 9;

test.after.always(() => rmSync(folder, { recursive: true }));

test.before(async (t) => {
  const training = { steps: STEPS, 'fineTune.steps': 0, checkpointEvery: 3, keepCheckpoints: 3, validateEvery: 6 };
  const settings = Object.entries(training).flatMap(([name, value]) => ['--set', `training.${name}=${value}`]);
  await succeeds(t as ExecutionContext, folder, 'train', 'sample', '--out', 'whole', ...settings);
});

/** A copy of the run with checkpoints at 3, 6 and 9 steps, the last with one wrong bit in its weights. */
function damagedRun(name: string): string {
  const run = join(folder, name);
  cpSync(join(folder, 'whole'), run, { recursive: true });
  const path = weightsOf(run);
  const bytes = readFileSync(path);
  bytes[bytes.length - 3]! ^= 16;
  writeFileSync(path, bytes);
  return run;
}

function weightsOf(run: string, step = STEPS): string {
  return join(run, `checkpoints/step-${step}/weights.safetensors`);
}

const WARNING =
  /^warn: damaged \S+step-9\/weights\.safetensors: its SHA-256 is [0-9a-f]{64}, and SHA256SUMS .*; taking step-6 in its place/m;

test.serial('a training resumes from the newest good checkpoint and ends as if nothing had been damaged', async (t) => {
  const run = damagedRun('resumed');
  const { stderr } = await succeeds(t, folder, 'train', '--resume', 'resumed');
  t.regex(stderr, WARNING);
  t.regex(stderr, /^warn: going on from step 6; what was logged after it is dropped$/m);
  t.true(readFileSync(weightsOf(run)).equals(readFileSync(weightsOf(join(folder, 'whole')))));
  const records = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const steps = records.map((line) => JSON.parse(line)).filter(({ type }) => type === 'step');
  t.deepEqual(
    steps.map(({ step }) => step),
    Array.from({ length: STEPS }, (_, i) => i + 1),
  );
  t.regex(readFileSync(join(run, 'run.log'), 'utf8'), /warn damaged \S+step-9/);
});

test.serial('sample, posterior, inspect and evaluate take the newest good checkpoint and say so', async (t) => {
  damagedRun('read');
  const commands = [
    ['sample', 'read', '--events', '50'],
    ['posterior', 'read', '--event', '1', '--draws', '10', '--quantity', 'pt', '--json'],
    ['inspect', 'read', '--json'],
    ['evaluate', 'read'],
  ];
  for (const command of commands) {
    const { stdout, stderr } = await succeeds(t, folder, ...command);
    t.regex(stderr, WARNING, command[0]);
    if (command[0] === 'inspect') t.is(JSON.parse(stdout).state.step, 6);
  }
});

test.serial('a pointer that was emptied is no harm', async (t) => {
  const run = join(folder, 'emptied');
  cpSync(join(folder, 'whole'), run, { recursive: true });
  truncateSync(join(run, 'checkpoints/latest'));
  const { stderr, stdout } = await succeeds(t, folder, 'inspect', 'emptied', '--json');
  t.regex(stderr, /^warn: damaged \S+latest: expected the name of a checkpoint, such as step-500; taking step-9 /m);
  t.is(JSON.parse(stdout).state.step, STEPS);
});

test.serial('a damaged checkpoint that is asked for is an error', async (t) => {
  damagedRun('asked');
  const message =
    /^damaged \S+step-9\/weights\.safetensors: its SHA-256 is [0-9a-f]{64}, .*; good checkpoints: step-3, step-6\n$/;
  await refuses(t, folder, ['sample', 'asked', '--checkpoint', 'step-9'], message);
  await succeeds(t, folder, 'sample', 'asked', '--checkpoint', 'step-3', '--events', '10');
});

test.serial('where no checkpoint is good every command says what is wrong with each', async (t) => {
  const run = damagedRun('lost');
  rmSync(weightsOf(run, 3));
  truncateSync(weightsOf(run, 6), 100);
  const message =
    /damaged checkpoints: (damaged|missing) \S+step-9\S+ .*step-6\S+ .*missing \S+step-3\S+ .*none is left/;
  for (const command of [
    ['train', '--resume', 'lost'],
    ['sample', 'lost'],
    ['inspect', 'lost'],
  ]) {
    await refuses(t, folder, command, message);
  }
  t.deepEqual(readdirSync(join(run, 'checkpoints')).toSorted(), ['best', 'latest', 'step-3', 'step-6', 'step-9']);
});
