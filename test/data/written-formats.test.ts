import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostEvents } from '@unfold-zoo/core';
import {
  DrawStore,
  eventSpec,
  FileSource,
  fileFormats,
  fileOptions,
  type IndexedDraws,
  joinDraws,
  openDraws,
  RawEventFiles,
  type ReadableDraws,
  readableDraws,
  samplePath,
  writableFormatOf,
  writeEvents,
} from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

const spec = eventSpec(topology);
const numbers = (length: number, first: number): Float32Array => Float32Array.from({ length }, (_, i) => first + i / 8);

/** Draws for events `start` to `start + events` as one drawing makes them: three for each, beside two columns. */
function drawn(start: number, events: number): IndexedDraws {
  const index = Int32Array.from({ length: events }, (_, i) => start + i);
  return {
    size: events,
    draws: numbers(events * 165, 100 * start),
    truth: numbers(events * 55, start),
    weights: numbers(events, -start),
    index,
    carried: {
      run: BigInt64Array.from(index, (event) => 2n ** 60n + BigInt(event)),
      lumi: Float64Array.from(index, (event) => event / 3),
    },
  };
}

async function written(path: string, start: number, events: number, seed = 7): Promise<string> {
  const all = drawn(start, events);
  const plan = { spec, start, events, draws: 3, truth: true, weights: true, identity: { seed, split: 'test' } };
  const store = DrawStore.open(path, plan);
  store.append(all);
  await store.finish(async (first, count) => drawn(first, count).carried!);
  return path;
}

async function opened<T>(paths: readonly string[], use: (files: readonly ReadableDraws[]) => Promise<T>): Promise<T> {
  const files: ReadableDraws[] = [];
  for (const path of paths) files.push(await readableDraws(path));
  try {
    return await use(files);
  } finally {
    for (const file of files) await file.close();
  }
}

for (const end of ['h5', 'npz', 'parquet']) {
  test(`draws written as .${end} are read back with numbers of events, carried columns and provenance`, async (t) => {
    const path = await written(join(temporaryFolder(t), `draws.${end}`), 40, 6);
    await opened([path], async ([file]) => {
      t.deepEqual([file!.events, file!.draws, file!.hasTruth, file!.hasWeights], [6, 3, true, true]);
      t.deepEqual(
        file!.particles,
        topology.particles.map(({ name }) => name),
      );
      t.like(file!.attributes(), { seed: 7, split: 'test', start: 40, events: 6, topology: topology.name });
      t.true(same(await file!.read(0, 6), drawn(40, 6)));
      t.true(same((await file!.read(4, 2)).index, Int32Array.of(44, 45)));
    });
    t.deepEqual(readdirSync(dirname(path)), [`draws.${end}`]);
  });

  test(`draws of .${end} become HDF5 again, number by number`, async (t) => {
    const path = await written(join(temporaryFolder(t), `draws.${end}`), 0, 5);
    const copy = join(dirname(path), 'copy.h5');
    t.is(await opened([path], (files) => joinDraws(copy, files)), 5);
    const file = await openDraws(copy);
    const found = { draws: file.read(0, 5), attributes: file.attributes() };
    file.close();
    t.true(same(found.draws, drawn(0, 5)));
    t.like(found.attributes, { seed: 7, events: 5, draws: 3 });
    t.false('components' in found.attributes);
  });

  test(`events written as .${end} are read without a mapping, with the same bits`, async (t) => {
    const raw = [await sampleEvents(0, 30), await sampleEvents(30, 10)];
    const path = join(temporaryFolder(t), `events.${end}`);
    t.is(await writeEvents(path, topology, raw), 40);
    t.true(same(await eventsOf(path), await eventsOf(samplePath())));
  });
}

/** The first forty events of a file. */
async function eventsOf(train: string): Promise<HostEvents> {
  const format = fileFormats.find(({ kind }) => kind === writableFormatOf(train).kind)!;
  const source = new FileSource(fileOptions.parse({ train, validationFraction: 0, split: 'tail' }), { format });
  await source.open();
  try {
    return await source.read('train', 0, 40);
  } finally {
    await source.close();
  }
}

