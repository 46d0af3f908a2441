import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileOptions, Hdf5Source, type RawEvents, writeEvents } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { fileOf, same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

async function source(t: ExecutionContext, options: Record<string, unknown>): Promise<Hdf5Source> {
  const opened = new Hdf5Source(fileOptions.parse({ validationFraction: 0, ...options }));
  t.teardown(() => opened.close());
  await opened.open();
  return opened;
}

/** Files a.h5, b.h5, c.h5 of 5, 7 and 12 events that follow one another in the sample. */
async function threeFiles(t: ExecutionContext): Promise<string> {
  const folder = join(temporaryFolder(t), 'data');
  mkdirSync(folder);
  for (const [name, start, count] of [
    ['b', 5, 7],
    ['a', 0, 5],
    ['c', 12, 12],
  ] as const)
    await writeEvents(join(folder, `${name}.h5`), topology, [await sampleEvents(start, count)]);
  return folder;
}

test('a list of files, a pattern and a folder are read as one file of all their events would be', async (t) => {
  const folder = await threeFiles(t);
  const whole = await source(t, { train: await fileOf(t, await sampleEvents(0, 24)) });
  const expected = await whole.read('train', 0, 24);
  for (const train of [
    ['a', 'b', 'c'].map((name) => join(folder, `${name}.h5`)),
    join(folder, '*.h5'),
    folder,
    [join(folder, 'a.h5'), join(folder, '{b,c}.h5')],
  ]) {
    const data = await source(t, { train });
    t.is(data.count('train'), 24);
    t.true(same(await data.read('train', 0, 24), expected));
    t.true(same(await data.read('train', 3, 15), await whole.read('train', 3, 15)));
  }
});

test('options hold the files that a pattern has found, not the pattern', async (t) => {
  const folder = await threeFiles(t);
  const { train } = fileOptions.parse({ train: join(folder, '[ab].h5') });
  t.deepEqual(train, [join(folder, 'a.h5'), join(folder, 'b.h5')]);
  t.is(fileOptions.parse({ train: join(folder, 'a.h5') }).train, join(folder, 'a.h5'));
});

test('names of files and folders may look like patterns', async (t) => {
  const folder = join(temporaryFolder(t), 'run[2]');
  const path = join(folder, 'part[1].h5');
  await writeEvents(path, topology, [await sampleEvents(0, 3)]);
  t.is((await source(t, { train: path })).count('train'), 3);
  t.is((await source(t, { train: join(folder, '*.h5') })).count('train'), 3);
});

test('a pattern that finds nothing, and a file named twice, are refused by name', async (t) => {
  const folder = await threeFiles(t);
  const pattern = join(folder, '*.hdf5');
  await t.throwsAsync(source(t, { train: pattern }), {
    name: 'UserError',
    message: `missing files: there are none that match ${pattern}`,
  });
  const twice = [join(folder, 'a.h5'), join(folder, '*.h5')];
  await t.throwsAsync(source(t, { train: twice }), {
    name: 'UserError',
    message: `duplicate data.train: ${join(folder, 'a.h5')} is named twice`,
  });
  await t.throwsAsync(source(t, { train: join(folder, '*.h5'), test: join(folder, 'b.h5') }), {
    name: 'UserError',
    message: /^duplicate data\.test: .*b\.h5 is data\.train too/,
  });
});

const ALL_OR_NONE = '; all files need it or none';

test('files that are read as one have all a truth and weights, or none has', async (t) => {
  const raw = await sampleEvents(0, 4);
  const { momenta: _, ...blind } = raw;
  const weighted: RawEvents = { ...raw, weights: Float32Array.of(1, 2, 3, 4) };
  const [plain, heavy, collisions] = [await fileOf(t, raw), await fileOf(t, weighted), await fileOf(t, blind)];
  const train = await fileOf(t, raw);
  await t.throwsAsync(source(t, { train: [plain, heavy] }), {
    name: 'UserError',
    message: `missing event weights in ${plain}: ${heavy}, which is read with it, has event weights${ALL_OR_NONE}`,
  });
  await t.throwsAsync(source(t, { train, test: [collisions, plain] }), {
    name: 'UserError',
    message: `missing the truth in ${collisions}: ${plain}, which is read with it, has the truth${ALL_OR_NONE}`,
  });
});

test('an event that makes no sense is named with its own file and number', async (t) => {
  const raw = await sampleEvents(0, 4);
  const bad = { ...raw, momenta: raw.momenta!.slice().fill(Number.NaN, 2 * 55, 2 * 55 + 1) };
  const [first, second] = [await fileOf(t, raw), await fileOf(t, bad)];
  const data = await source(t, { train: [first, second], split: 'tail' });
  await t.throwsAsync(data.read('train', 0, 8), {
    name: 'UserError',
    message: new RegExp(`^invalid /partons/momenta in ${second}: event 2 has leptonic_b mass NaN`),
  });
});

test('what is wrong with any of the files of any split is told at once', async (t) => {
  const folder = await threeFiles(t);
  writeFileSync(join(folder, 'd.h5'), 'no events');
  const validation = join(folder, '..', 'none.h5');
  const data = new Hdf5Source(fileOptions.parse({ train: [folder, join(folder, 'e.h5')], validation }));
  const { message } = await t.throwsAsync(data.open());
  const [heading, files, ...mistakes] = message.split('\n');
  t.is(heading, 'invalid splits: 2 of 3 cannot be used');
  t.is(files, '  invalid files: 2 of 5 cannot be used');
  t.deepEqual(
    mistakes.map((line) => /^ *\w+ .*\b(\w+)\.h5\b/.exec(line)?.[1]),
    ['d', 'e', 'none'],
  );
});
