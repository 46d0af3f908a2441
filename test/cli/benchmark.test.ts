import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { samplePath } from '@unfold-zoo/data';
import { isAddonBuilt } from '@unfold-zoo/engine-native';
import { findBenchmark, type Progress } from '@unfold-zoo/runs';
import test, { type ExecutionContext } from 'ava';
import { onTwoRanks } from './two-ranks.js';
import { newFolder, start, succeeds, unfold } from './unfold.js';

const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

const CONFIG = `
name: tiny
data: { kind: hdf5, train: ${samplePath()}, validationFraction: 0.1, testFraction: 0.1 }
shared:
  engine: ${isAddonBuilt() ? '{ kind: native, threads: 1 }' : '{ kind: wasm }'}
  conditionEncoder: { width: 8, heads: 2, layers: 1 }
  codec: { encoderBlocks: 1, decoderBlocks: 1 }
  schedule: { hidden: 8 }
  denoiser: { blocks: 1, embedding: 4 }
  sampler: { steps: 2 }
  training: { batchSize: 16, steps: 12, fineTune: { steps: 0 }, checkpointEvery: 3,
    validateEvery: 6, validationEvents: 32 }
models:
  - { extends: paper, name: VLD }
  - extends: vdm
sampling: { events: 100, draws: 2 }
evaluation: { bootstrap: 2, calibration: { events: 40, draws: 4 } }
`;

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function report(out: string, file: string): string {
  return readFileSync(join(folder, out, 'report', file), 'utf8');
}

function distances(out: string): unknown {
  return JSON.parse(report(out, 'distances.json'));
}

test.before(async (t) => {
  write('tiny.yaml', CONFIG);
  const ended = await succeeds(t as ExecutionContext, folder, 'benchmark', 'tiny.yaml', '--jobs', '2');
  t.regex(ended.stdout, /^Ranking by total Wasserstein$.*^V[LD][DM] +1 +\d.*^V[LD][DM] +2 +\d/ms);
  t.regex(ended.stderr, /^VDM: trained, 12 steps in /m);
  t.regex(ended.stderr, /^report: \S+benchmarks\/tiny\/report\/index\.html$/m);
});

const OUT = 'benchmarks/tiny';

test.serial('a benchmark leaves runs, tables, figures, a ranking and costs', async (t) => {
  for (const run of ['VLD', 'VDM']) {
    for (const file of ['config.yaml', 'draws.h5', 'checkpoints/latest', 'metrics.jsonl', 'run.log']) {
      t.true(existsSync(join(folder, OUT, 'runs', run, file)), `${run} ${file}`);
    }
  }
  for (const file of ['index.html', 'tables.md', 'distances.csv', 'benchmark.md']) {
    t.true(existsSync(join(folder, OUT, 'report', file)), file);
  }
  const { ranking, runs, failed } = JSON.parse(report(OUT, 'benchmark.json'));
  const totals = ranking.map(({ totals }: { totals: { Wasserstein: { value: number } } }) => totals.Wasserstein.value);
  t.true(totals[0] < totals[1], 'the closest model is first');
  t.deepEqual(failed, []);
  for (const { training, sampling } of runs) {
    for (const cost of [training.parameters, training.eventsPerSecond, training.peakMemory, sampling.eventsPerSecond]) {
      t.true(cost > 0);
    }
  }
  const tables = report(OUT, 'tables.md');
  for (const column of ['VLD†', 'CINN†', 'Floor']) t.true(tables.includes(column), column);
});

test.serial('the ranking says of each model whether it is right for each event, in every format', (t) => {
  const { ranking } = JSON.parse(report(OUT, 'benchmark.json'));
  const lines = report(OUT, 'ranking.csv').trim().split('\n');
  t.is(lines[0], 'place,model,metric,total,error,calibration,calibrated,quantities');
  for (const [i, { model, totals, calibration }] of ranking.entries()) {
    const { badness, calibrated, quantities } = calibration;
    t.is(quantities, 8 * 11 + 1);
    const { value, error } = totals.Wasserstein;
    t.is(lines[1 + i], [i + 1, model, 'Wasserstein', value, error, badness, calibrated, quantities].join(','));
    const shown = [badness.toFixed(2), `${calibrated} of ${quantities}`];
    t.true(report(OUT, 'benchmark.md').includes(` | ${shown.join(' | ')} | `), model);
    t.true(report(OUT, 'tables.tex').includes(` & ${shown.join(' & ')} & `), model);
    t.true(report(OUT, 'index.html').includes(shown.map((cell) => `<td class="model">${cell}</td>`).join('')), model);
  }
  t.regex(report(OUT, 'benchmark.md'), /^- Calibration: right for each event\? .*0\.16 is chance\.$/m);
});

