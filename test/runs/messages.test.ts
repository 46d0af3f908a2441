import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '@unfold-zoo/core';
import { Stopwatch } from '@unfold-zoo/core/training';
import { createRun, generateEvents, type Progress, readRunConfig, TrainingProgress } from '@unfold-zoo/runs';
import test from 'ava';

const folder = mkdtempSync(join(tmpdir(), 'messages-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test('messages of the library name options as a call writes them, and a command line can name its flags', async (t) => {
  const file = join(folder, 'events.h5');
  writeFileSync(file, '');
  const error = await t.throwsAsync(generateEvents(file, { events: 1 }), { instanceOf: UserError });
  t.is(error.message, `existing ${file}: choose another, or replace it with option force`);
  t.is(
    error.messageNaming((name) => `--${name}`),
    `existing ${file}: choose another, or replace it with --force`,
  );
});

test('a message without options is the same for everybody', (t) => {
  const error = new UserError('invalid partons: expected 55 columns, got 54');
  t.is(
    error.messageNaming(() => '?'),
    error.message,
  );
});

test('the folder of another thing is refused without a word of flags', async (t) => {
  const error = await t.throwsAsync(createRun('sample', { out: folder }), { instanceOf: UserError });
  t.regex(error.message, /the folder is not empty; choose another with option out$/);
});

test('an option of a call is not mistaken for a flag: changes go by the name of what gave them', async (t) => {
  const mistake = async (set: Record<string, unknown> | string[]): Promise<string> =>
    (await t.throwsAsync(readRunConfig('sample', { set }), { instanceOf: UserError })).message;
  t.is(await mistake({ seed: -1 }), 'set seed: expected at least 0, got -1');
  t.is(await mistake(['seed=-1']), '--set seed: expected at least 0, got -1');
  const { provenance } = await readRunConfig('sample', { set: { 'training.steps': 3 } });
  t.is(provenance('training.steps'), 'set training.steps');
});

test('the end that is foretold is that of the limit which comes first, steps or time', (t) => {
  const told = (secondsLeft: number | undefined): Progress => {
    const progress: Progress[] = [];
    const training = new TrainingProgress((each) => progress.push(each));
    const start = { directory: '', step: 4, totalSteps: 1_000_000, parameters: 1, engine: '' };
    training.onStart({ ...start, ...(secondsLeft !== undefined && { secondsLeft }) });
    const losses = { loss: 1, terms: {}, monitored: {}, learningRate: 1, gradientNorms: {}, eventsPerSecond: 1 };
    training.onStep({ stage: 'joint', step: 5, ...losses });
    training.onEnd();
    return progress[0]!;
  };
  t.is(told(0).secondsLeft, 0);
  t.is(told(0).doneInTime, 5);
  t.is(told(undefined).doneInTime, undefined);
  t.is(told(1e9).doneInTime, undefined);
  t.true(told(1e9).secondsLeft! > 0);
});

test('the time that a process was stopped is no working time', async (t) => {
  using stopwatch = new Stopwatch();
  const startedAt = performance.now();
  await delay(500);
  process.emit('SIGCONT');
  const passed = (performance.now() - startedAt) / 1000;
  t.true(stopwatch.seconds < passed, 'a process that waits works less than the time that passes');
  const before = stopwatch.seconds;
  await delay(5);
  t.true(stopwatch.seconds > before, 'it goes on after it');
});
