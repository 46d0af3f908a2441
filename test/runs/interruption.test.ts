import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDraws } from '@unfold-zoo/data';
import { createRun, openRun, type Run } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, TINY } from './tiny-run.js';

const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

function weights({ folder }: Run): Buffer {
  return readFileSync(join(folder, 'checkpoints/step-4/weights.safetensors'));
}

async function draws({ draws }: Run): Promise<Float32Array> {
  const file = await openDraws(draws);
  try {
    return file.read(0, file.events).draws;
  } finally {
    file.close();
  }
}

test.serial('a training that is aborted and goes on ends with the weights of one that never stopped', async (t) => {
  await using undisturbed = await createRun(TINY, { out: join(folder, 'undisturbed') });
  await undisturbed.train();
  const abort = new AbortController();
  const stopped = await createRun(TINY, { out: join(folder, 'stopped') });
  const onStep = ({ step }: { step: number }): void => {
    if (step === 3) abort.abort();
  };
  t.like(await stopped.train({ signal: abort.signal, onStep }), { outcome: 'interrupted', step: 3 });
  await stopped.close();
  await using resumed = await openRun(join(folder, 'stopped'));
  t.like(await resumed.train(), { outcome: 'finished', step: 4 });
  t.true(weights(resumed).equals(weights(undisturbed)));
});

test.serial('a sampling that is aborted and goes on draws what one that never stopped does', async (t) => {
  await using undisturbed = await openRun(join(folder, 'undisturbed'));
  await undisturbed.sample({ events: 24, batch: 8 });
  await using stopped = await openRun(join(folder, 'stopped'));
  const abort = new AbortController();
  const onProgress = ({ done }: { done: number }): void => {
    if (done === 16) abort.abort();
  };
  const first = await stopped.sample({ events: 24, batch: 8, signal: abort.signal, onProgress });
  t.like(first, { outcome: 'interrupted', events: 16 });
  t.like(await stopped.sample({ events: 24, batch: 8, resume: true }), { outcome: 'finished', events: 24 });
  t.deepEqual(await draws(stopped), await draws(undisturbed));
});

test.serial('what yields values throws the reason of a signal that is aborted', async (t) => {
  await using run = await openRun(join(folder, 'undisturbed'));
  const signal = AbortSignal.abort(new Error('enough'));
  await t.throwsAsync(run.draw({ events: 4, signal }).next(), { message: 'enough' });
  await t.throwsAsync(run.evaluate({ bootstrap: 0, signal }), { message: 'enough' });
});