const FIRST_DRAWS = 'diagnosis-test-40x4-seed-0-latest.h5';

test.serial('a diagnosis with the numbers of the benchmark takes the draws that are there', async (t) => {
  const written = (): number[] =>
    ['VLD', 'VDM'].map((run) => statSync(join(folder, OUT, 'runs', run, FIRST_DRAWS)).mtimeMs);
  const before = written();
  const few = ['--events', '40', '--draws', '4', '--only', 'calibration'];
  await succeeds(t, folder, 'diagnose', OUT, ...few, '--out', 'same-draws');
  t.deepEqual(written(), before);
});

test.serial('a diagnosis of a benchmark that is stopped goes on where it was', async (t) => {
  const benchmark = (await findBenchmark(join(folder, OUT)))!;
  const few = { events: 20, draws: 5, batch: 10, only: ['calibration'] };
  const controller = new AbortController();
  const onProgress = ({ stage }: Progress): void => {
    if (stage.startsWith('VDM')) controller.abort();
  };
  t.is(await benchmark.diagnose({ ...few, signal: controller.signal, onProgress }), undefined);
  const steps: string[] = [];
  const resumed = await benchmark.diagnose({ ...few, onProgress: ({ stage, done }) => steps.push(`${stage} ${done}`) });
  t.true(steps.length > 0 && steps.every((each) => each.startsWith('VDM')), `${steps}`);
  const whole = await benchmark.diagnose({ ...few, force: true });
  for (const [i, { label, findings }] of whole!.models.entries())
    t.deepEqual(resumed!.models[i]!.findings, findings, label);
  const drawn = readdirSync(join(folder, OUT, 'runs/VLD')).filter((name) => name.endsWith('.h5'));
  t.true(drawn.includes(FIRST_DRAWS) && drawn.includes('diagnosis-test-20x5-seed-0-latest.h5'), `${drawn}`);
});

test.serial('diagnose puts the models of a benchmark side by side, each with a page of its own', async (t) => {
  const few = ['--events', '30', '--draws', '6', '--only', 'calibration', '--only', 'resolution'];
  const { stdout } = await succeeds(t, folder, 'diagnose', OUT, ...few, '--json');
  const { models, failed } = JSON.parse(stdout);
  t.deepEqual(failed, []);
  const page = readFileSync(join(folder, OUT, 'diagnosis/index.html'), 'utf8');
  for (const [i, name] of ['VLD', 'VDM'].entries()) {
    const { label, events, draws } = models[i];
    t.deepEqual({ label, events, draws }, { label: name, events: 30, draws: 6 });
    t.true(page.includes(`<a href="${name}/index.html">${name}</a>`), name);
    t.regex(page, new RegExp(`>${name}</a></th><td class="model">\\d+ of 89</td>`));
    const own = readFileSync(join(folder, OUT, 'diagnosis', name, 'index.html'), 'utf8');
    t.true(own.includes(`<h1>Can I trust ${name}?</h1>`));
  }
});

test.serial('its runs are runs: other commands take them', async (t) => {
  const { stdout } = await succeeds(t, folder, 'inspect', join(OUT, 'runs/VDM'));
  t.regex(stdout, /model vld, \d+ parameters\n/);
});

test.serial('a finished benchmark trains nothing again; without calibration its columns are gone', async (t) => {
  const without = ['--set', 'evaluation.calibration=false'];
  const { stdout, stderr } = await succeeds(t, folder, 'benchmark', 'tiny.yaml', ...without);
  t.notRegex(stderr, /trained/);
  t.regex(stdout, /^Ranking by total Wasserstein$/m);
  t.notRegex(stdout, /Calibrat/);
});

