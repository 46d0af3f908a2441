import '../../tfjs.js';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type Observation, Rng, type ValidationRecord } from '@unfold-zoo/core';
import { Ensemble, memberOfDraws } from '@unfold-zoo/core/ensemble';
import { drawStreams } from '@unfold-zoo/core/events';
import { checkStageNames, readLog, train } from '@unfold-zoo/core/training';
import test from 'ava';
import { shortTraining, ToyModel, toyRun } from './toy.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

/** Two models whose draws are about 10 and about -10, whatever the event. */
function members(): ToyModel[] {
  return [10, -10].map((offset) => {
    const model = new ToyModel();
    model.offset.assign(tf.fill([5], offset));
    return model;
  });
}

const ensembleOf = (models: readonly ToyModel[]): Ensemble =>
  new Ensemble(models.map((model, seed) => ({ model, seed })));

function observed(values: readonly number[]): Observation {
  const features = values.map((value) => [
    [value, 0],
    [0, 0],
  ]);
  return { objects: { features: tf.tensor3d(features), mask: tf.tensor2d(values.map(() => [1, 0])) } };
}

test.serial('an ensemble draws from each member as often, and what that member draws for the row', async (t) => {
  const models = members();
  const events = Array.from({ length: 500 }, (_, i) => i / 100);
  const posterior = ensembleOf(models).posterior(observed(events));
  const streams = (): Rng => drawStreams(new Rng(1), { first: 0, events: 500, draws: 2 });
  const drawn = posterior.draw(streams(), 2).arraySync();
  const member = memberOfDraws(streams(), 1000, 2);
  const ofSecond = member.reduce((sum, index) => sum + index, 0);
  t.true(Math.abs(ofSecond - 500) < 4 * Math.sqrt(250), `${ofSecond} of 1000`);
  const alone = models.map((model) => model.posterior(observed(events)).draw(streams(), 2).arraySync());
  for (const [row, values] of drawn.entries()) t.deepEqual(values, alone[member[row]!]![row]!);
});

test.serial('a draw of an ensemble does not depend on the other events, nor on the other draws', (t) => {
  const ensemble = ensembleOf(members());
  const all = ensemble
    .posterior(observed([1, 2, 3]))
    .draw(drawStreams(new Rng(2), { first: 7, events: 3, draws: 4 }), 4)
    .arraySync();
  const third = ensemble
    .posterior(observed([3]))
    .draw(drawStreams(new Rng(2), { first: 9, events: 1, firstDraw: 1, draws: 2 }), 2)
    .arraySync();
  t.deepEqual(third, all.slice(9, 11));
});

test.serial('an ensemble leaves no tensor behind but its draws', (t) => {
  const ensemble = ensembleOf(members());
  const observation = observed([1, 2]);
  const before = tf.memory().numTensors;
  const posterior = ensemble.posterior(observation);
  const drawn = posterior.draw(new Rng(3), 3);
  posterior.dispose();
  t.is(tf.memory().numTensors, before + 1);
  t.deepEqual(drawn.shape, [6, 5]);
});

test.serial(
  'each member is trained in stages of its own, with the settings of the stage, and scored by itself',
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'unfold-ensemble-'));
    const models = [new ToyModel(), new ToyModel()];
    const model = ensembleOf(models);
    const options = shortTraining({
      ...{ steps: 8, validateEvery: 2, stages: { slope: { share: 0.5 } } },
      validationDraws: { every: 4, events: 8, draws: 2 },
    });
    checkStageNames(options, model.stages);
    t.throws(() => checkStageNames(shortTraining({ stages: { joint: { share: 1 } } }), model.stages), {
      message: /expected one of the model's stages, slope, offset;/,
    });
    const validations: ValidationRecord[] = [];
    const reporters = [{ onValidation: (record: ValidationRecord) => void validations.push(record) }];
    const { step } = await train(await toyRun(directory, { model, options, reporters }));
    t.is(step, 24);
    const scored = validations.filter(({ monitored }) => 'energyScore' in monitored);
    t.deepEqual(
      scored.map(({ stage }) => stage),
      ['offset of seed 0', 'offset of seed 0', 'offset of seed 1', 'offset of seed 1'],
    );
    const [first, second] = models.map(({ slope }) => slope.dataSync());
    t.notDeepEqual(first, second, 'the order of the events differs');
    t.deepEqual(readLog(directory), []);
  },
);
