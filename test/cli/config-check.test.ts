import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { component, definePlugin, EventSource, Rng, type Split } from '@unfold-zoo/core';
import { TtbarSource } from '@unfold-zoo/data';
import { checkRun } from '@unfold-zoo/runs';
import test from 'ava';
import { z } from 'zod';
import { newFolder, refuses, succeeds } from './unfold.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

const check = ['config', 'check'];
const CPU = ['--set', 'engine={kind: cpu}'];

test.serial('config check opens the data, counts their events and leaves nothing behind', async (t) => {
  const before = readdirSync(folder);
  const { stdout } = await succeeds(t, folder, ...check, 'tiny-sample.yaml', ...CPU);
  t.is(stdout, 'tiny-sample.yaml is a valid config, with data for it: 1800 train, 300 validation, 900 test events\n');
  t.deepEqual(readdirSync(folder), before);
});

test.serial('data that are missing, or too few for a batch, are refused as a training refuses them', async (t) => {
  const settings: readonly string[] = ['data={kind: hdf5, train: nowhere.h5}', 'training.batchSize=1801'];
  for (const setting of settings) {
    const mistaken = ['tiny-sample.yaml', ...CPU, '--set', setting];
    const training = await refuses(t, folder, ['train', ...mistaken], /./);
    const checked = await refuses(t, folder, [...check, ...mistaken], /./);
    t.is(checked.stderr, training.stderr);
  }
});

test.serial('without the data the config alone is checked, and said to be', async (t) => {
  const unchecked = ['tiny-sample.yaml', '--no-data', '--set', 'training.batchSize=1801'];
  const { stdout } = await succeeds(t, folder, ...check, ...unchecked);
  t.is(stdout, 'tiny-sample.yaml is a valid config; its data were not looked at\n');
});

test.serial('of events that are simulated as they are read, few are made', async (t) => {
  let blocks = 0;
  class CountedSource extends TtbarSource {
    override rawBlock(split: Split, block: number): ReturnType<TtbarSource['rawBlock']> {
      blocks++;
      return super.rawBlock(split, block);
    }
  }
  const counted = component(EventSource, 'counted', {
    description: 'top pairs that are counted',
    options: z.object({}),
    create: () => new CountedSource({ train: 1_000_000, validation: 1000, test: 1000 }, new Rng(1)),
  });
  const plugins = [definePlugin({ name: 'counted', version: '1.0.0' }, [counted])];
  const config = { extends: 'sample', data: { kind: 'counted' }, engine: { kind: 'cpu' }, training: { steps: 2 } };
  const { events } = await checkRun(config, { plugins });
  t.is(events?.train, 1_000_000);
  t.true(blocks > 0 && blocks <= 4, `${blocks} blocks of 1,024 events`);
});

test.before(() => {
  writeFileSync(join(folder, 'tiny-sample.yaml'), 'extends: sample\ntraining: { steps: 2 }\n');
});
