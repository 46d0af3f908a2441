import * as tf from '@tensorflow/tfjs-core';
import type { ConditionEncoder } from '../../contracts/model/condition-encoder.js';
import type { ObjectSet, Observation } from '../../contracts/model/observation.js';
import { Rng } from '../../rng.js';
import { type Check, claim, tensorCheck } from '../check.js';
import { claimShape, firstRows, isClose, moduleChecks, using } from '../module-checks.js';
import { type Make, testObservation } from '../setting.js';

/** What a `ConditionEncoder` must do. */
export function conditionEncoderChecks(make: Make<ConditionEncoder>): Check[] {
  const unchanged = (title: string, change: (set: ObjectSet) => ObjectSet, complaint: string): Check =>
    tensorCheck(title, () => claimUnchanged(make, (observed) => eachInput(observed, change), complaint));
  return [
    tensorCheck('the summary has the width of the encoder, one row an event', () => {
      using(make, (encoder, { spec }) => {
        claimShape('the summary', encoder.encode(testObservation(spec, new Rng(5))), [4, encoder.width]);
      });
    }),
    unchanged('the order of objects does not matter', reversed, 'the summary changes when the objects are reordered'),
    unchanged('more padding does not matter', padded, 'the summary changes when padding is added'),
    unchanged('what stands in padding does not matter', filled, 'the summary sees what stands in the place of padding'),
    tensorCheck('an event does not depend on the others of its batch', () => {
      using(make, (encoder, { spec }) => {
        const observed = testObservation(spec, new Rng(5));
        const alone = encoder.encode(eachInput(observed, firstEvents));
        claim(
          isClose(alone, firstRows(encoder.encode(observed), 2)),
          'the summary of an event changes with the others of its batch',
        );
      });
    }),
    tensorCheck('every object that is there matters', () => {
      using(make, (encoder, { spec }) => {
        const observed = testObservation(spec, new Rng(5));
        const before = encoder.encode(observed);
        for (const [name, set] of Object.entries(observed)) {
          const changed = encoder.encode({ ...observed, [name]: { ...set, features: tf.mul(1.5, set.features) } });
          claim(!isClose(changed, before), `the summary does not depend on the input "${name}"`);
        }
      });
    }),
    tensorCheck('objects come with the same summary, one for each that is there', () => {
      using(make, (encoder, { spec }) => {
        if (!encoder.encodeObjects) return;
        const observed = testObservation(spec, new Rng(5));
        const { summary, objects } = encoder.encodeObjects(observed);
        claim(isClose(summary, encoder.encode(observed)), 'the summary with objects is another than that without');
        const there = tf.concat(
          Object.values(observed).map(({ mask }) => mask),
          1,
        );
        claimShape('the objects', objects.tokens, [...there.shape, encoder.width]);
        claim(isClose(tf.sum(objects.mask, 1), tf.sum(there, 1)), 'there are as many objects as were seen');
        const padding = tf.mul(objects.tokens, tf.expandDims(tf.sub(1, objects.mask), 2));
        claim(isClose(padding, tf.zerosLike(padding)), 'objects are 0 where padding is');
      });
    }),
    ...moduleChecks(make, (encoder, { spec }, rng) => [encoder.encode(testObservation(spec, rng))]),
  ];
}

function claimUnchanged(
  make: Make<ConditionEncoder>,
  change: (observed: Observation) => Observation,
  complaint: string,
): void {
  using(make, (encoder, { spec }) => {
    const observed = testObservation(spec, new Rng(5));
    claim(isClose(encoder.encode(change(observed)), encoder.encode(observed)), complaint);
  });
}

function eachInput(observed: Observation, change: (set: ObjectSet) => ObjectSet): Observation {
  return Object.fromEntries(Object.entries(observed).map(([name, set]) => [name, change(set)]));
}

function reversed({ features, mask }: ObjectSet): ObjectSet {
  return { features: tf.reverse(features, 1), mask: tf.reverse(mask, 1) };
}

function padded({ features, mask }: ObjectSet): ObjectSet {
  const pad = tf.pad as <T extends tf.Tensor>(x: T, paddings: [number, number][]) => T;
  return {
    features: pad(features, [
      [0, 0],
      [0, 3],
      [0, 0],
    ]),
    mask: pad(mask, [
      [0, 0],
      [0, 3],
    ]),
  };
}

function filled({ features, mask }: ObjectSet): ObjectSet {
  const free = tf.expandDims(tf.sub(1, mask), 2);
  return { features: tf.add(features, tf.mul(free, 5)), mask };
}

function firstEvents({ features, mask }: ObjectSet): ObjectSet {
  return { features: firstRows(features, 2), mask: firstRows(mask, 2) };
}
