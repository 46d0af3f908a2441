import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDraws, samplePath } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { newFolder, refuses, start, succeeds } from './unfold.js';

const folder = newFolder();
const at = (...path: string[]): string => join(folder, ...path);

test.after.always(() => rmSync(folder, { recursive: true }));

function training(steps: number, ...more: string[]): string[] {
  const settings = [`training.steps=${steps}`, 'training.fineTune.steps=0', 'training.validationEvents=8'];
  return settings.flatMap((setting) => ['--set', setting]).concat(more);
}

/** Where a run stands: the steps that it logged, in order. */
function steps(run: string): number[] {
  const lines = readFileSync(at(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).flatMap(({ type, step }) => (type === 'step' ? [step] : []));
}

function countTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function weights(run: string, step: number): Buffer {
  return readFileSync(at(run, `checkpoints/step-${step}/weights.safetensors`));
}

async function draws(name: string): Promise<Float32Array> {
  const file = await openDraws(at(name));
  try {
    return file.read(0, file.events).draws;
  } finally {
    file.close();
  }
}

test.before(async (t) => {
  writeFileSync(
    at('own.yaml'),
    `extends: sample\ndata: { kind: hdf5, train: ${at('train.h5')}, test: ${at('test.h5')}, testFraction: 0 }\n`,
  );
  copyFileSync(samplePath(), at('train.h5'));
  copyFileSync(samplePath(), at('test.h5'));
  await succeeds(t as ExecutionContext, folder, 'train', 'own.yaml', '--out', 'run', ...training(4));
});

test.serial('of two commands that write the same, one is refused at once, and the other is as if alone', async (t) => {
  const both = async (...args: string[]) => {
    const ends = await Promise.all([start(folder, args).ended, start(folder, args).ended]);
    const text = ends.map(({ stderr }) => stderr).join('\n');
    t.deepEqual(ends.map(({ code }) => code).toSorted(), [0, 2], text);
    t.regex(text, /^busy \S+: process \d+ on \S+ has been \w+ there since /m);
    t.notRegex(text, /^ {4}at /m);
  };
  await both('train', 'own.yaml', '--out', 'both', ...training(60));
  t.deepEqual(steps('both'), countTo(60));
  await both('sample', 'run', '--out', 'both.h5', '--batch', '20');
  await succeeds(t, folder, 'sample', 'run', '--out', 'alone.h5', '--batch', '20');
  t.deepEqual(await draws('both.h5'), await draws('alone.h5'));
  t.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.lock')),
    [],
  );
});

test.serial('a run in training can be drawn from, and its folder is taken', async (t) => {
  const args = [
    'train',
    'own.yaml',
    '--out',
    'busy',
    ...training(100_000, '--set', 'training.checkpointEvery=2', '--set', 'training.keepCheckpoints=9'),
  ];
  const { child, ended } = start(folder, args);
  while (!existsSync(at('busy/checkpoints/latest')) && child.exitCode === null) await delay(5);
  await succeeds(t, folder, 'sample', 'busy', '--events', '5');
  await refuses(t, folder, ['train', '--resume', 'busy'], new RegExp(`^busy \\S+busy: process ${child.pid} on `));
  await refuses(t, folder, [...args, '--force'], new RegExp(`^busy \\S+busy: process ${child.pid} on `));
  child.kill('SIGKILL');
  t.is((await ended).signal, 'SIGKILL');
  const reached = Number(readFileSync(at('busy/checkpoints/latest'), 'utf8').trim().slice('step-'.length));
  await succeeds(t, folder, 'train', '--resume', 'busy', '--set', `training.steps=${reached + 3}`);
  t.deepEqual(steps('busy'), countTo(reached + 3));
  t.false(existsSync(at('busy/.lock')));
});

test.serial('a file that a run reads is never written over, under whatever name', async (t) => {
  symlinkSync(at('test.h5'), at('symbolic.h5'));
  linkSync(at('train.h5'), at('hard.h5'));
  const before = readFileSync(samplePath());
  for (const name of ['test.h5', 'train.h5', 'symbolic.h5', 'hard.h5', 'run/config.yaml', 'run/scaling.json']) {
    await refuses(t, folder, ['sample', 'run', '--out', name, '--force'], /^invalid output \S+: it is read here/);
  }
  t.true(readFileSync(at('test.h5')).equals(before) && readFileSync(at('train.h5')).equals(before));
  await succeeds(t, folder, 'sample', 'run', '--events', '30', '--out', 'index.html');
  mkdirSync(at('page'));
  renameSync(at('index.html'), at('page/index.html'));
  const args = ['evaluate', 'run', '--draws', 'page/index.html', '--out', 'page', '--bootstrap', '0', '--no-floor'];
  await refuses(t, folder, args, /^invalid output \S+page\/index\.html: it is read here/m);
  t.deepEqual(readdirSync(at('page')), ['index.html']);
});

