import { join } from 'node:path';
import { checkOptions } from '@unfold-zoo/core/options';
import { fileOptions, Hdf5Source, inspectEvents, samplesOf, writeEvents } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

async function source(t: ExecutionContext, options: Record<string, unknown>): Promise<Hdf5Source> {
  const opened = new Hdf5Source(fileOptions.parse(options));
  t.teardown(() => opened.close());
  await opened.open();
  return opened;
}

/** Files of events that follow one another in the sample, with weights unless `weighted` is false. */
async function filesOf(t: ExecutionContext, sizes: readonly number[], first = 0, weighted = true): Promise<string[]> {
  const folder = temporaryFolder(t);
  const paths: string[] = [];
  let start = first;
  for (const size of sizes) {
    const path = join(folder, `from-${start}.h5`);
    const raw = await sampleEvents(start, size);
    const weights = Float32Array.from({ length: size }, (_, i) => start + i + 1);
    await writeEvents(path, topology, [weighted ? { ...raw, weights } : raw]);
    paths.push(path);
    start += size;
  }
  return paths;
}

/** Labels of the events of a split. */
async function placesOf(data: Hdf5Source, split: 'train' | 'validation' | 'test'): Promise<number[]> {
  const { sample } = await data.readColumns(split, ['sample'], 0, data.count(split));
  return Array.from(sample as BigInt64Array, Number);
}

test('samples: weights times factors, 1 without weights, and labels along each event', async (t) => {
  const [weighted] = await filesOf(t, [4]);
  const [plain] = await filesOf(t, [2], 4, false);
  const samples = [
    { label: 'signal', files: weighted, factor: 0.5 },
    { label: 'other', files: [plain], factor: 3 },
  ];
  const data = await source(t, { samples, validationFraction: 0 });
  const { weights } = await data.read('train', 0, 6);
  t.deepEqual([...weights!], [0.5, 1, 1.5, 2, 3, 3]);
  t.deepEqual(await placesOf(data, 'train'), [0, 0, 0, 0, 1, 1]);
  const counts = [
    { label: 'signal', events: 4 },
    { label: 'other', events: 2 },
  ];
  t.deepEqual(samplesOf(data), counts);
  t.deepEqual((await inspectEvents(data)).samples, counts);
});

test('the order of events is the same whether a sample is one file or many', async (t) => {
  const [other] = await filesOf(t, [40], 200);
  const orderOf = async (files: readonly string[]): Promise<number[]> => {
    const samples = [
      { label: 'a', files },
      { label: 'b', files: other },
    ];
    const data = await source(t, { samples, split: 'spread' });
    return [...(await data.read('train', 0, data.count('train'))).weights!];
  };
  const one = await orderOf(await filesOf(t, [100]));
  t.deepEqual(await orderOf(await filesOf(t, [7, 53, 40])), one);
});

test('samples alternate, so that every part of the events has as much of each', async (t) => {
  const [a, b, c] = await Promise.all([filesOf(t, [3000]), filesOf(t, [3000]), filesOf(t, [3000])]);
  const samples = [
    { label: 'a', files: [...a!, ...b!] },
    { label: 'b', files: c },
  ];
  const data = await source(t, { samples, validationFraction: 0, testFraction: 0.5, split: 'tail' });
  for (const split of ['train', 'test'] as const) {
    const places = await placesOf(data, split);
    t.is(places.length, 4500);
    // A third, but for the stripe of a 64th of all events that the splits share.
    t.true(Math.abs(places.filter((place) => place === 1).length - 1500) < 9000 / 64);
  }
});

test('samples beside training files, without either, and two of one label are refused', async (t) => {
  const files = await filesOf(t, [4]);
  const sample = { label: 'a', files };
  const refused = (options: object, message: RegExp) =>
    t.throwsAsync(async () => new Hdf5Source(checkOptions(fileOptions, options)).open(), {
      name: 'UserError',
      message,
    });
  await refused({ train: files, samples: [sample] }, /^invalid samples: duplicate of train: expected either .*$/);
  await refused({}, /^invalid train: missing, expected files of training events, samples in their place, or test/);
  const [other] = await filesOf(t, [4]);
  await refused(
    { samples: [sample, { label: 'a', files: other }] },
    /^invalid samples\.1\.label: duplicate label "a"$/,
  );
  await refused({ samples: [sample, { label: 'b', files }] }, /is named twice$/);
});
