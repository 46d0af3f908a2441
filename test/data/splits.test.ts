import { join } from 'node:path';
import { effectiveEvents, fitScaling, largestDifference } from '@unfold-zoo/core/events';
import { dataWarnings, fileOptions, Hdf5Source, type RawEvents, samplePath, writeEvents } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { fileOf, same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

async function sourceOf(t: ExecutionContext, options: Record<string, unknown>): Promise<Hdf5Source> {
  const source = new Hdf5Source(fileOptions.parse(options));
  t.teardown(() => source.close());
  await source.open();
  return source;
}

/** Rows of every array in another order. */
function reordered(raw: RawEvents, order: readonly number[]): RawEvents {
  const rows = (values: RawEvents['weights'] & object): never => {
    const width = values.length / raw.size;
    const picked = new (values.constructor as Float32ArrayConstructor)(values.length);
    for (const [to, from] of order.entries()) picked.set(values.subarray(from * width, (from + 1) * width), to * width);
    return picked as never;
  };
  const groups = Object.entries(raw.groups).map(([group, columns]) => [
    group,
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, rows(values as Float32Array)])),
  ]);
  return { ...raw, momenta: rows(raw.momenta!), groups: Object.fromEntries(groups) };
}

/** The sample in order of the energy of its top pair. */
async function orderedFile(t: ExecutionContext): Promise<string> {
  const raw = await sampleEvents(0, 3000);
  const energy = (event: number): number => raw.momenta![(event * 11 + 10) * 5 + 1]!;
  const order = Array.from({ length: 3000 }, (_, event) => event).sort((a, b) => energy(a) - energy(b));
  return fileOf(t, reordered(raw, order));
}

/** The masses of the first particle of every event of a split, which tell events apart. */
async function keysOf(source: Hdf5Source, split: 'train' | 'validation' | 'test'): Promise<string[]> {
  const { partons, size } = await source.read(split, 0, source.count(split));
  return Array.from({ length: size }, (_, event) => String(partons!.subarray(event * 55, (event + 1) * 55)));
}

test('events that are spread are each in one split, and as many as at the end of the file', async (t) => {
  const fractions = { train: samplePath(), validationFraction: 0.11, testFraction: 0.23 };
  const [spread, tail] = [
    await sourceOf(t, { ...fractions, split: 'spread' }),
    await sourceOf(t, { ...fractions, split: 'tail' }),
  ];
  const keys: string[] = [];
  for (const split of ['train', 'validation', 'test'] as const) {
    t.is(spread.count(split), tail.count(split));
    keys.push(...(await keysOf(spread, split)));
  }
  const whole = await sourceOf(t, { train: samplePath(), validationFraction: 0 });
  t.deepEqual(keys.toSorted(), (await keysOf(whole, 'train')).toSorted());
});

test('any range of a split that is spread holds what reading in order gives', async (t) => {
  const source = await sourceOf(t, { train: samplePath(), testFraction: 0.2, split: 'spread', maxTrainEvents: 1500 });
  for (const split of ['train', 'validation', 'test'] as const) {
    const count = source.count(split);
    const all = await keysOf(source, split);
    for (const start of [0, 1, Math.floor(count / 3), count - 9]) {
      const { partons } = await source.read(split, start, 9);
      const some = Array.from({ length: 9 }, (_, event) => String(partons!.subarray(event * 55, (event + 1) * 55)));
      t.deepEqual(some, all.slice(start, start + 9));
    }
  }
});

test('of a file in some order the held-out events are like the rest, and a warning says why', async (t) => {
  const path = await orderedFile(t);
  const fractions = { train: path, validationFraction: 0.1, testFraction: 0.2 };
  const differences = async (source: Hdf5Source) => {
    const [train, held] = [
      await source.read('train', 0, source.count('train')),
      await source.read('test', 0, source.count('test')),
    ];
    return largestDifference(source.spec, train, held)!;
  };
  const spread = await sourceOf(t, fractions);
  // The order is perfect: held-out events are about 1 / 600 of the distribution away, all other numbers as by chance.
  t.true((await differences(spread)).probability > 1e-3);
  t.true(spread.warnings.some((text) => /events\.h5 are in order of something .*split: tail/.test(text)));

  const tail = await sourceOf(t, { ...fractions, split: 'tail' });
  t.true((await differences(tail)).distance > 0.9);
  const warnings = await dataWarnings(tail, await fitScaling(tail));
  for (const split of ['validation', 'test'])
    t.true(
      warnings.some((text) => text.startsWith(`the ${split} split is not like the training split: `)),
      split,
    );
});

