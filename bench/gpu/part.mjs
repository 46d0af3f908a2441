// One part of prove.mjs, on a preset's network of the paper's size by default. Prints a line of JSON, or one after each
// step, so that what is stopped has said something.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { Engine, Rng } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import { sequentialBatches, sliceEvents, toBatch, toObservation } from '@unfold-zoo/core/events';
import { engineChecks } from '@unfold-zoo/core/testing';
import { lossAndGradients } from '@unfold-zoo/core/training';
import engineNative from '@unfold-zoo/engine-native';
import engines, { cpuEngine } from '@unfold-zoo/engines';
import { openSession, readRunConfig } from '@unfold-zoo/runs';
import { changedSource } from '../shared/changed-source.mjs';
import { median } from '../shared/median.mjs';
import { trainAside } from '../shared/training.mjs';

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'webgpu' },
    preset: { type: 'string', default: 'paper' },
    batch: { type: 'string', default: '8' },
  },
});
const batchSize = Number(options.batch);
const STEPS = 30;

/** Every check that an engine has to pass. */
async function conformance() {
  const made = new Catalogue([engines, engineNative]);
  const make = () => made.assemble(Engine, { engine: { kind: options.engine } }, new Rng(0));
  const failed = {};
  const checks = engineChecks(make);
  for (const [title, check] of checks) {
    await check().catch((error) => {
      failed[title] = error.message;
    });
  }
  const engine = make();
  await engine.start();
  print({ engine: engine.label, checks: checks.length, passed: checks.length - Object.keys(failed).length, failed });
  if (Object.keys(failed).length > 0) process.exitCode = 1;
}

/** Loss and gradients of one batch beside those of plain JavaScript, all together and of each group of the stage. */
async function gradients() {
  const session = await open();
  const { events } = session;
  const computed = async () => {
    const model = session.model(session.fitted);
    const [stage] = model.stages;
    const parameters = stage.groups.flatMap((group) => group.parameters);
    const batch = toBatch(events, session.source.spec, session.fitted);
    const start = performance.now();
    const { losses, gradients } = await lossAndGradients(stage, parameters, batch, new Rng(5));
    const milliseconds = performance.now() - start;
    const sizes = stage.groups.map(({ name, parameters: own }) => [name, own.length]);
    return { sizes, loss: losses.loss, gradients: gradients.map((each) => each.slice()), milliseconds };
  };
  const actual = await computed();
  print({ engine: session.engine.label, loss: actual.loss, milliseconds: actual.milliseconds });
  await cpuEngine().start();
  const expected = await computed();
  const groups = {};
  let first = 0;
  for (const [name, count] of expected.sizes) {
    groups[name] = likeness(
      actual.gradients.slice(first, first + count),
      expected.gradients.slice(first, first + count),
    );
    first += count;
  }
  print({
    engine: session.engine.label,
    events: events.size,
    loss: actual.loss,
    lossOfCpu: expected.loss,
    milliseconds: actual.milliseconds,
    all: likeness(actual.gradients, expected.gradients),
    groups,
  });
}

/** |a - b| / |b| and the cosine of the angle between them. */
function likeness(actual, expected) {
  let [difference, dot, a2, b2] = [0, 0, 0, 0];
  for (const [i, values] of expected.entries()) {
    for (const [j, value] of values.entries()) {
      const own = actual[i][j];
      difference += (own - value) ** 2;
      dot += own * value;
      a2 += own ** 2;
      b2 += value ** 2;
    }
  }
  return { relativeError: Math.sqrt(difference / b2), cosine: dot / Math.sqrt(a2 * b2) };
}

/** Training steps with loader, clipping and Adam. */
async function train() {
  const session = await open({ steps: STEPS });
  const times = [performance.now()];
  const onStep = ({ loss }) => {
    times.push(performance.now());
    print({ ...timesOf(session, times), loss });
  };
  await trainAside(session, { model: session.model(session.fitted), scaling: session.fitted, onStep });
}

/** One draw of each event of a batch, 50 steps of PNDM. */
async function sample() {
  const session = await open();
  const model = session.model(session.fitted);
  const times = [performance.now()];
  for (let i = 0; i < 5; i++) {
    const observed = toObservation(session.events, session.source.spec, session.fitted);
    const drawn = tf.tidy(() => model.posterior(observed).draw(session.rng.fork(`draw ${i}`)));
    const finite = (await drawn.data()).every(Number.isFinite);
    tf.dispose([drawn, observed]);
    times.push(performance.now());
    print({ ...timesOf(session, times), finite });
  }
}

/** The first turn has the GPU's programs compiled, and is told apart. */
function timesOf({ engine }, times) {
  const turns = times.slice(1).map((time, i) => time - times[i]);
  const later = turns.slice(1);
  const measured = later.length > 2 ? later.slice(2) : later;
  return {
    engine: engine.label,
    batch: batchSize,
    turns: turns.length,
    firstMs: turns[0],
    ...(measured.length > 0 && {
      medianMs: median(measured),
      fastestMs: Math.min(...measured),
      eventsPerSecond: (1000 * batchSize) / median(measured),
    }),
    tensorBytes: tf.memory().numBytes,
  };
}

/** A session with simulated events in memory, two batches of them or more. */
async function open({ steps = 1 } = {}) {
  const count = Math.max(2 * batchSize, 1024);
  const config = await readRunConfig(options.preset, {
    set: [
      `engine={kind: ${options.engine}}`,
      `data={kind: ttbar-generator, train: ${count}, validation: 16, test: 16}`,
      `training={batchSize: ${batchSize}, steps: ${steps}, fineTune: {steps: 0}}`,
      'training={validateEvery: 1000000, checkpointEvery: 1000000, validationEvents: 16}',
    ],
  });
  const session = await openSession(config);
  const fitted = await session.scaling();
  const { value: all } = await sequentialBatches(session.source, 'train', { batchSize: count }).next();
  const source = changedSource(session.source, {
    read: async (split, start, size) =>
      split === 'train' ? sliceEvents(all, session.source.spec, start, size) : session.source.read(split, start, size),
  });
  return { ...session, source, fitted, events: sliceEvents(all, session.source.spec, 0, batchSize) };
}

function print(value) {
  console.log(JSON.stringify(value));
}

await { conformance, gradients, train, sample }[positionals[0]]();
// Dawn's device would keep the process.
process.exit();
