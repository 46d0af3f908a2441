import * as tf from '@tensorflow/tfjs-core';
import { type Observation, Rng } from '@unfold-zoo/core';
import { drawStreams } from '@unfold-zoo/core/events';
import test from 'ava';
import { makeBatch, makeVld, networkTests } from '../engines/network-tests.js';
import { nativeTest, startNative } from './native-test.js';

test.before(() => startNative());

networkTests('native', nativeTest);

function someEvents(observed: Observation, first: number, count: number): Observation {
  const sets = Object.entries(observed).map(([name, { features, mask }]) => [
    name,
    { features: tf.slice(features, first, count), mask: tf.slice(mask, first, count) },
  ]);
  return Object.fromEntries(sets);
}

nativeTest('draws of a VLD have the same bits whatever the batch that they are made in', (t) => {
  const [model, streams, all] = [makeVld(), new Rng(4), 180];
  tf.tidy(() => {
    const { observed } = makeBatch(all, new Rng(3));
    const draw = (first: number, events: number, draws: number): Float32Array =>
      model
        .posterior(someEvents(observed, first, events))
        .draw(drawStreams(streams, { first, events, draws }), draws)
        .dataSync<'float32'>();
    const whole = draw(0, all, 2);
    const width = whole.length / all / 2;
    for (const [first, events] of [
      [0, 1],
      [179, 1],
      [11, 7],
      [100, 64],
    ] as const) {
      t.deepEqual(draw(first, events, 2), whole.slice(first * 2 * width, (first + events) * 2 * width));
      const one = draw(first, events, 1);
      for (let i = 0; i < events; i++) {
        const row = (first + i) * 2 * width;
        t.deepEqual(one.slice(i * width, (i + 1) * width), whole.slice(row, row + width));
      }
    }
  });
});