test.serial('--force replaces a run and nothing else', async (t) => {
  const args = (out: string) => ['train', 'own.yaml', '--out', out, '--force', ...training(1)];
  cpSync(at('run'), at('mine'), { recursive: true });
  mkdirSync(at('mine/.git'));
  writeFileSync(at('mine/.git/HEAD'), 'mine');
  mkdirSync(at('mine/report'));
  writeFileSync(at('mine/report/notes.txt'), 'mine');
  await refuses(t, folder, args('mine'), /: it holds files that no run wrote, [^:]*: \.git, report\/notes\.txt; move/);
  t.true(existsSync(at('mine/checkpoints/latest')));
  mkdirSync(at('project'));
  writeFileSync(at('project/config.yaml'), 'extends: sample\n');
  await refuses(t, folder, args('project'), /^existing \S+project: not the folder of a run/);
  // The resolved config of a run that is replaced is a file that is read.
  cpSync(at('run'), at('again'), { recursive: true });
  const again = ['train', 'again/config.yaml', '--out', 'again', '--force'];
  await refuses(t, folder, again, /^invalid output \S+again\/config\.yaml: it is read here/m);
  t.true(existsSync(at('again/checkpoints/latest')));
  await succeeds(t, folder, ...args('again'));
  t.deepEqual(steps('again'), [1]);
});

test.serial('a run of before there was run.json is known as one', async (t) => {
  cpSync(at('run'), at('old'), { recursive: true });
  for (const name of ['run.json', 'topology.yaml']) rmSync(at('old', name));
  await succeeds(t, folder, 'sample', 'old', '--events', '5');
  await succeeds(t, folder, 'train', '--resume', 'old', '--set', 'training.steps=6');
  t.deepEqual(steps('old'), countTo(6));
  cpSync(at('run'), at('older'), { recursive: true });
  rmSync(at('older/run.json'));
  await succeeds(t, folder, 'train', 'own.yaml', '--out', 'older', '--force', ...training(1));
});

test.serial('names are one part of a path', async (t) => {
  for (const name of ['../thesis', '..', 'a/b', 'a\\b', '-x', 'con', 'a\u0007']) {
    await refuses(
      t,
      folder,
      ['train', 'sample', '--set', `name=${JSON.stringify(name)}`],
      /^--set name: (expected a name for a folder|Windows keeps)/,
    );
  }
  t.false(existsSync(at('runs')));
});

