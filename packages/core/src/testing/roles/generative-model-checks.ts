import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { GenerativeModel } from '../../contracts/model/generative-model.js';
import type { Observation } from '../../contracts/model/observation.js';
import type { Posterior } from '../../contracts/model/posterior.js';
import type { LossTerms, TrainingStage } from '../../contracts/model/training-stage.js';
import { drawStreams } from '../../events/draw-streams.js';
import { scaledWidth } from '../../events/scaling.js';
import { readSafetensors, writeSafetensors } from '../../files/safetensors.js';
import type { Parameter } from '../../module.js';
import { repeatRows } from '../../nn/repeat-rows.js';
import { Rng } from '../../rng.js';
import { loadWeights, readWeights } from '../../training/weights.js';
import { type Check, ConformanceError, check, claim, needBackend, tensorCheck } from '../check.js';
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
} from '../module-checks.js';
import { type Make, representedSetting, type Setting, testBatch, testObservation, testSetting } from '../setting.js';

type MakeSetting = (seed?: number) => Setting;

/** Events of a test batch. */
const EVENTS = 4;

/**
 * What a `GenerativeModel` must do.
 * @param settings what it is made for: most checks take the first, losses and draws are looked at in each.
 */
export function generativeModelChecks(
  make: Make<GenerativeModel>,
  settings: readonly [MakeSetting, ...MakeSetting[]] = [testSetting, representedSetting],
): Check[] {
  const [setting] = settings;
  const use = (body: (model: GenerativeModel, setting: Setting) => void): void => using(make, body, setting());
  return [
    tensorCheck('stages and their parameter groups have names of their own, and share no parameter in a stage', () => {
      use(claimStages);
    }),
    tensorCheck('every parameter is trained in some stage, and a stage trains parameters of the model alone', () => {
      use(claimParameters);
    }),
    tensorCheck('every loss is a finite number', () => {
      for (const each of settings)
        using(
          make,
          (model, setting) => {
            for (const stage of model.stages) claimFiniteLosses(stage, setting);
          },
          each(),
        );
    }),
    tensorCheck('every parameter of a stage receives a gradient', () => use(claimGradients)),
    tensorCheck('the same seed gives the same loss, and a loss changes no parameter', () => use(claimPureLoss)),
    tensorCheck('weights of one are as good as none, and weights matter', () => use(claimWeights)),
    tensorCheck('there are as many draws of finite partons an event as were asked for', () => {
      for (const each of settings)
        for (const draws of [1, 3]) using(make, (model, setting) => claimDraws(model, setting, draws), each());
    }),
    tensorCheck('the same seed gives the same draws and another seed others', () => {
      use((model, setting) => {
        const [first, second, other] = [1, 1, 2].map((seed) => values(draw(model, setting, seed)));
        claim(isSame(first!, second!), 'two draws with the same seed differ');
        claim(!isSame(first!, other!), 'draws do not depend on the seed');
      });
    }),
    tensorCheck('draws depend on what was observed', () => {
      use((model, setting) => {
        nudge(model.parameters, new Rng(3));
        const [first, second] = [5, 6].map((seed) => draw(model, setting, 1, seed));
        claim(!isClose(first!, second!, 1e-6), 'draws do not depend on what was observed');
      });
    }),
    tensorCheck('draws of an event depend neither on other events nor on how many draws are made', () => {
      use(claimIndependentDraws);
    }),
    tensorCheck('the detector is looked at when the posterior is made, and not again', () => {
      use(claimEncodedOnce);
    }),
    tensorCheck('a density, where there is one, is a finite number for each draw of each event', () => {
      use(claimDensity);
    }),
    tensorCheck('curves that it shows of itself have a finite number at each place of their axis', () => {
      use(claimDiagnostics);
    }),
    check('what a posterior holds is freed with it, and what was observed is not', () => claimFreed(make, setting())),
    tensorCheck('no tensor outlives the tidy of a loss or of a draw', () => {
      use((model, setting) => {
        for (const stage of model.stages) claimNoLeak(() => lossOf(stage, setting));
        claimNoLeak(() => draw(model, setting, 1));
      });
    }),
    check('weights that were written and read again give the same draws', () => claimRoundTrip(make, setting)),
  ];
}

function draw(model: GenerativeModel, { spec }: Setting, seed: number, event = 5): tf.Tensor2D {
  return model.posterior(testObservation(spec, new Rng(event))).draw(new Rng(seed));
}

function posteriorOf(model: GenerativeModel, { spec }: Setting): Posterior {
  return model.posterior(testObservation(spec, new Rng(5)));
}

