import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { createRun, openRun, type Progress, writeReport } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, TINY } from './tiny-run.js';

const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

test.serial('one script trains, draws, evaluates and writes a report, and says how far it is', async (t) => {
  const stages: string[] = [];
  const onProgress = ({ stage, done, total }: Progress): void => {
    t.true(done >= 0 && done <= total);
    if (stages.at(-1) !== stage) stages.push(stage);
  };
  const losses: number[] = [];
  const run = await createRun(TINY, { out: join(folder, 'run') });
  t.is(run.config.name, 'sample');
  t.false(run.isTrained);
  const { outcome, step } = await run.train({ onProgress, onStep: ({ loss }) => void losses.push(loss) });
  t.deepEqual([outcome, step, losses.length], ['finished', 4, 4]);
  t.true(run.isTrained);
  const sampled = await run.sample({ events: 20, draws: 2, onProgress });
  t.deepEqual(sampled, { file: run.draws, outcome: 'finished', events: 20 });
  const evaluation = await run.evaluate({ bootstrap: 2, onProgress });
  t.is(evaluation.predicted.count, 40);
  t.is(evaluation.truth.count, 20);
  t.true(evaluation.distances.distances.totals.every(({ value }) => Number.isFinite(value)));
  const files = writeReport(join(folder, 'report'), evaluation);
  for (const file of files) t.true(existsSync(file), file);
  t.regex(readFileSync(join(folder, 'report/index.html'), 'utf8'), /<title>Unfolding with sample/);
  await run.close();
  t.deepEqual(stages, ['joint', 'sampling', 'evaluating']);
});

test.serial('blocks hold what a file of draws would, with the truth beside it', async (t) => {
  const run = await openRun(join(folder, 'run'));
  const blocks = [];
  for await (const block of run.draw({ events: 20, draws: 2, batch: 8 })) blocks.push(block);
  t.deepEqual(
    blocks.map(({ start, events, draws }) => [start, events, draws]),
    [
      [0, 8, 2],
      [8, 8, 2],
      [16, 4, 2],
    ],
  );
  const { predicted, truth } = await run.evaluate({ bootstrap: 0, floor: false });
  const names = Object.keys(blocks[0]!.particles);
  const top = names.indexOf('hadronic_top');
  const px = blocks.flatMap(({ particles }) => [...particles['hadronic_top']!.px]);
  t.deepEqual(px, [...predicted.column(top, 'px')]);
  const truePx = blocks.flatMap((block) => [...block.truth!.particles['hadronic_top']!.px]);
  t.deepEqual(truePx, [...truth.column(top, 'px')]);
  await run.close();
});

test.serial('a run that is closed leaves no tensor behind', async (t) => {
  const before = tf.memory().numTensors;
  const run = await openRun(join(folder, 'run'));
  for await (const _ of run.draw({ events: 4 })) await run.model();
  await run.close();
  t.is(tf.memory().numTensors, before);
});

test.serial('a run that a scope owns is closed at its end', async (t) => {
  const before = tf.memory().numTensors;
  {
    await using run = await openRun(join(folder, 'run'));
    await run.model();
    t.true(tf.memory().numTensors > before);
  }
  t.is(tf.memory().numTensors, before);
});

test.serial('a config is a preset, a file or an object, and changes are given by path', async (t) => {
  const again = await createRun(join(folder, 'run/config.yaml'), {
    out: join(folder, 'again'),
    set: { 'training.steps': 2, name: 'again' },
  });
  t.is(again.config.name, 'again');
  t.is((await again.train()).step, 2);
  await again.close();
});

test.serial('mistakes are told by the place where they were made', async (t) => {
  const wrong = { ...TINY, training: { ...TINY.training, step: 4 } };
  await t.throwsAsync(createRun(wrong, { out: join(folder, 'wrong') }), {
    name: 'UserError',
    message: /^config training\.step: unknown key "step"/,
  });
  t.false(existsSync(join(folder, 'wrong')));
  await t.throwsAsync(createRun({ ...TINY, name: null }), { message: /^missing out: / });
  await t.throwsAsync(createRun(TINY, { out: join(folder, 'run') }), {
    message: /^existing .*run: the folder is not empty/,
  });
  await t.throwsAsync(openRun(join(folder, 'nothing')), { message: /^missing run / });
  const changed = await openRun(join(folder, 'run'), { set: { seed: 99 } });
  await t.throwsAsync(changed.train(), {
    message: /^invalid change of \S+run: seed was \d+, is 99; this cannot change once a run is trained: /,
  });
  await t.throwsAsync(changed.sample(), { message: /^existing \S+draws\.h5: / });
  await changed.close();
});