test.serial('a finished run goes on with more steps as if it had been asked for them at first', async (t) => {
  await succeeds(t, folder, 'train', 'own.yaml', '--out', 'straight', ...training(9));
  cpSync(at('run'), at('longer'), { recursive: true });
  const config = at('longer/config.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace(/^ {2}steps: 4 # --set/m, '  steps: 7 # --set'));
  await succeeds(t, folder, 'train', '--resume', 'longer');
  t.deepEqual(steps('longer'), countTo(7));
  await succeeds(t, folder, 'train', '--resume', 'longer', '--set', 'training.steps=9');
  t.deepEqual(steps('longer'), countTo(9));
  t.regex(readFileSync(config, 'utf8'), /^ {2}steps: 9 /m);
  t.true(weights('longer', 9).equals(weights('straight', 9)));
});

test.serial('what cannot change once a run is trained is refused by name', async (t) => {
  const resume = (set: string) => ['train', '--resume', 'run', '--set', set];
  const before = readFileSync(at('run/config.yaml'), 'utf8');
  await refuses(t, folder, resume('seed=7'), /^invalid change of \S+run: seed was 0, is 7; .*set it back, or train a/);
  await refuses(t, folder, resume('codec.gateBias=1'), /codec\.gateBias was \d+, is 1; /);
  await refuses(t, folder, resume('data.validationFraction=0.5'), /data\.validationFraction was .*, is 0\.5; /);
  await refuses(t, folder, resume('training.steps=2'), /invalid training\.steps: .* has 2 steps, .* made 4 of them/m);
  t.is(readFileSync(at('run/config.yaml'), 'utf8'), before);
});

test.serial('minutes that are raised let a run go on that had used them up', async (t) => {
  const args = [...training(6), '--set', 'training.maxMinutes=0.00001'];
  const first = await succeeds(t, folder, 'train', 'own.yaml', '--out', 'late', ...args);
  t.regex(first.stderr, /^out of time after \d steps? .*training\.maxMinutes is 0\.00001; \d of 6 steps were not/m);
  t.regex(first.stderr, /go on with: unfold train --resume \S+ --set training\.maxMinutes=0\.00002$/m);
  await succeeds(t, folder, 'train', '--resume', 'late', '--set', 'training.maxMinutes=60');
  t.deepEqual(steps('late'), countTo(6));
});

test.serial('early stopping without a validation loss is refused', async (t) => {
  const early = ['--set', 'training.earlyStop={patience: 2}'];
  await refuses(t, folder, ['config', 'check', 'own.yaml', ...training(3), ...early], /training\.earlyStop: unused: /);
  const blind = ['--set', 'data.validationFraction=0', '--set', 'training.validateEvery=2'];
  const args = ['train', 'own.yaml', '--out', 'blind', ...training(4), ...early, ...blind];
  await refuses(t, folder, args, /^unused training\.earlyStop: there are no validation events/m);
  t.false(existsSync(at('blind')));
});

test.serial('a run goes by its copy of the topology, whatever becomes of the file', async (t) => {
  const topology = readFileSync(at('run/topology.yaml'), 'utf8');
  writeFileSync(at('topology.yaml'), topology);
  const set = ['--set', `data.topologyFile=${at('topology.yaml')}`];
  await succeeds(t, folder, 'train', 'own.yaml', '--out', 'copied', ...training(2), ...set);
  await succeeds(t, folder, 'sample', 'copied', '--events', '20', '--out', 'before.h5');
  const swapped = topology.replace('quantity: px', 'quantity: PX').replace('quantity: py', 'quantity: px');
  t.not(swapped, topology);
  writeFileSync(at('topology.yaml'), swapped.replace('quantity: PX', 'quantity: py'));
  const changed = await succeeds(t, folder, 'sample', 'copied', '--events', '20', '--out', 'after.h5');
  t.regex(
    changed.stderr,
    /^warn: changed topology "semileptonic-ttbar": .* by its own copy, \S+copied\/topology\.yaml$/m,
  );
  t.deepEqual(await draws('after.h5'), await draws('before.h5'));
  rmSync(at('topology.yaml'));
  await succeeds(t, folder, 'train', '--resume', 'copied', '--set', 'training.steps=3');
});

test.serial('a posterior does not take the place of that of another event', async (t) => {
  const posterior = ['posterior', 'run', '--event', '0', '--draws', '4', '--particle', 'neutrino', '--quantity', 'eta'];
  await succeeds(t, folder, ...posterior);
  await succeeds(t, folder, ...posterior);
  const first = readFileSync(at('run/posterior/event-0/summary.json'), 'utf8');
  await succeeds(t, folder, 'generate', '-n', '5', '--out', 'others.h5');
  const other = [...posterior, '--set', `data.test=${at('others.h5')}`];
  await refuses(t, folder, other, /existing \S+event-0\/summary\.json: it is of another event; choose another folder/m);
  t.is(readFileSync(at('run/posterior/event-0/summary.json'), 'utf8'), first);
  await succeeds(t, folder, ...other, '--force');
});

test.serial('a sampling that was killed at its very end is finished by the next, and leaves nothing', async (t) => {
  await succeeds(t, folder, 'sample', 'run', '--events', '30', '--out', 'end.h5', '--batch', '10');
  const whole = readFileSync(at('end.h5'));
  // Killed before the file was made of its parts.
  const args = ['sample', 'run', '--events', '200', '--out', 'killed.h5', '--batch', '5'];
  const { child } = start(folder, args);
  const parts = at('killed.h5.parts');
  while (!(existsSync(parts) && readdirSync(parts).length > 2) && child.exitCode === null) await delay(2);
  child.kill('SIGKILL');
  // And one after its file had its name, as far as a folder of parts shows it.
  cpSync(parts, at('end.h5.parts'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(parts, 'manifest.json'), 'utf8'));
  writeFileSync(at('end.h5.parts/manifest.json'), JSON.stringify({ ...manifest, events: 30 }));
  writeFileSync(at('end.h5.tmp-1'), 'half');
  const again = ['sample', 'run', '--events', '30', '--out', 'end.h5', '--batch', '10'];
  await refuses(t, folder, again, /^existing \S+end\.h5: /);
  await succeeds(t, folder, ...again, '--resume');
  t.true(readFileSync(at('end.h5')).equals(whole));
  t.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('end.h5') || name.startsWith('.end.h5')),
    ['end.h5'],
  );
});

test.serial('a run that was killed before it had a config is begun anew', async (t) => {
  mkdirSync(at('begun'));
  for (const name of ['.lock', 'run.json', '.draws.h5.lock', 'config.yaml.tmp-1']) writeFileSync(at('begun', name), '');
  await succeeds(t, folder, 'train', 'own.yaml', '--out', 'begun', ...training(1));
  t.false(existsSync(at('begun/config.yaml.tmp-1')));
});