function claimDraws(model: GenerativeModel, setting: Setting, draws: number): void {
  const posterior = posteriorOf(model, setting);
  claim(posterior.events === EVENTS, `a posterior of ${EVENTS} events says it has ${posterior.events}`);
  const drawn = posterior.draw(new Rng(1), draws);
  claimShape(`${draws} draws of ${EVENTS} events`, drawn, [EVENTS * draws, scaledWidth(setting.scaling)]);
  claim(allFinite(drawn), 'a draw has a number that is not finite');
}

/** All events and draws at once against one draw of one event. */
function claimIndependentDraws(model: GenerativeModel, setting: Setting): void {
  nudge(model.parameters, new Rng(3));
  const draws = 3;
  const streams = new Rng(1);
  const observed = testObservation(setting.spec, new Rng(5));
  const all = model.posterior(observed).draw(drawStreams(streams, { first: 0, events: EVENTS, draws }), draws);
  for (const [event, firstDraw] of [
    [0, 2],
    [1, 0],
    [3, 1],
  ] as const) {
    const alone = model
      .posterior(oneEvent(observed, event))
      .draw(drawStreams(streams, { first: event, events: 1, firstDraw }));
    const same = isClose(tf.slice(all, [event * draws + firstDraw, 0], [1, -1]), alone);
    claim(same, `draw ${firstDraw} of event ${event} is another when it is made alone`);
  }
}

function oneEvent(observed: Observation, event: number): Observation {
  const sets = Object.entries(observed).map(([name, { features, mask }]) => [
    name,
    { features: tf.slice(features, event, 1), mask: tf.slice(mask, event, 1) },
  ]);
  return Object.fromEntries(sets);
}

function claimEncodedOnce(model: GenerativeModel, { spec }: Setting): void {
  const observed = testObservation(spec, new Rng(5));
  const posterior = model.posterior(observed);
  for (const { features, mask } of Object.values(observed)) tf.dispose([features, mask]);
  try {
    posterior.draw(new Rng(1));
  } catch (cause) {
    throw new ConformanceError('a draw fails once the observation is freed: it looks at it again', { cause });
  }
}

function claimDensity(model: GenerativeModel, setting: Setting): void {
  const posterior = posteriorOf(model, setting);
  if (!posterior.logDensity) return;
  const partons = testBatch(setting, new Rng(8)).partons;
  const density = posterior.logDensity(partons);
  claimShape('the density', density, [EVENTS]);
  claim(allFinite(density), 'a logarithm of a density is not finite');
  const twice = posterior.logDensity(repeatRows(partons, 2));
  claim(
    isClose(twice, tf.reshape(repeatRows(tf.expandDims(density, 1), 2), [-1])),
    'densities of two draws an event differ',
  );
}

function claimDiagnostics(model: GenerativeModel): void {
  for (const { name, x, curves } of model.diagnostics?.() ?? []) {
    claim(curves.length > 0, `"${name}" has no curve`);
    for (const { y } of curves) {
      const [places, numbers] = [x.values.length, y.values.length];
      claim(places === numbers, `"${y.title}" of "${name}" has ${numbers} numbers at ${places} places`);
      claim(y.values.every(Number.isFinite), `"${y.title}" of "${name}" has a number that is not finite`);
    }
  }
}

async function claimFreed(make: Make<GenerativeModel>, setting: Setting): Promise<void> {
  await needBackend();
  const model = make(setting);
  const observed = tf.tidy(() => testObservation(setting.spec, new Rng(5)) as Observation & tf.TensorContainer);
  const use = (): void => {
    const posterior = model.posterior(observed);
    posterior.draw(new Rng(1)).dispose();
    posterior.dispose();
  };
  try {
    use();
    const before = tf.memory().numTensors;
    use();
    claim(tf.memory().numTensors <= before, `${tf.memory().numTensors - before} tensors outlive their posterior`);
    const freed = Object.values(observed).some(({ features, mask }) => features.isDisposed || mask.isDisposed);
    claim(!freed, 'a posterior frees what was observed');
  } finally {
    tf.dispose(observed);
    model.dispose();
  }
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

async function claimRoundTrip(make: Make<GenerativeModel>, setting: MakeSetting): Promise<void> {
  await needBackend();
  const folder = mkdtempSync(join(tmpdir(), 'unfold-conformance-'));
  const [written, read] = [1, 2].map((seed) => make(setting(seed)));
  try {
    const path = join(folder, 'weights.safetensors');
    const weights = await readWeights(written!);
    writeSafetensors(
      path,
      new Map(weights.map(({ name, parameter, values }) => [name, { shape: parameter.shape, values }])),
    );
    loadWeights(read!, readSafetensors(path).tensors, path);
    const same = tf.tidy(() => isClose(draw(written!, setting(), 1), draw(read!, setting(), 1), 0));
    claim(same, 'draws differ after the weights were written and read: something that matters is no parameter');
  } finally {
    for (const model of [written!, read!]) model.dispose();
    rmSync(folder, { recursive: true });
  }
}
