import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { samplePath } from '@unfold-zoo/data';
import { explore } from '@unfold-zoo/explore';
import { createRun, findRuns, inspect, openRun, type Run, writeReport } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, refuses, succeeds } from '../cli/unfold.js';
import { install, project } from '../core/config/project.js';
import { TINY, trainedRun } from './tiny-run.js';

const folder = newFolder();
const packed = join(folder, 'elsewhere', 'packed');
const events = join(folder, 'events.h5');
const withEvents = { 'data.test': events };
let trained: Run;

test.before(async () => {
  copyFileSync(samplePath(), events);
  trained = await trainedRun(folder, { name: '=a | <b>' });
  await trained.sample({ events: 40 });
  writeReport(join(trained.folder, 'report'), await trained.evaluate({ bootstrap: 2, floor: false }));
  // Above all of it, so that nothing that is named from there on is found any more.
  const made = join(folder, 'packed');
  trained.pack({ out: made, license: 'cc-by-4.0' });
  mkdirSync(dirname(packed));
  renameSync(made, packed);
});
test.after.always(async () => {
  await trained?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function drawn(run: Run): Promise<Float32Array[]> {
  const blocks: Float32Array[] = [];
  for await (const { momenta } of run.draw({ split: 'test', events: 5, draws: 3 })) blocks.push(momenta);
  return blocks;
}

function files(): string[] {
  const entries = readdirSync(packed, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test.serial('a packed run draws the same, wherever it lies', async (t) => {
  await using own = await openRun(trained.folder, { set: withEvents });
  await using other = await openRun(packed, { set: { ...withEvents, engine: { kind: 'cpu' } } });
  t.deepEqual(await drawn(other), await drawn(own));
});

test.serial('a model that comes along is opened by its name, and stays as it is', async (t) => {
  process.env['UNFOLD_PRETRAINED'] = dirname(packed);
  const before = files();
  await using own = await openRun(trained.folder, { set: withEvents });
  await using other = await openRun('pretrained:packed', { set: { ...withEvents, engine: { kind: 'cpu' } } });
  t.deepEqual(await drawn(other), await drawn(own));
  t.is(other.folder, packed);
  t.is(other.draws, resolve('pretrained/packed/draws.h5'));
  t.deepEqual(findRuns(['pretrained:packed']), [packed]);
  const { kind } = await inspect('pretrained:packed');
  t.is(kind, 'run');
  const out = { out: 'pretrained:packed', force: true };
  await t.throwsAsync(createRun(TINY, out), { message: /stays as it is/ });
  await t.throwsAsync(other.train(), { message: /stays as it is/ });
  await t.throwsAsync(other.importWeights(events), { message: /stays as it is/ });
  await t.throwsAsync(openRun('pretrained:pakced'), { message: /unknown pretrained model "pakced".*packed/ });
  const explorer = await explore({ folders: ['pretrained:packed'] });
  const listed = await fetch(`${explorer.address}api/runs`);
  t.like(((await listed.json()) as { runs: object[] }).runs, { 0: { name: 'packed', status: 'trained' } });
  await explorer.close();
  t.deepEqual(files(), before);
  delete process.env['UNFOLD_PRETRAINED'];
  await t.throwsAsync(openRun('pretrained:packed'), { message: /unknown pretrained model "packed"/ });
});

test.serial('nothing of this machine is in it, and no state of the training', (t) => {
  for (const path of files()) {
    const text = readFileSync(path, 'latin1');
    t.false(text.includes(folder), path);
    t.false(text.includes(dirname(samplePath())), path);
  }
  t.deepEqual(
    files()
      .map((path) => path.slice(packed.length + 1).replace(/step-\d+/, 'step'))
      .toSorted(),
    [
      'README.md',
      'SHA256SUMS',
      'checkpoints/latest',
      'checkpoints/step/SHA256SUMS',
      'checkpoints/step/optimizer.safetensors',
      'checkpoints/step/state.json',
      'checkpoints/step/weights.safetensors',
      'config.yaml',
      'run.json',
      'scaling.json',
      'topology.yaml',
    ],
  );
});

test.serial('its checksums are those of its files', (t) => {
  const lines = readFileSync(join(packed, 'SHA256SUMS'), 'utf8').trim().split('\n');
  t.is(lines.length, files().length - 1);
  for (const line of lines) {
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line)!;
    t.is(
      createHash('sha256')
        .update(readFileSync(join(packed, name!)))
        .digest('hex'),
      sum!,
    );
  }
});

test.serial('the command packs the same', async (t) => {
  const { stdout } = await succeeds(t, folder, 'pack', trained.folder, '-o', 'again');
  t.regex(stdout, /again: \d+\.\d MB\n$/);
  t.deepEqual(readFileSync(join(folder, 'again/config.yaml')), readFileSync(join(packed, 'config.yaml')));
});

test.serial('the card quotes the report, and names are text in it', (t) => {
  const card = readFileSync(join(packed, 'README.md'), 'utf8');
  t.regex(card, /^---\nlicense: cc-by-4\.0\nlibrary_name: unfold-zoo\n/);
  t.regex(card, /\n# =a \\\| (&lt;|\\<)b(&gt;|\\>|>)\n/);
  t.regex(card, /- distance of all draws to the truth, Wasserstein[^\n]*: \d/);
  t.regex(card, /- 4 steps of 8 events/);
});

test.serial('a packed run is not trained further, but another may start from its weights', async (t) => {
  await refuses(t, folder, ['train', '--resume', packed], /it was packed.*train <config> --from/);
  const config = { ...TINY, startFrom: packed };
  await using run = await createRun(config, { out: join(folder, 'next'), set: { 'training.steps': 1 } });
  t.is((await run.train()).outcome, 'finished');
});

test.serial('what cannot be packed is refused, and nothing is left', async (t) => {
  const before = readdirSync(folder);
  await refuses(t, folder, ['pack', trained.folder, '--out', packed], /existing .*packed: choose a folder/);
  const untrained = join(folder, 'untrained');
  await (await createRun(TINY, { out: untrained })).close();
  await refuses(t, folder, ['pack', untrained, '--out', 'new'], /missing checkpoint/);
  const own = project(t, {
    'plugin.mjs': `import { definePlugin } from '@unfold-zoo/core';
export default definePlugin({ name: 'helper', version: '1.0.0' }, []);`,
  });
  install(own, '@unfold-zoo/core');
  await using withCode = await createRun({ ...TINY, plugins: [join(own, 'plugin.mjs')] }, { out: join(own, 'run') });
  t.throws(() => withCode.pack({ out: join(folder, 'new') }), { message: /invalid plugins: .*plugin\.mjs is code/ });
  const added = readdirSync(folder).filter((name) => !before.includes(name));
  t.deepEqual(added, [basename(untrained)]);
});
