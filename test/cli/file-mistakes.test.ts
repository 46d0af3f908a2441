import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplePath, writeEvents } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { sampleEvents, topology } from '../fixtures/data/sample-events.js';
import { newFolder, refuses, succeeds, unfold } from './unfold.js';

const folder = newFolder();
const run = join(folder, 'runs/sample');

test.after.always(() => rmSync(folder, { recursive: true }));

test.before(async (t) => {
  const steps = ['--set', 'training.steps=2', '--set', 'training.fineTune.steps=0'];
  await succeeds(t as ExecutionContext, folder, 'train', 'sample', ...steps);
  await succeeds(t as ExecutionContext, folder, 'sample', run, '--events', '20');
  writeFileSync(join(folder, 'notes.h5'), 'not data\n');
});

/** Names and sizes of everything in the folder. */
function contents(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('run.log'))
    .map((name) => {
      const stat = statSync(join(folder, name));
      return stat.isFile() ? `${name} ${stat.size}` : name;
    })
    .toSorted();
}

/** A command is refused, and neither leaves nor takes away anything. */
async function refusesAndKeeps(t: ExecutionContext, args: readonly string[], message: RegExp): Promise<void> {
  const before = contents();
  await refuses(t, folder, args, message);
  t.deepEqual(contents(), before);
}

function trainingOn(file: string): string[] {
  return ['train', 'sample', '--out', 'new', '--set', `data.train=${file}`];
}

function copyOfRun(name: string): string {
  const copy = join(folder, name);
  cpSync(run, copy, { recursive: true });
  return copy;
}

test.serial('data that are missing are named', async (t) => {
  await refusesAndKeeps(t, trainingOn('gone.h5'), /^missing file: \S+gone\.h5 does not exist\n$/);
});

test.serial('data that are truncated are told from data that are none', async (t) => {
  const path = join(folder, 'truncated.h5');
  cpSync(samplePath(), path);
  truncateSync(path, 500_000);
  await refusesAndKeeps(
    t,
    trainingOn(path),
    /^damaged \S+truncated\.h5: it is truncated; it should have \d+ bytes and has 500000\n$/,
  );
});

test.serial('a text is refused as a text by every command that takes a file of events or draws', async (t) => {
  const what = /^invalid file: \S+notes\.h5 is a text file, not an HDF5 file; readable are HDF5, ROOT, Parquet, .*$/m;
  const events = { kind: 'hdf5', train: 'notes.h5' };
  const observables = { pt: { truth: 'pt(charged_lepton)', detector: 'pt(lepton)', bins: [20, 80, 250] } };
  writeFileSync(join(folder, 'spectrum.yaml'), JSON.stringify({ simulation: events, data: events, observables }));
  for (const args of [
    trainingOn('notes.h5'),
    ['sample', run, '--out', 'x.h5', '--set', 'data.test=notes.h5'],
    ['posterior', run, '--event', '3', '--set', 'data.test=notes.h5'],
    ['config', 'check', 'sample', '--set', 'data.train=notes.h5'],
    ['inspect', 'notes.h5'],
    ['inspect', samplePath(), '--data', 'notes.h5'],
    ['map', 'notes.h5'],
    ['convert', 'notes.h5', 'x.h5'],
    ['merge', 'notes.h5', 'notes.h5', '-o', 'x.h5'],
    ['evaluate', run, '--draws', 'notes.h5'],
    ['measure', 'spectrum.yaml'],
  ]) {
    await refusesAndKeeps(t, args, what);
  }
  await refusesAndKeeps(
    t,
    ['merge', 'a.root', 'b.root', '-o', 'x.h5'],
    /^invalid \S+a\.root: ROOT files hold no draws/,
  );
});

test.serial('a number that is not finite is found by its event', async (t) => {
  const raw = await sampleEvents(0, 200);
  raw.momenta![(31 * 11 + 1) * 5 + 2] = Number.NaN;
  await writeEvents(join(folder, 'nan.h5'), topology, [raw]);
  await refusesAndKeeps(
    t,
    trainingOn('nan.h5'),
    /^invalid \/partons\/momenta in \S+nan\.h5: event 31 has neutrino px NaN, expected a finite number\n$/,
  );
});

test.serial('a file of draws is no training data', async (t) => {
  await refusesAndKeeps(
    t,
    trainingOn(join(run, 'draws.h5')),
    /^missing \/partons\/momenta in \S+draws\.h5: topology "semileptonic-ttbar" needs it; the file has /,
  );
});

test.serial('finished draws are replaced only when asked to', async (t) => {
  await refusesAndKeeps(
    t,
    ['sample', run],
    /^existing \S+draws\.h5: choose another with --out, or replace it with --force/,
  );
  const noEvents = ['--set', 'data.testFraction=0'];
  await refusesAndKeeps(t, ['sample', run, '--force', ...noEvents], /^empty test split/m);
  await refusesAndKeeps(t, ['sample', run, '--force', '--out', 'runs'], /^existing \S+runs: it is a folder; expected /);
  await succeeds(t, folder, 'sample', run, '--events', '30', '--force');
});

