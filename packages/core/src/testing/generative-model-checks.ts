import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { partonWidth } from '../contracts/event-spec.js';
import type { GenerativeModel } from '../contracts/generative-model.js';
import type { LossTerms, TrainingStage } from '../contracts/training-stage.js';
import { readSafetensors, writeSafetensors } from '../files/safetensors.js';
import type { Parameter } from '../module.js';
import { Rng } from '../rng.js';
import { loadWeights, readWeights } from '../training/weights.js';
import { type Check, check, claim, needBackend, tensorCheck } from './check.js';
import {
  allFinite,
  claimNoLeak,
  claimShape,
  isClose,
  isSame,
  nudge,
  using,
  values,
  withoutGradient,
} from './module-checks.js';
import { type Make, type Setting, testBatch, testObservation, testSetting } from './setting.js';

/** What a `GenerativeModel` must do. */
export function generativeModelChecks(make: Make<GenerativeModel>): Check[] {
  return [
    tensorCheck('stages and their parameter groups have names of their own, and share no parameter in a stage', () => {
      using(make, claimStages);
    }),
    tensorCheck('every parameter is trained in some stage, and a stage trains parameters of the model alone', () => {
      using(make, claimParameters);
    }),
    tensorCheck('every loss is a finite number', () => {
      using(make, (model, setting) => {
        for (const stage of model.stages) claimFiniteLosses(stage, setting);
      });
    }),
    tensorCheck('every parameter of a stage receives a gradient', () => using(make, claimGradients)),
    tensorCheck('the same seed gives the same loss, and a loss changes no parameter', () => using(make, claimPureLoss)),
    tensorCheck('weights of one are as good as none, and weights matter', () => using(make, claimWeights)),
    tensorCheck('there is one draw of finite partons an event', () => {
      using(make, (model, setting) => {
        const drawn = draw(model, setting, 1);
        claimShape('a draw', drawn, [4, partonWidth(setting.spec)]);
        claim(allFinite(drawn), 'a draw has a number that is not finite');
      });
    }),
    tensorCheck('the same seed gives the same draws and another seed others', () => {
      using(make, (model, setting) => {
        const [first, second, other] = [1, 1, 2].map((seed) => values(draw(model, setting, seed)));
        claim(isSame(first!, second!), 'two draws with the same seed differ');
        claim(!isSame(first!, other!), 'draws do not depend on the seed');
      });
    }),
    tensorCheck('draws depend on what was observed', () => {
      using(make, (model, setting) => {
        nudge(model.parameters, new Rng(3));
        const [first, second] = [5, 6].map((seed) => draw(model, setting, 1, seed));
        claim(!isClose(first!, second!, 1e-6), 'draws do not depend on what was observed');
      });
    }),
    tensorCheck('no tensor outlives the tidy of a loss or of a draw', () => {
      using(make, (model, setting) => {
        for (const stage of model.stages) claimNoLeak(() => lossOf(stage, setting));
        claimNoLeak(() => draw(model, setting, 1));
      });
    }),
    check('weights that were written and read again give the same draws', () => claimRoundTrip(make)),
  ];
}

function draw(model: GenerativeModel, { spec }: Setting, seed: number, event = 5): tf.Tensor2D {
  return model.sample(testObservation(spec, new Rng(event)), new Rng(seed));
}

function lossOf(stage: TrainingStage, setting: Setting, weights?: tf.Tensor1D) {
  const batch = testBatch(setting, new Rng(8));
  return stage.loss(weights ? { ...batch, weights } : batch, new Rng(9));
}

function total(terms: LossTerms): tf.Scalar {
  return tf.addN(Object.values(terms)) as tf.Scalar;
}

function parametersOf(stage: TrainingStage): Parameter[] {
  return stage.groups.flatMap(({ parameters }) => parameters);
}

