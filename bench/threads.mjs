// The native engine on one thread beside several, a few steps each in turn within one training, so that both meet the
// same moments of a machine that others use too.
import * as tf from '@tensorflow/tfjs-core';
import { openSession } from '@unfold-zoo/runs';
import { median } from './shared/median.mjs';
import { positive } from './shared/positive.mjs';
import { trainAside, trainingConfig } from './shared/training.mjs';

export const options = {
  preset: { type: 'string', default: 'paper', description: 'preset or config file' },
  batch: { type: 'string', default: '256', description: 'events a step' },
  threads: { type: 'string', default: '2', description: 'threads beside one' },
  steps: { type: 'string', default: '160', description: 'steps in all, a fifth of which are not counted' },
  warmup: { type: 'string', default: '30', description: 'steps before, while code is being compiled' },
};

/** Steps on as many threads before it is the other's turn; the first of them is not counted. */
const TURN = 5;

export async function run({ preset, ...numbers }) {
  const [batch, threads, steps, warmup] = ['batch', 'threads', 'steps', 'warmup'].map((name) =>
    positive(name, numbers[name]),
  );
  const engine = `{kind: native, threads: ${threads}}`;
  const session = await openSession(await trainingConfig({ preset, engine, batch, steps: steps + warmup }));
  const { addon } = tf.backend();
  const scaling = await session.scaling();
  const durations = { one: [], several: [] };
  let [step, turn, last] = [0, 'several', performance.now()];
  const onStep = () => {
    const duration = performance.now() - last;
    if (step >= warmup && step % TURN !== 0) durations[turn].push(duration);
    step++;
    if (step % TURN === 0) {
      turn = turn === 'one' ? 'several' : 'one';
      addon.useThreads(turn === 'one' ? 1 : threads);
    }
    last = performance.now();
  };
  await trainAside(session, { model: session.model(scaling), scaling, onStep });
  const { one, several } = durations;
  const ratio = (of) => of(one) / of(several);
  const fastest = (values) => Math.min(...values);
  const quarter = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)];
  return {
    ...{ preset, batch, threads, steps },
    oneMs: median(one),
    severalMs: median(several),
    oneFastestMs: fastest(one),
    severalFastestMs: fastest(several),
    ratioOfMedians: ratio(median),
    ratioOfQuarters: ratio(quarter),
    ratioOfFastest: ratio(fastest),
  };
}
