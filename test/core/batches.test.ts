import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type HostEvents, Rng } from '@unfold-zoo/core';
import {
  fitScaling,
  sequentialBatches,
  type TrainingBatchOptions,
  toBatch,
  toObservation,
  trainingBatches,
} from '@unfold-zoo/core/events';
import test from 'ava';
import { NumberedSource, numberedSpec, numbersOf } from '../fixtures/data/numbered-source.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(5);

async function take(
  source: NumberedSource,
  count: number,
  options: Partial<TrainingBatchOptions>,
): Promise<HostEvents[]> {
  const batches: HostEvents[] = [];
  for await (const batch of trainingBatches(source, { batchSize: 10, rng, bufferBlocks: 3, ...options })) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

test('an epoch is a permutation of the split when batches divide it', async (t) => {
  const batches = await take(new NumberedSource(100, 8), 10, {});
  const numbers = batches.flatMap(numbersOf);
  t.deepEqual(
    numbers.toSorted((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
  t.notDeepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
});

test('no event occurs twice in an epoch, and fewer than a batch are left out', async (t) => {
  const batches = await take(new NumberedSource(107, 8), 10, {});
  t.is(new Set(batches.flatMap(numbersOf)).size, 100);
});

test('epochs differ in order and in what they leave out', async (t) => {
  const numbers = (await take(new NumberedSource(107, 8), 60, {})).map(numbersOf);
  const epochs = [0, 1, 2, 3, 4, 5].map((epoch) => numbers.slice(10 * epoch, 10 * (epoch + 1)).flat());
  t.is(new Set(epochs.map(String)).size, 6);
  // An event is left out of all six epochs with probability (7/107)^6 = 8e-8.
  t.is(new Set(epochs.flat()).size, 107);
});

test('an event is carried over whole: every number of a batch belongs to its event', async (t) => {
  const source = new NumberedSource(50, 8);
  const [batch] = await take(source, 1, {});
  for (const [i, number] of numbersOf(batch!).entries()) {
    const { partons, inputs } = await source.read('train', number, 1);
    t.deepEqual(batch!.partons!.slice(10 * i, 10 * i + 10), partons);
    t.deepEqual(batch!.inputs['objects']!.features.slice(9 * i, 9 * i + 9), inputs['objects']!.features);
    t.deepEqual(batch!.inputs['objects']!.mask.slice(3 * i, 3 * i + 3), inputs['objects']!.mask);
    t.deepEqual(batch!.inputs['met']!.features.slice(i, i + 1), inputs['met']!.features);
  }
});

test('batch k is the same whether reached from the first or started at', async (t) => {
  const all = await take(new NumberedSource(107, 8, (event) => event / 50), 25, {});
  for (const start of [1, 7, 9, 10, 13, 24]) {
    const [resumed] = await take(new NumberedSource(107, 8, (event) => event / 50), 1, { start });
    t.deepEqual(resumed, all[start], `batch ${start}`);
  }
});

test('starting late reads no window but that of the batch', async (t) => {
  const source = new NumberedSource(1000, 10);
  await take(source, 1, { start: 57, bufferBlocks: 2 });
  const read = source.reads.reduce((sum, [, count]) => sum + count, 0);
  t.true(read <= 40, `${read} events read`); // A batch of 10 touches at most two windows of 20.
});

test('an epoch reads every block once', async (t) => {
  const source = new NumberedSource(100, 8);
  await take(source, 10, {});
  t.is(source.reads.length, 13);
  t.is(new Set(source.reads.map(String)).size, 13);
});

test('workers share out the batches of one', async (t) => {
  const alone = (await take(new NumberedSource(107, 8), 12, {})).map(numbersOf);
  const ranks = [0, 1].map((rank) => take(new NumberedSource(107, 8), 12, { rank, world: 2 }));
  const [first, second] = (await Promise.all(ranks)).map((batches) => batches.map(numbersOf));
  t.deepEqual(
    first!.map((numbers, i) => [...numbers, ...second![i]!]),
    alone,
  );
});

test('another seed gives another order', async (t) => {
  const [one] = await take(new NumberedSource(100, 8), 1, {});
  const [other] = await take(new NumberedSource(100, 8), 1, { rng: new Rng(6) });
  t.notDeepEqual(numbersOf(one!), numbersOf(other!));
});

test('every event is equally likely to come first', async (t) => {
  const counts = new Array<number>(12).fill(0);
  for (let seed = 0; seed < 2400; seed++) {
    const [batch] = await take(new NumberedSource(12, 4), 1, { batchSize: 1, bufferBlocks: 2, rng: new Rng(seed) });
    counts[numbersOf(batch!)[0]!]!++;
  }
  const chiSquared = counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
  t.true(chiSquared < 31.3, `${chiSquared}`); // 11 degrees of freedom, p = 0.001.
});

test('a batch larger than the split is refused', async (t) => {
  await t.throwsAsync(take(new NumberedSource(9, 8), 1, {}), {
    message: 'invalid training.batchSize: expected at most the 9 events of the training split, got 10',
  });
  await t.throwsAsync(take(new NumberedSource(0, 8), 1, {}), { message: /^missing training events/ });
});

test('a batch that workers cannot share evenly is refused', async (t) => {
  await t.throwsAsync(take(new NumberedSource(100, 8), 1, { world: 3 }), {
    message: 'invalid training.batchSize: expected a multiple of the 3 workers, got 10',
  });
});

test('sequential batches keep the order, and the last may be short', async (t) => {
  const source = new NumberedSource(25, 8);
  const batches: number[][] = [];
  for await (const batch of sequentialBatches(source, 'validation', { batchSize: 10 })) batches.push(numbersOf(batch));
  t.deepEqual(
    batches.map(({ length }) => length),
    [10, 10, 5],
  );
  t.deepEqual(
    batches.flat(),
    Array.from({ length: 25 }, (_, i) => i),
  );
  t.deepEqual(source.reads, [
    [0, 8],
    [8, 8],
    [16, 8],
    [24, 1],
  ]);
});

test('sequential batches start and stop where told', async (t) => {
  const numbers: number[] = [];
  const range = { batchSize: 4, start: 5, limit: 9 };
  for await (const batch of sequentialBatches(new NumberedSource(25, 8), 'test', range))
    numbers.push(...numbersOf(batch));
  t.deepEqual(numbers, [5, 6, 7, 8, 9, 10, 11, 12, 13]);
});

test.serial('padding stays zero in a scaled batch, and nothing is left behind', async (t) => {
  const source = new NumberedSource(40, 8);
  const scaling = await fitScaling(source);
  const events = await source.read('train', 0, 4);
  const before = tf.memory().numTensors;
  const batch = toBatch(events, numberedSpec, scaling);
  t.deepEqual(batch.partons.shape, [4, 10]);
  t.deepEqual(batch.observed['objects']!.features.shape, [4, 3, 3]);
  t.deepEqual(batch.observed['met']!.mask.shape, [4, 1]);
  t.is(batch.weights, undefined);
  const features = await batch.observed['objects']!.features.data();
  const mask = await batch.observed['objects']!.mask.data();
  t.deepEqual([...mask], [0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1]);
  for (const [slot, real] of mask.entries()) {
    const row = [...features.subarray(3 * slot, 3 * slot + 3)];
    if (real === 0) t.deepEqual(row, [0, 0, 0]);
    else t.not(row[0], 0);
  }
  tf.dispose(batch as unknown as tf.TensorContainer);
  t.is(tf.memory().numTensors, before);
});

test.serial('a batch is padded to its longest event, or to the capacity, with the same objects', async (t) => {
  const source = new NumberedSource(40, 8);
  const scaling = await fitScaling(source);
  // Events 0, 1 and 2 have none, one and two objects of at most three; see the masks above.
  const events = await source.read('train', 0, 3);
  const objects = async (padding: 'longest' | 'capacity') => {
    const { features, mask } = toObservation(events, numberedSpec, scaling, padding)['objects']!;
    const [values, real] = [await features.data(), await mask.data()];
    const kept = [...real.keys()].filter((slot) => real[slot] === 1);
    const rows = kept.map((slot) => [...values.subarray(3 * slot, 3 * slot + 3)]);
    const { shape } = features;
    tf.dispose([features, mask]);
    return { shape, rows };
  };
  const [longest, capacity] = [await objects('longest'), await objects('capacity')];
  t.deepEqual(longest.shape, [3, 2, 3]);
  t.deepEqual(capacity.shape, [3, 3, 3]);
  t.deepEqual(longest.rows, capacity.rows);
});

test.serial('weights of a batch have mean 1 over the training split', async (t) => {
  const source = new NumberedSource(40, 8, (event) => 20 + event);
  const scaling = await fitScaling(source);
  const batch = toBatch(await source.read('train', 0, 40), numberedSpec, scaling);
  const mean = await tf.mean(batch.weights!).data();
  t.true(Math.abs(mean[0]! - 1) < 1e-6); // float32
  tf.dispose(batch as unknown as tf.TensorContainer);
});