test.serial('evaluators are run on the draws that are there, and stand beside the ranking', async (t) => {
  const evaluators = 'shared.evaluators=[{ kind: calibration, references: 1 }, { kind: four-vectors }]';
  const { stdout, stderr } = await succeeds(t, folder, 'benchmark', 'tiny.yaml', '--set', evaluators);
  t.notRegex(stderr, /trained/);
  t.regex(stdout, /^V[LD][DM] +1 +\S+ ± \S+ +\d+\.\d\d +\d+ of 89 /m);
  t.regex(stdout, /^What the evaluators find$.*^Model +four-vectors +good$.*^V[LD][DM] +\d+\.\d\d +\d+ of \d+$/ms);
  const { runs } = JSON.parse(report(OUT, 'benchmark.json'));
  for (const { verdicts } of runs) {
    const of = ({ diagnostic }: { diagnostic: string }): boolean => diagnostic === 'calibration';
    t.is(verdicts.filter(of).length, 8 * 11 + 1, 'draws of the distances are judged, and no others');
  }
  const tables = report(OUT, 'tables.md');
  for (const title of ['Verdicts of calibration', 'VDM: Calibration of each quantity']) t.true(tables.includes(title));
});

test.serial('what it resolved is a benchmark config that says the same', async (t) => {
  const resolved = join(OUT, 'benchmark.yaml');
  const { stderr } = await succeeds(t, folder, 'benchmark', resolved, '--out', OUT);
  t.notRegex(stderr, /trained/);
});

function latest(out: string, run: string): string {
  return join(folder, out, 'runs', run, 'checkpoints/latest');
}

async function hasCheckpoints(out: string, runs: readonly string[], child: ChildProcess): Promise<void> {
  while (!runs.every((run) => existsSync(latest(out, run))) && child.exitCode === null) await delay(2);
}

// And models one at a time have the distances of two at once.
test.serial('a benchmark that was killed goes on with the same command, and ends with the same tables', async (t) => {
  const { child, ended } = start(folder, ['benchmark', 'tiny.yaml', '--out', 'killed', '--jobs', '2']);
  await hasCheckpoints('killed', ['VLD'], child);
  await delay(100 * Math.random());
  child.kill('SIGKILL');
  const killed = await ended;
  t.is(killed.signal, 'SIGKILL');
  t.false(existsSync(join(folder, 'killed/report')));
  await succeeds(t, folder, 'benchmark', 'tiny.yaml', '--out', 'killed', '--jobs', '1');
  t.deepEqual(distances('killed'), distances(OUT));
});

test.serial('of two ranks one that is told to stop stops both; one that is lost gives its model back', async (t) => {
  const ranks = { config: 'tiny.yaml', folder: 'ranks' };
  const stopped = await onTwoRanks(folder, { ...ranks, signal: 'SIGTERM' });
  t.deepEqual([stopped.first.code, stopped.other.code], [130, 130], stopped.first.stderr + stopped.other.stderr);
  t.regex(stopped.first.stderr, /^stopped; go on with the same command$/m);
  t.false(existsSync(join(folder, 'ranks/.ranks.json')));
  const { first, other } = await onTwoRanks(folder, { ...ranks, signal: 'SIGKILL' });
  t.deepEqual([first.code, other.signal], [0, 'SIGKILL'], first.stderr);
  t.regex(first.stderr, /^V(LD|DM): rank 1 on \S+ is lost; it goes on elsewhere$/m);
  t.deepEqual(distances('ranks'), distances(OUT));
});