function claimStages(model: GenerativeModel): void {
  const { stages } = model;
  claim(stages.length > 0, 'the model has no stage');
  claim(areDistinct(stages.map(({ name }) => name)), 'two stages have the same name');
  for (const stage of stages) {
    claim(areDistinct(stage.groups.map(({ name }) => name)), `two groups of stage "${stage.name}" have the same name`);
    claim(areDistinct(parametersOf(stage)), `stage "${stage.name}" has a parameter twice`);
  }
}

function areDistinct(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

function claimParameters(model: GenerativeModel): void {
  const own = new Map([...model.namedParameters()].map(([name, parameter]) => [parameter, name]));
  const trained = new Set(model.stages.flatMap(parametersOf));
  const forgotten = [...own].filter(([parameter]) => !trained.has(parameter)).map(([, name]) => name);
  claim(forgotten.length === 0, `no stage trains ${forgotten.join(', ')}`);
  claim(
    [...trained].every((parameter) => own.has(parameter)),
    'a stage trains a parameter that is not in the model',
  );
}

function claimFiniteLosses(stage: TrainingStage, setting: Setting): void {
  const { terms, monitored = {} } = lossOf(stage, setting);
  claim(Object.keys(terms).length > 0, `stage "${stage.name}" has no loss`);
  for (const [name, term] of Object.entries({ ...monitored, ...terms })) {
    claimShape(`"${name}" of stage "${stage.name}"`, term, []);
    claim(allFinite(term), `"${name}" of stage "${stage.name}" is ${values(term)[0]}`);
  }
}

function claimGradients(model: GenerativeModel, setting: Setting): void {
  nudge(model.parameters, new Rng(3));
  const names = new Map([...model.namedParameters()].map(([name, parameter]) => [parameter, name]));
  for (const stage of model.stages) {
    const named = new Map(parametersOf(stage).map((parameter) => [names.get(parameter) ?? parameter.name, parameter]));
    const still = withoutGradient(named, () => total(lossOf(stage, setting).terms));
    claim(still.length === 0, `in stage "${stage.name}" no gradient reaches ${still.join(', ')}`);
  }
}

function claimPureLoss(model: GenerativeModel, setting: Setting): void {
  const before = model.parameters.map(values);
  for (const stage of model.stages) {
    const [first, second] = [1, 2].map(() => values(total(lossOf(stage, setting).terms)));
    claim(isSame(first!, second!), `the loss of stage "${stage.name}" differs for the same batch and seed`);
  }
  claim(
    model.parameters.every((parameter, i) => isSame(values(parameter), before[i]!)),
    'computing a loss changes a parameter',
  );
}

function claimWeights(model: GenerativeModel, setting: Setting): void {
  for (const stage of model.stages) {
    const loss = (weights?: tf.Tensor1D) => total(lossOf(stage, setting, weights).terms);
    claim(isClose(loss(tf.ones([4])), loss()), `weights of one change the loss of stage "${stage.name}"`);
    const uneven = tf.tensor1d([3, 0.5, 0.25, 0.25]);
    claim(!isClose(loss(uneven), loss(), 1e-6), `weights do not matter to the loss of stage "${stage.name}"`);
  }
}

async function claimRoundTrip(make: Make<GenerativeModel>): Promise<void> {
  await needBackend();
  const folder = mkdtempSync(join(tmpdir(), 'unfold-conformance-'));
  const [written, read] = [1, 2].map((seed) => make(testSetting(seed)));
  try {
    const path = join(folder, 'weights.safetensors');
    const weights = await readWeights(written!);
    writeSafetensors(
      path,
      new Map(weights.map(({ name, parameter, values }) => [name, { shape: parameter.shape, values }])),
    );
    loadWeights(read!, readSafetensors(path).tensors, path);
    const same = tf.tidy(() => isClose(draw(written!, testSetting(), 1), draw(read!, testSetting(), 1), 0));
    claim(same, 'draws differ after the weights were written and read: something that matters is no parameter');
  } finally {
    for (const model of [written!, read!]) model.dispose();
    rmSync(folder, { recursive: true });
  }
}
