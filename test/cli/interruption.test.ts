import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDraws } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { type Ended, newFolder, start, succeeds } from './unfold.js';

const STEPS = 60;
const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

function training(out: string): string[] {
  const settings = [`training.steps=${STEPS}`, 'training.fineTune.steps=0', 'training.checkpointEvery=5'];
  return ['train', 'sample', '--out', out, ...settings.flatMap((setting) => ['--set', setting])];
}

/** Sends a signal at a random moment after a condition holds. */
async function disturb(
  args: readonly string[],
  signal: NodeJS.Signals,
  { once, within }: { readonly once: () => boolean; readonly within: number },
): Promise<Ended> {
  const { child, ended } = start(folder, args);
  while (!once() && child.exitCode === null) await delay(2);
  await delay(within * Math.random());
  child.kill(signal);
  return ended;
}

function hasCheckpoint(out: string): boolean {
  return existsSync(join(folder, out, 'checkpoints/latest'));
}

function weights(out: string): Buffer {
  return readFileSync(join(folder, out, `checkpoints/step-${STEPS}/weights.safetensors`));
}

function isAsUndisturbed(t: ExecutionContext, out: string): void {
  t.true(weights(out).equals(weights('undisturbed')), 'the weights differ');
  const lines = readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const steps = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'step');
  t.deepEqual(
    steps.map(({ step }) => step),
    Array.from({ length: STEPS }, (_, i) => i + 1),
  );
}

async function draws(name: string): Promise<Float32Array> {
  const file = await openDraws(join(folder, name));
  try {
    return file.read(0, file.events).draws;
  } finally {
    file.close();
  }
}

test.before(async (t) => {
  await succeeds(t as ExecutionContext, folder, ...training('undisturbed'));
});

test.serial('a training that was killed and resumed ends with the weights of one that never stopped', async (t) => {
  const killed = await disturb(training('killed'), 'SIGKILL', { once: () => hasCheckpoint('killed'), within: 100 });
  t.is(killed.signal, 'SIGKILL');
  await succeeds(t, folder, 'train', '--resume', 'killed');
  isAsUndisturbed(t, 'killed');
});

test.serial('Ctrl-C ends a training with a checkpoint and says how to go on', async (t) => {
  const stopped = await disturb(training('stopped'), 'SIGINT', { once: () => hasCheckpoint('stopped'), within: 50 });
  t.is(stopped.code, 130, stopped.stderr);
  t.true(stopped.stderr.includes(`go on with: unfold train --resume ${join(folder, 'stopped')}`), stopped.stderr);
  t.notRegex(stopped.stderr, /^ {4}at /m);
  await succeeds(t, folder, 'train', '--resume', 'stopped');
  isAsUndisturbed(t, 'stopped');
});

test.serial('a sampling that was killed and resumed ends with the draws of one that never stopped', async (t) => {
  const sampling = ['sample', 'undisturbed', '--batch', '10'];
  await succeeds(t, folder, ...sampling, '--out', 'whole.h5');
  const parts = join(folder, 'draws.h5.parts');
  const hasParts = () => existsSync(parts) && readdirSync(parts).some((name) => name.endsWith('.part'));
  const args = [...sampling, '--out', 'draws.h5'];
  const killed = await disturb(args, 'SIGKILL', { once: hasParts, within: 30 });
  t.is(killed.signal, 'SIGKILL');
  t.false(existsSync(join(folder, 'draws.h5')));
  await succeeds(t, folder, ...args, '--resume');
  t.deepEqual(await draws('draws.h5'), await draws('whole.h5'));
  t.false(existsSync(parts));
});

test.serial('a training that diverges fails with a message and without a stack trace', async (t) => {
  const wild = ['training.learningRate=1', 'training.clipNorm=1e12', 'training.steps=50'];
  const args = ['train', 'sample', '--out', 'wild', ...wild.flatMap((setting) => ['--set', setting])];
  const { code, stderr } = await start(folder, args).ended;
  t.is(code, 1, stderr);
  t.regex(stderr, /^diverged: step \d+ of stage "joint" has loss .*try a lower training\.learningRate/m);
  t.notRegex(stderr, /^ {4}at /m);
});
