import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { newFolder, succeeds, unfold } from './unfold.js';

const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

test.before(async (t) => {
  const steps = ['--set', 'training.steps=2', '--set', 'training.fineTune.steps=0'];
  for (const name of ['a', 'b'])
    await succeeds(t as ExecutionContext, folder, 'train', 'sample', '-o', `bench/${name}`, ...steps);
});

test.serial(
  'the posterior of an event has figures, a summary and the reference, for every run of a folder',
  async (t) => {
    const asked = ['--event', '3', '--draws', '40', '--particle', 'neutrino', '--quantity', 'eta', '--reference'];
    const { stdout } = await succeeds(t, folder, 'posterior', 'bench', ...asked, '--json');
    const summary = JSON.parse(stdout);
    t.deepEqual(summary, JSON.parse(readFileSync(join(folder, 'bench/posterior/event-3/summary.json'), 'utf8')));
    t.deepEqual(
      summary.runs.map(({ path }: { path: string }) => path),
      ['a', 'b'].map((name) => join(folder, 'bench', name)),
    );
    const [eta] = summary.quantities;
    t.deepEqual(
      [eta.particle, eta.quantity, eta.models.length, eta.truth === undefined],
      ['neutrino', 'eta', 2, false],
    );
    t.true(summary.reference.effectiveEvents >= 1 && summary.reference.effectiveEvents <= summary.reference.events);
    t.true(summary.reference.features.includes('objects.pt') && summary.reference.features.includes('met.met'));
    for (const file of summary.files) t.true(existsSync(file), file);
    const svg = readFileSync(join(folder, 'bench/posterior/event-3/neutrino-eta.svg'), 'utf8');
    for (const label of ['Truth', 'Similar events', 'sample a', 'sample b']) t.true(svg.includes(label), label);
  },
);

test.serial('the same seed draws the same posterior, another another', async (t) => {
  const draw = async (seed: string): Promise<number> => {
    const asked = ['--event', '0', '--draws', '20', '--quantity', 'pt', '--particle', 'ttbar', '--seed', seed];
    const { stdout } = await succeeds(t, folder, 'posterior', 'bench/a', ...asked, '--json');
    return JSON.parse(stdout).quantities[0].models[0].mean;
  };
  const first = await draw('1');
  t.is(await draw('1'), first);
  t.not(await draw('2'), first);
});

test.serial('mistakes are named with what would be right', async (t) => {
  const cases: [string[], RegExp][] = [
    [['bench/a', '--event', '5000'], /^invalid event 5000: the test split has \d+ events, so expected 0 to \d+\n$/],
    [
      ['bench/a', '--event', '0', '--particle', 'hadronic_tp'],
      /^unknown particle hadronic_tp, did you mean "hadronic_top"\?/,
    ],
    [
      ['bench/a', '--event', '0', '--quantity', 'etaa'],
      /^unknown quantity etaa, did you mean "eta"\? known quantities: mass/,
    ],
    [['nowhere', '--event', '0'], /^missing run nowhere: there is no trained run in it/],
    [['bench/a', '--event', '-1'], /^error: invalid --event: expected at least 0, got -1$/m],
    [['bench/a'], /required option '-e, --event <n>' not specified/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await unfold(folder, 'posterior', ...args);
    t.is(code, 2, args.join(' '));
    t.regex(stderr, message);
  }
});
