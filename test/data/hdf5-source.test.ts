import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EventSource, Rng, EventSource as SourceRole } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import dataPlugin, {
  EventFile,
  encodeEvents,
  fileOptions,
  Hdf5Source,
  loadTopology,
  type RawEvents,
  samplePath,
  writeEvents,
} from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { fileOf, same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

async function source(t: ExecutionContext, options: Record<string, unknown> = {}): Promise<Hdf5Source> {
  const opened = new Hdf5Source(fileOptions.parse({ train: samplePath(), ...options }));
  t.teardown(() => opened.close());
  await opened.open();
  return opened;
}

async function refuses(t: ExecutionContext, options: Record<string, unknown>, message: RegExp | string): Promise<void> {
  await t.throwsAsync(source(t, options), { name: 'UserError', message });
}

test('a catalogue makes the source of a config', async (t) => {
  const choices = { data: { kind: 'hdf5', ...fileOptions.parse({ train: samplePath() }) } };
  const made: EventSource = new Catalogue([dataPlugin]).assemble(SourceRole, choices, new Rng(1));
  await made.open();
  t.is(made.count('train') + made.count('validation'), 3000);
  await made.close();
});

test('a source that was closed and opened again reads the same', async (t) => {
  const data = await source(t);
  const first = await data.read('train', 5, 3);
  await data.close();
  t.throws(() => data.count('train'), { message: 'the data source is not open' });
  await data.open();
  t.true(same(await data.read('train', 5, 3), first));
});

test('test events of their own need no training file, which is missed by who asks for its events', async (t) => {
  const folder = temporaryFolder(t);
  const [train, test, damaged] = ['train.h5', 'test.h5', 'damaged.h5'].map((name) => join(folder, name));
  copyFileSync(samplePath(), test!);
  writeFileSync(damaged!, 'no events');
  for (const [path, message] of [
    [train!, /train\.h5 does not exist/],
    [damaged!, /damaged\.h5/],
  ] as const) {
    const data = await source(t, { train: path, test, maxTestEvents: 7 });
    t.is(data.count('test'), 7);
    t.is((await data.read('test', 0, 7)).size, 7);
    t.true(data.blockSize > 0);
    for (const split of ['train', 'validation'] as const) t.throws(() => data.count(split), { message });
    await t.throwsAsync(data.read('train', 0, 1), { message });
  }
  // Where nothing is left to draw for, all mistakes are told.
  await refuses(t, { train, test: damaged }, /2 of 3.*train\.h5 does not exist.*damaged\.h5/s);
  await refuses(t, { train, test, validation: damaged }, /train\.h5 does not exist/);
});

test('splits of one file are neighbours that do not overlap', async (t) => {
  const data = await source(t, { validationFraction: 0.1, testFraction: 0.25 });
  t.deepEqual([data.count('train'), data.count('validation'), data.count('test')], [1950, 300, 750]);
  const whole = encodeEvents(topology, await sampleEvents(0, 3000)).partons;
  const train = await data.read('train', 0, 1950);
  const validation = await data.read('validation', 0, 300);
  const held = await data.read('test', 0, 750);
  const joined = [train, validation, held].flatMap(({ partons }) => Array.from(partons!));
  t.true(same(Float32Array.from(joined), whole));
});

test('by default a twentieth is for validation and nothing for tests', async (t) => {
  const data = await source(t);
  t.deepEqual([data.count('train'), data.count('validation'), data.count('test')], [2850, 150, 0]);
  await t.throwsAsync(data.read('test', 0, 1), { name: 'UserError', message: /^missing test events/ });
});

test('a range reads what the same rows of the whole file are', async (t) => {
  const data = await source(t);
  const [all, some] = [await data.read('train', 0, 2850), await data.read('train', 1234, 7)];
  t.true(same(some.partons, all.partons!.slice(1234 * 55, 1241 * 55)));
  const features = 21 * 12;
  const objects = all.inputs['objects']!.features;
  t.true(same(some.inputs['objects']!.features, objects.slice(1234 * features, 1241 * features)));
});

test('splits can be files of their own', async (t) => {
  const path = await fileOf(t, await sampleEvents(100, 40));
  const data = await source(t, {
    validation: path,
    test: samplePath(),
    train: await fileOf(t, await sampleEvents(0, 9)),
  });
  t.deepEqual([data.count('train'), data.count('validation'), data.count('test')], [9, 40, 3000]);
});

test('the number of events can be limited', async (t) => {
  const data = await source(t, { maxTrainEvents: 100, maxValidationEvents: 10_000 });
  t.deepEqual([data.count('train'), data.count('validation')], [100, 150]);
  await t.throwsAsync(data.read('train', 95, 10), {
    name: 'UserError',
    message: /asked for events 95 to 104, there are 100/,
  });
});

test('one file cannot be two splits', async (t) => {
  await refuses(
    t,
    { validation: samplePath() },
    /^duplicate data\.validation: .* is data\.train too; .* data\.validationFraction/,
  );
});

test('a split of nothing is refused', async (t) => {
  await refuses(t, { validationFraction: 0.6, testFraction: 0.6 }, /^invalid splits: none of the 3000 events/);
});

test('event weights are read where there are any', async (t) => {
  const weights = Float32Array.from({ length: 20 }, (_, i) => i - 2.5);
  const data = await source(t, { train: await fileOf(t, { ...(await sampleEvents(0, 20)), weights }) });
  t.deepEqual((await data.read('train', 3, 4)).weights, weights.slice(3, 7));
  t.is((await (await source(t)).read('train', 0, 1)).weights, undefined);
  await refuses(
    t,
    { weights: '/event/w' },
    /^missing \/event\/w in .*ttbar_3000\.h5: topology "semileptonic-ttbar" needs it/,
  );
});

test('a test file may lack the truth, which is then absent; a training file may not', async (t) => {
  const { momenta, ...raw } = await sampleEvents(0, 30);
  const path = await fileOf(t, raw);
  t.truthy(momenta);
  const data = await source(t, { test: path });
  t.deepEqual([data.hasTruth('train'), data.hasTruth('test')], [true, false]);
  const events = await data.read('test', 0, 30);
  t.false('partons' in events);
  const { inputs } = events;
  t.true(same(inputs, encodeEvents(topology, raw).inputs));
  await refuses(t, { train: path }, /^missing \/partons\/momenta in .*: topology "semileptonic-ttbar" needs it/);
});

test('a file with masks and no lengths reads the same', async (t) => {
  const raw = await sampleEvents(0, 30);
  const { lengths, ...jets } = raw.groups['jets']!;
  const entries = Array.from({ length: 30 * 20 }, (_, i) => (i % 20 < Number(lengths![Math.floor(i / 20)]) ? 1 : 0));
  const masked = (mask: readonly number[]): RawEvents => ({
    ...raw,
    groups: { ...raw.groups, jets: { ...jets, MASK: Int8Array.from(mask) } },
  });
  const file = await EventFile.open(await fileOf(t, masked(entries)), topology);
  t.true(same(encodeEvents(topology, file.read(0, 30)), encodeEvents(topology, raw)));
  file.close();

  const gap = await EventFile.open(await fileOf(t, masked(entries.with(2 * 20, 0))), topology);
  t.throws(() => gap.read(0, 30), { name: 'UserError', message: /MASK in .*: event 2 has a gap between its objects$/ });
  gap.close();
  await refuses(
    t,
    { train: await fileOf(t, { ...raw, groups: { ...raw.groups, jets } }) },
    /^missing \/detector\/jets\/lengths in .*: jets needs it or MASK$/,
  );
});

const READABLE = 'readable are HDF5, ROOT, Parquet, .npz and .npy files';

test('a file that cannot be one is refused by name', async (t) => {
  const folder = temporaryFolder(t);
  await refuses(t, { train: join(folder, 'none.h5') }, `missing file: ${join(folder, 'none.h5')} does not exist`);
  await refuses(t, { train: folder }, `invalid file: ${folder} is a folder; ${READABLE}`);

  const text = join(folder, 'text.h5');
  writeFileSync(text, 'mass,pt,eta,phi\n'.repeat(1000));
  await refuses(t, { train: text }, `invalid file: ${text} is a text file, not an HDF5 file; ${READABLE}`);

  const empty = join(folder, 'empty.h5');
  writeFileSync(empty, '');
  await refuses(t, { train: empty }, `invalid file: ${empty} is empty; ${READABLE}`);

  const cut = join(folder, 'cut.h5');
  copyFileSync(samplePath(), cut);
  const { length } = readFileSync(cut);
  truncateSync(cut, length - 1000);
  await refuses(
    t,
    { train: cut },
    `damaged ${cut}: it is truncated; it should have ${length} bytes and has ${length - 1000}`,
  );
});

test('a file of another layout is refused with the dataset and what it should be', async (t) => {
  const raw = await sampleEvents(0, 12);
  const without = async (group: string, column: string): Promise<string> => {
    const { [column]: _, ...columns } = raw.groups[group]!;
    return fileOf(t, { ...raw, groups: { ...raw.groups, [group]: columns } });
  };
  await refuses(
    t,
    { train: await without('jets', 'btag') },
    /^missing \/detector\/jets\/btag in .*events\.h5: topology "semileptonic-ttbar" needs it/,
  );
  await refuses(t, { train: await without('met', 'phi') }, /^missing \/detector\/met\/phi in /);

  const narrow = { ...raw.groups['jets']!, pt: new Float32Array(12 * 16) };
  await refuses(
    t,
    { train: await fileOf(t, { ...raw, groups: { ...raw.groups, jets: narrow } }) },
    /^invalid \/detector\/jets\/pt in .*: expected shape \(12, 20\), got \(12, 16\)$/,
  );

  const path = join(temporaryFolder(t), 'ten.h5');
  const ten = { ...topology, particles: topology.particles.slice(0, 10) };
  await writeEvents(path, ten, [{ ...raw, momenta: raw.momenta!.slice(0, 12 * 50) }]);
  await refuses(
    t,
    { train: path },
    /^invalid \/partons\/momenta in .*: expected shape \(N, 11, 5\), got \(12, 10, 5\)$/,
  );
});

test('particles in another order are refused', async (t) => {
  const path = join(temporaryFolder(t), 'swapped.h5');
  const [b, neutrino, ...rest] = topology.particles;
  await writeEvents(path, { ...topology, particles: [neutrino!, b!, ...rest] }, [await sampleEvents(0, 3)]);
  await refuses(
    t,
    { train: path },
    /its attribute particles says "neutrino" at place 0, topology "semileptonic-ttbar" "leptonic_b"$/,
  );
});

test('an event that makes no sense is refused with file, dataset and number', async (t) => {
  const raw = await sampleEvents(0, 50);
  const broken = async (change: (copy: RawEvents) => void, message: RegExp): Promise<void> => {
    const copy = structuredClone(raw);
    change(copy);
    const data = await source(t, { train: await fileOf(t, copy) });
    await t.throwsAsync(data.read('train', 10, 30), { name: 'UserError', message });
  };
  const jets = ({ groups }: RawEvents, name: string): Float32Array => groups['jets']![name] as Float32Array;
  await broken(
    ({ momenta }) => momenta!.fill(Number.NaN, (31 * 11 + 1) * 5 + 2, (31 * 11 + 1) * 5 + 3),
    /^invalid \/partons\/momenta in .*events\.h5: event 31 has neutrino px NaN, expected a finite number$/,
  );
  await broken(
    ({ momenta }) => momenta!.fill(-3, (20 * 11 + 8) * 5 + 1, (20 * 11 + 8) * 5 + 2),
    /: event 20 has leptonic_top energy -3, expected a positive number$/,
  );
  await broken(
    (copy) => jets(copy, 'eta').fill(Number.POSITIVE_INFINITY, 17 * 20, 17 * 20 + 1),
    /^invalid \/detector\/jets\/eta in .*: event 17 has Infinity, expected a finite number$/,
  );
  await broken(
    (copy) => jets(copy, 'btag').fill(2, 17 * 20, 17 * 20 + 1),
    /^invalid \/detector\/jets\/btag in .*: event 17 has 2, expected 1 or 0$/,
  );
  await broken(
    (copy) => jets(copy, 'lengths').fill(21, 12, 13),
    /^invalid \/detector\/jets\/lengths in .*: event 12 has 21, expected 0 to 20$/,
  );
});

test('what fills the padding does not matter', async (t) => {
  const raw = await sampleEvents(0, 10);
  const padded = structuredClone(raw);
  for (let entry = 0; entry < 200; entry++) {
    if (entry % 20 < Number(raw.groups['jets']!['lengths']![Math.floor(entry / 20)])) continue;
    (padded.groups['jets']!['pt'] as Float32Array)[entry] = Number.NaN;
  }
  const data = await source(t, { train: await fileOf(t, padded), validationFraction: 0 });
  t.true(same(await data.read('train', 0, 10), encodeEvents(topology, raw)));
});

test('only the rows asked for are read: damage elsewhere in the file goes unnoticed', async (t) => {
  const raw = await sampleEvents(0, 3000);
  const path = await fileOf(t, raw, raw, raw);
  const bytes = readFileSync(path);
  // The last chunk of some dataset lies in the last tenth of the file, before the metadata of its end.
  const from = Math.floor(0.6 * bytes.length);
  bytes.fill(0x55, from, Math.floor(0.62 * bytes.length));
  writeFileSync(path, bytes);
  const data = await source(t, { train: path, validationFraction: 0 });
  const readable: boolean[] = [];
  for (let start = 0; start < 9000; start += data.blockSize) {
    try {
      await data.read('train', start, Math.min(data.blockSize, 9000 - start));
      readable.push(true);
    } catch (error) {
      t.regex(String(error), /^UserError: damaged .*events\.h5: \/\S+, events \d+ to \d+, cannot be read \(/);
      readable.push(false);
    }
  }
  t.true(readable.includes(true));
  t.true(readable.includes(false));
});

test('a topology of one’s own reads the same file', async (t) => {
  const path = join(temporaryFolder(t), 'jets-only.yaml');
  const { particles } = loadTopology('semileptonic-ttbar');
  const list = particles.map(({ name }) => `  - { name: ${name}, label: ${name} }`).join('\n');
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(
    path,
    `name: jets-only\nparticles:\n${list}\ninputs:\n  jets:\n` +
      '    groups: [{ name: jets, capacity: 20, momentum: { pt: pt } }]\n' +
      '    features: [{ quantity: pt, scaling: log }]\n',
  );
  const data = await source(t, { topologyFile: path });
  const { inputs } = await data.read('train', 0, 5);
  t.deepEqual(Object.keys(inputs), ['jets']);
  t.is(inputs['jets']!.features.length, 100);
});