test('parts of one drawing, in any order and format, are joined to what one drawing writes', async (t) => {
  const folder = temporaryFolder(t);
  const whole = await written(join(folder, 'whole.h5'), 10, 9);
  const parts = [
    await written(join(folder, 'c.npz'), 17, 2),
    await written(join(folder, 'a.h5'), 10, 4),
    await written(join(folder, 'b.parquet'), 14, 3),
  ];
  const joined = join(folder, 'joined.h5');
  await opened(parts, (files) => joinDraws(joined, files));
  await opened([whole, joined], async ([one, other]) => {
    t.true(same(await one!.read(0, 9), await other!.read(0, 9)));
    t.deepEqual(one!.attributes(), other!.attributes());
  });
});

test('parts that do not fit are refused by what is missing, there twice or different', async (t) => {
  const folder = temporaryFolder(t);
  const [first, next, late, other] = [
    await written(join(folder, 'first.h5'), 0, 4),
    await written(join(folder, 'next.h5'), 3, 4),
    await written(join(folder, 'late.h5'), 6, 2),
    await written(join(folder, 'other.h5'), 4, 2, 8),
  ];
  const refused = async (paths: readonly string[], message: RegExp) => {
    await t.throwsAsync(
      opened(paths, (files) => joinDraws(join(folder, 'out.h5'), files)),
      { message },
    );
    t.false(readdirSync(folder).includes('out.h5'));
  };
  await refused([first, late], /^missing events 4 to 5: .*first\.h5 has 0 to 3, .*late\.h5 6 to 7; /);
  await refused([next, first], /^duplicate events 3 to 3: .*first\.h5 has 0 to 3, .*next\.h5 3 to 6; /);
  await refused([first, other], /^different seed: .*first\.h5 has 7, .*other\.h5 8; /);
});

test('what is no file of draws, and what is not written, is refused with what would be right', async (t) => {
  const folder = temporaryFolder(t);
  const draws = await written(join(folder, 'draws.parquet'), 0, 2);
  await t.throwsAsync(openDraws(draws), { message: /: unfold convert .*draws\.parquet draws\.h5$/ });
  const events = join(folder, 'events.npz');
  await writeEvents(events, topology, [await sampleEvents(0, 3)]);
  await t.throwsAsync(readableDraws(events), { message: /^invalid .*events\.npz: .*expected a file made by unfold/ });
  t.throws(() => writableFormatOf('x.root'), { message: /ROOT files are read, not written; expected \.h5, / });
});

/** Events of the project's sample by blocks that do not fit its own. */
async function copied(t: ExecutionContext, carry: readonly string[], end: string) {
  const format = fileFormats.find(({ kind }) => kind === 'hdf5')!;
  const files = await RawEventFiles.open(samplePath(), { topology, format, carry });
  const path = join(temporaryFolder(t), `copy.${end}`);
  try {
    await writeEvents(path, topology, files.blocks(5, 20));
    return { path, losses: files.losses };
  } finally {
    await files.close();
  }
}

test('copies of events keep whole numbers of the input that no model sees', async (t) => {
  const { path, losses } = await copied(t, ['event/process_code'], 'npz');
  t.deepEqual(losses, []);
  const table = await fileFormats.find(({ kind }) => kind === 'npz')!.open(path);
  const found = await table.read(['event/process_code', 'partons/pdg_id'], 0, 20);
  await table.close();
  const { extras } = await extrasOfSample();
  t.true(same(found.get('event/process_code')!.values, BigInt64Array.from(extras['/event/process_code']!, BigInt)));
  t.true(same(found.get('partons/pdg_id')!.values, extras['/partons/pdg_id']));
});

async function extrasOfSample() {
  const format = fileFormats.find(({ kind }) => kind === 'hdf5')!;
  const table = await format.open(samplePath());
  const found = await table.read(['event/process_code', 'partons/pdg_id'], 5, 20);
  await table.close();
  const values = (name: string) => found.get(name)!.values as Int8Array;
  return {
    extras: { '/event/process_code': values('event/process_code'), '/partons/pdg_id': values('partons/pdg_id') },
  };
}
