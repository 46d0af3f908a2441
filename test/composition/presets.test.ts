import { existsSync } from 'node:fs';
import { definePlugin, EventSource, GenerativeModel } from '@unfold-zoo/core';
import { corePlugin, loadConfig, presetsOf, trainingRoles } from '@unfold-zoo/core/config';
import data from '@unfold-zoo/data';
import baselines from '@unfold-zoo/models-baselines';
import models from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import test from 'ava';
import { assemble, shortRun, startEngine } from './short-run.js';

await startEngine();

const packages = new URL('..', import.meta.resolve('@unfold-zoo/core/package.json'));
const [first] = ['runs', 'cli'].filter((name) => existsSync(new URL(`${name}/presets/`, packages)));
/** The presets of a first look, which come with the command line. */
const firstLook = definePlugin(
  { name: 'first look', version: '1.0.0', presets: new URL(`${first}/presets/`, packages) },
  [],
);
const plugins = [corePlugin, data, parts, models, baselines, firstLook];
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
for (const name of presetsOf(plugins).names.filter((each) => each !== 'paper-networks')) {
  test.serial(`preset ${name} trains for two steps and draws, at its own size`, async (t) => {
    const { catalogue, choices, training } = await loadConfig({ config: name, overrides: SHORT, plugins });
    const roots = [GenerativeModel, ...trainingRoles({ choices }), ...(choices['data'] ? [EventSource] : [])];
    catalogue.checkUnused(roots, choices);
    const run = await shortRun(() => assemble(catalogue, choices), training);
    t.is(run.steps, STEPS * run.stages);
    t.true(run.losses.every(Number.isFinite));
    t.true(run.draws.every(Number.isFinite));
    t.is(run.leaked, 0);
  });
}