test('of a file in no order the held-out events stay at its end', async (t) => {
  const fractions = { train: samplePath(), validationFraction: 0.1, testFraction: 0.2 };
  const [auto, tail] = [await sourceOf(t, fractions), await sourceOf(t, { ...fractions, split: 'tail' })];
  for (const split of ['train', 'validation', 'test'] as const) {
    const count = tail.count(split);
    t.true(same(await auto.read(split, 0, count), await tail.read(split, 0, count)));
  }
  t.deepEqual(auto.warnings, []);
  t.deepEqual(await dataWarnings(auto, await fitScaling(auto)), []);
});

test('one outlier that decides the scaling of a column is warned of by the name of the column', async (t) => {
  const raw = await sampleEvents(0, 3000);
  const far = structuredClone(raw);
  far.momenta!.set([173, 1e6, 9.9e5, 1e4, 1e5], (77 * 11 + 9) * 5);
  const source = await sourceOf(t, { train: await fileOf(t, far) });
  const warnings = await dataWarnings(source, await fitScaling(source));
  const named = warnings.filter((text) => text.includes('a few outliers decide the scaling of hadronic_top.px'));
  t.is(named.length, 1);
  t.regex(named[0]!, /scaling\.normalScores/);
});

const weighted = async (t: ExecutionContext, weight: (event: number) => number, start = 0): Promise<string> => {
  const weights = Float32Array.from({ length: 40 }, (_, event) => weight(event));
  return fileOf(t, { ...(await sampleEvents(start, 40)), weights });
};

test('weights that a config names are read of every file', async (t) => {
  const path = async (start: number): Promise<string> => {
    const file = join(temporaryFolder(t), 'events.h5');
    const raw = await sampleEvents(start, 40);
    const extras = { '/event/mc_weight': Float32Array.from({ length: 40 }, (_, event) => event + start) };
    await writeEvents(file, topology, [{ ...raw, extras }]);
    return file;
  };
  const files = { train: await path(0), validation: await path(40), test: await path(80) };
  const source = await sourceOf(t, { ...files, weights: '/event/mc_weight' });
  for (const [split, first] of [
    ['train', 0],
    ['validation', 40],
    ['test', 80],
  ] as const)
    t.deepEqual([...(await source.read(split, 0, 2)).weights!], [first, first + 1]);
  const none = await sourceOf(t, { ...files, train: await weighted(t, () => 2), weights: false });
  t.is((await none.read('train', 0, 2)).weights, undefined);
});

test('a file with truth and without the weights that training has is refused; collision data need none', async (t) => {
  const train = await weighted(t, () => 2);
  const raw = await sampleEvents(40, 40);
  const message = /^missing \/event\/weight in .*: .* has event weights; give both files weights, or .*weights: false/;
  await t.throwsAsync(sourceOf(t, { train, test: await fileOf(t, raw) }), { name: 'UserError', message });
  await t.throwsAsync(sourceOf(t, { train, validation: await fileOf(t, raw) }), { name: 'UserError', message });
  const { momenta, ...collisions } = raw;
  t.truthy(momenta);
  await t.notThrowsAsync(sourceOf(t, { train, test: await fileOf(t, collisions) }));
});

test('weights in a test file and none in the training file are warned of', async (t) => {
  const files = { train: await fileOf(t, await sampleEvents(40, 40)), test: await weighted(t, () => 2) };
  const { warnings } = await sourceOf(t, files);
  t.true(warnings.some((text) => /has event weights, \/event\/weight, and .* has none/.test(text)));
  t.deepEqual((await sourceOf(t, { ...files, weights: false })).warnings, []);
});

test('weights whose sum is not positive are refused when the data are opened', async (t) => {
  const train = await weighted(t, (event) => (event % 2 === 0 ? -1 : 0.9));
  await t.throwsAsync(sourceOf(t, { train, validationFraction: 0 }), {
    name: 'UserError',
    message: /^invalid \/event\/weight in .*: the weights of the train split add up to -\d.*, and must be positive$/,
  });
});

test('weights that leave few effective events are warned of; those of an NLO sample are not', async (t) => {
  const few = await sourceOf(t, { train: await weighted(t, (event) => (event === 3 ? 1e30 : 1)) });
  t.regex(few.warnings.join(), /the weights of the train split leave 1 effective events of 38/);
  const usual = await sourceOf(t, { train: await weighted(t, (event) => (event % 5 === 0 ? -1 : 1)) });
  t.deepEqual(usual.warnings, []);
  t.is(effectiveEvents(Float64Array.from({ length: 40 }, (_, event) => (event % 5 === 0 ? -1 : 1))), 24 ** 2 / 40);
});
