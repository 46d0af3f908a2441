import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventSource, GenerativeModel } from '@unfold-zoo/core';
import { corePlugin, loadConfig } from '@unfold-zoo/core/config';
import data from '@unfold-zoo/data';
import baselines from '@unfold-zoo/models-baselines';
import models from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import test from 'ava';
import { assemble, shortRun, startEngine } from './short-run.js';

const packages = join(dirname(fileURLToPath(import.meta.resolve('@unfold-zoo/core/package.json'))), '..');
const folders = readdirSync(packages).flatMap((name) =>
  readdirSync(join(packages, name)).includes('presets') ? [join(packages, name, 'presets')] : [],
);
const files = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
const presets = Object.fromEntries(files.map((file) => [/([^/\\]+)\.yaml$/.exec(file)![1]!, file]));

await startEngine();

const plugins = [corePlugin, data, parts, models, baselines];
const STEPS = 2;
const SHORT = [
  `training.steps=${STEPS}`,
  'training.batchSize=4',
  'training.fineTune.steps=0',
  'training.validateEvery=100',
  'training.checkpointEvery=100',
  'training.stages=null',
];

// `paper-networks` has no model: what others begin with.
for (const name of Object.keys(presets).filter((each) => each !== 'paper-networks')) {
  test.serial(`preset ${name} trains for two steps and draws, at its own size`, async (t) => {
    const { catalogue, choices, training } = await loadConfig({ config: name, overrides: SHORT, plugins, presets });
    catalogue.checkUnused(choices['data'] ? [GenerativeModel, EventSource] : [GenerativeModel], choices);
    const run = await shortRun(() => assemble(catalogue, choices), training);
    t.is(run.steps, STEPS * run.stages);
    t.true(run.losses.every(Number.isFinite));
    t.true(run.draws.every(Number.isFinite));
    t.is(run.leaked, 0);
  });
}
