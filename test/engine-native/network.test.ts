import * as tf from '@tensorflow/tfjs-core';
import { type Observation, Rng } from '@unfold-zoo/core';
import { drawStreams } from '@unfold-zoo/core/events';
import test from 'ava';
import { makeBatch, makeVld, networkTests, step } from '../engines/network-tests.js';
import { bfloat16Test, nativeTest, startNative } from './native-test.js';

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

/** The gradients of a step one after the other, by the part of the model that they belong to. */
function gradientsByPart(): Map<string, number[]> {
  const parts = new Map<string, number[]>();
  for (const [path, values] of step(makeVld())) {
    const [part] = path.split('.') as [string];
    parts.set(part, [...(parts.get(part) ?? []), ...values]);
  }
  return parts;
}

bfloat16Test('with precision bfloat16 the gradients of each part of a VLD keep their size and direction', async (t) => {
  await startNative();
  const expected = gradientsByPart();
  await startNative({ threads: 2, precision: 'bfloat16' });
  const actual = gradientsByPart();
  await startNative();
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  for (const [part, values] of expected) {
    const rounded = actual.get(part)!;
    const [norm, size] = [Math.sqrt(dot(rounded, rounded)), Math.sqrt(dot(values, values))];
    const cosine = dot(rounded, values) / (norm * size);
    t.true(Math.abs(norm / size - 1) < 0.02, `${part}: norm ${norm} for ${size}`);
    t.true(cosine > 0.999, `${part}: cosine ${cosine}`);
    t.notDeepEqual(rounded, values);
  }
});