test.serial('a split without events cannot be sampled', async (t) => {
  await refusesAndKeeps(
    t,
    ['sample', run, '--out', 'empty.h5', '--set', 'data.testFraction=0'],
    /^empty test split: .* name a file as data\.test with --set$/m,
  );
});

test.serial('a run is replaced only when asked to, and only by one that begins', async (t) => {
  await refusesAndKeeps(t, ['train', 'sample'], /^existing \S+runs\/sample: .*--out, resume the run .*--force\n$/);
  await refusesAndKeeps(t, ['train', 'sample', '--force', '--set', 'data.train=gone.h5'], /^missing file: /);
  await refusesAndKeeps(t, ['train', 'sample', '--out', '.', '--force'], /^existing \S+: not the folder of a run/);
  const old = copyOfRun('old');
  writeFileSync(join(old, 'left-over'), '');
  const steps = ['--set', 'training.steps=1', '--set', 'training.fineTune.steps=0'];
  const force = ['train', 'sample', '--out', 'old', '--force', ...steps];
  await refusesAndKeeps(t, force, /^existing \S+old: it holds files that no run wrote, .*: left-over; move them away/);
  rmSync(join(old, 'left-over'));
  await succeeds(t, folder, ...force);
  t.deepEqual(readdirSync(join(old, 'checkpoints')).toSorted(), ['latest', 'step-1']);
});

test.serial('a training that is finished has nothing to resume', async (t) => {
  const before = readFileSync(join(run, 'metrics.jsonl'), 'utf8');
  await succeeds(t, folder, 'train', '--resume', run);
  t.is(readFileSync(join(run, 'metrics.jsonl'), 'utf8'), before);
});

test.serial('a folder that is not that of a run is refused', async (t) => {
  await refusesAndKeeps(
    t,
    ['sample', '.'],
    /^missing run \S+: there is no config\.yaml in it; expected the folder of /,
  );
});

test.serial('an unknown checkpoint is answered with those there are', async (t) => {
  const args = ['sample', run, '--out', 'x.h5', '--checkpoint', 'step-99'];
  await refusesAndKeeps(t, args, /^unknown checkpoint "step-99": \S+ has latest, best, .*step-2\n$/);
});

test.serial('a checkpoint of another model is refused with what differs', async (t) => {
  const config = join(copyOfRun('other'), 'config.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace(/width: 8/g, 'width: 16'));
  await refusesAndKeeps(
    t,
    ['sample', 'other', '--out', 'x.h5'],
    /^invalid checkpoint \S+: it belongs to another model, or .*; \d+ tensors differ:\n {2}shape of conditionEncoder\./m,
  );
});

test.serial('truncated weights are refused where there is no other checkpoint', async (t) => {
  truncateSync(join(copyOfRun('cut'), 'checkpoints/step-2/weights.safetensors'), 20_000);
  await refusesAndKeeps(
    t,
    ['sample', 'cut', '--out', 'x.h5'],
    /^damaged checkpoints: damaged \S+cut\/checkpoints\/step-2\/weights\.safetensors: its SHA-256 is .*; none is left to load/m,
  );
});

test.serial('output that cannot be written is refused', async (t) => {
  const reason =
    /^unwritable \S+notes\.h5\/x.*: (a part of the path is a file|a file of that name is in the way).*\n$/m;
  await refusesAndKeeps(t, ['train', 'sample', '--out', 'notes.h5/x'], reason);
  await refusesAndKeeps(t, ['sample', run, '--out', 'notes.h5/x.h5'], reason);
  await refusesAndKeeps(t, ['generate', '-n', '5', '--out', 'notes.h5/x.h5'], reason);
});

const hasProc = existsSync('/proc/self');

(hasProc ? test.serial : test.serial.skip)('output below a folder that takes no files is refused', async (t) => {
  const reason = /^unwritable \/proc\/x: the folder above it takes no new files/m;
  await refusesAndKeeps(t, ['train', 'sample', '--out', '/proc/x'], reason);
});

test.serial('a generated file is replaced only when asked to', async (t) => {
  const args = ['generate', '-n', '5', '--out', 'notes.h5'];
  await refusesAndKeeps(t, args, /^existing \S+notes\.h5: choose another, or replace it with --force\n$/);
  t.is((await unfold(folder, ...args, '--force')).code, 0);
});

test.serial('draws that are none are refused', async (t) => {
  const args = ['evaluate', run, '--draws', samplePath()];
  await refusesAndKeeps(t, args, /^missing \/draws\/momenta in \S+: expected a file made by unfold sample$/m);
  await refusesAndKeeps(
    t,
    ['inspect', 'gone'],
    /^missing \S+gone: expected a data file, .*, or the folder of a run\n$/,
  );
});