test.serial(
  'Ctrl-C stops every model with a checkpoint of its last step; until then the folder is taken',
  async (t) => {
    const args = ['benchmark', 'tiny.yaml', '--out', 'stopped', '--jobs', '2', '--set', 'shared.training.steps=100000'];
    const { child, ended } = start(folder, args);
    await hasCheckpoints('stopped', ['VLD', 'VDM'], child);
    const second = await unfold(folder, ...args);
    t.is(second.code, 2, second.stderr);
    t.regex(second.stderr, new RegExp(`^busy \\S+: process ${child.pid} on `));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    t.is(code, 130, stderr);
    t.regex(stderr, /^stopped; go on with the same command$/m);
    t.false(existsSync(join(folder, 'stopped/.lock')));
    t.false(existsSync(join(folder, 'stopped/report')));
    for (const run of ['VLD', 'VDM']) {
      const log = readFileSync(join(folder, 'stopped/runs', run, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n');
      t.is(readFileSync(latest('stopped', run), 'utf8').trim(), `step-${JSON.parse(log.at(-1)!).step}`);
    }
  },
);

test.serial('a model that fails is reported with its reason, and the others finish', async (t) => {
  const wild = '{ extends: paper, name: wild, training: { learningRate: 1, clipNorm: 1.0e12, steps: 50 } }';
  const odd = '{ extends: vdm, name: odd, denoiser: { kind: transformer, heads: 3 } }';
  write('failing.yaml', CONFIG.replace('  - extends: vdm', `  - ${wild}\n  - ${odd}`));
  const without = ['--set', 'evaluation.calibration=false'];
  const { code, stdout, stderr } = await unfold(folder, 'benchmark', 'failing.yaml', '--out', 'failing', ...without);
  t.is(code, 1, stderr);
  t.regex(stderr, /^warn: wild failed: diverged: step \d+ of stage "joint"/m);
  t.regex(stderr, /^warn: odd failed: invalid denoiser\.heads: expected a divisor/m);
  t.regex(stdout, /^VLD +1 +\d/m);
  t.regex(report('failing', 'benchmark.md'), /\*\*wild failed\*\*.*diverged/s);
});

test.serial('with several seeds a row is their mean, and each stays in the files', async (t) => {
  const seeds = ['--set', 'models.0.seeds=[0, 1]'];
  const { stdout } = await succeeds(t, folder, 'benchmark', 'tiny.yaml', '--out', 'killed', ...seeds);
  t.deepEqual(readdirSync(join(folder, 'killed/runs')).toSorted(), ['VDM', 'VLD', 'VLD-seed-1']);
  t.regex(stdout, /^Model +Place +Seeds +Total/m);
  t.regex(stdout, /^VLD +\d +2 +\d/m);
  t.regex(stdout, /^VDM +\d +1 +\d/m);
  const rows = report('killed', 'distances.csv')
    .split('\n')
    .filter((line) => /^VLD,(mean|\d),all,all,Wasserstein,/.test(line))
    .map((line) => line.split(','));
  t.deepEqual(
    rows.map(([, seed]) => seed),
    ['mean', '0', '1'],
  );
  const [mean, first, second] = rows.map((row) => ({ value: Number(row[5]), error: Number(row[6]) }));
  t.true(Math.abs(mean!.value / ((first!.value + second!.value) / 2) - 1) < 1e-12);
  // b^2 + s^2 / n, where s^2 of two values is half their squared difference.
  const variance = ((first!.error + second!.error) / 2) ** 2 + (first!.value - second!.value) ** 2 / 4;
  t.true(Math.abs(mean!.error / Math.sqrt(variance) - 1) < 1e-9);
});

test.serial('changed settings are refused, and with --force only what changed is done again', async (t) => {
  const training = ['benchmark', 'tiny.yaml', '--set', 'models.1.training.steps=6'];
  const refused = await unfold(folder, ...training);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /^changed VDM: training\.steps was 12, is 6$\n^choose another folder .*--out.*--force$/m);
  t.notRegex(refused.stderr, /VLD/);
  const sampling = ['--set', 'sampling.events=50'];
  const refusedSampling = await unfold(folder, 'benchmark', 'tiny.yaml', ...sampling);
  t.is(refusedSampling.code, 2);
  t.regex(refusedSampling.stderr, /^changed VLD: sampling\.events was 100, is 50$/m);
  const { stderr } = await succeeds(t, folder, ...training, ...sampling, '--force');
  t.regex(stderr, /^VDM: trained, 6 steps/m);
  t.notRegex(stderr, /^VLD: trained/m);
  t.is(
    (distances(OUT) as { models: { report: { events: { predicted: number } } }[] }).models[0]!.report.events.predicted,
    100, // two draws an event
  );
});
