import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventFile, type RawEvents, samplePath, writeEvents } from '@unfold-zoo/data';
import test from 'ava';
import { same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

async function readBack(path: string, start: number, count: number): Promise<RawEvents> {
  const file = await EventFile.open(path, topology);
  try {
    return file.read(start, count, { extras: true });
  } finally {
    file.close();
  }
}

test('what is written is read back, however it is cut into blocks', async (t) => {
  const folder = temporaryFolder(t);
  const all = await readBack(samplePath(), 0, 3000);
  const blocks = [
    await readBack(samplePath(), 0, 7),
    await readBack(samplePath(), 7, 1500),
    await readBack(samplePath(), 1507, 1493),
  ];
  t.is(await writeEvents(join(folder, 'a.h5'), topology, blocks), 3000);
  t.true(same(await readBack(join(folder, 'a.h5'), 0, 3000), all));
});

test('blocks run over the chunks of the file', async (t) => {
  const path = join(temporaryFolder(t), 'long.h5');
  const raw = await sampleEvents(0, 3000);
  await writeEvents(path, topology, [raw, raw, raw]);
  t.true(same((await readBack(path, 5990, 20)).momenta!.slice(10 * 55), raw.momenta!.slice(0, 10 * 55)));
  t.true(same((await readBack(path, 4096, 100)).momenta, raw.momenta!.slice(1096 * 55, 1196 * 55)));
  t.true(statSync(path).size < 3 * statSync(samplePath()).size);
});

test('weights, extras and attributes are kept', async (t) => {
  const path = join(temporaryFolder(t), 'more.h5');
  const raw = await sampleEvents(0, 5);
  const more = {
    ...raw,
    weights: Float32Array.of(1, -1, 2, 0.5, 3),
    extras: { '/event/process_code': Int16Array.of(1, 2, 3, 4, 5) },
  };
  const attributes = { generator: 'mine', seed: 2 ** 40, sqrt_s_GeV: 13_000, settings: ['a', 'tt̄'] };
  await writeEvents(path, topology, [more], attributes);
  t.true(same(await readBack(path, 0, 5), more));
  const file = await EventFile.open(path, topology);
  t.like(file.attributes(), { ...attributes, n_events: 5, topology: 'semileptonic-ttbar' });
  file.close();
});

test('a source of events that fails leaves no file', async (t) => {
  const folder = temporaryFolder(t);
  const raw = await sampleEvents(0, 5);
  async function* failing(): AsyncGenerator<RawEvents> {
    yield raw;
    throw new Error('out of luck');
  }
  await t.throwsAsync(writeEvents(join(folder, 'a.h5'), topology, failing()), { message: 'out of luck' });
  t.deepEqual(readdirSync(folder), []);
});

test('blocks that differ in what they hold are refused', async (t) => {
  const folder = temporaryFolder(t);
  const raw = await sampleEvents(0, 5);
  const blocks = [raw, { ...raw, weights: new Float32Array(5) }];
  await t.throwsAsync(writeEvents(join(folder, 'a.h5'), topology, blocks), { message: /^blocks differ: / });
  t.deepEqual(readdirSync(folder), []);
});

test('a path that cannot be written is refused', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const path = join(folder, 'file', 'a.h5');
  await t.throwsAsync(writeEvents(path, topology, []), { name: 'UserError', message: /^unwritable .*a\.h5: / });
});

test('a disk that is full leaves the old file and nothing else', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'a.h5');
  writeFileSync(path, 'old');
  // A limit on the size of files stands in for a full disk: 64 blocks of 512 or 1024 bytes.
  const script = `
    import { EventFile, loadTopology, samplePath, writeEvents } from '@unfold-zoo/data';
    const topology = loadTopology('semileptonic-ttbar');
    const raw = (await EventFile.open(samplePath(), topology)).read(0, 3000);
    const fails = (error) => console.log(error.name, error.message);
    await writeEvents(process.env.TARGET, topology, [raw, raw]).catch(fails);
  `;
  const run = promisify(execFile)(
    'sh',
    ['-c', `ulimit -f 64; exec "${process.execPath}" --input-type=module -e "$SCRIPT"`],
    {
      env: { ...process.env, SCRIPT: script, TARGET: path },
    },
  );
  const { stdout } = await run;
  t.regex(stdout, /^UserError unwritable .*a\.h5: .*; nothing was left half written\n$/);
  t.deepEqual(readdirSync(folder), ['a.h5']);
  t.is(statSync(path).size, 3);
  t.true(existsSync(path));
});
