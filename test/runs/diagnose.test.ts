import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openBenchmark, openRun, type Progress, type Run, writeDiagnosis } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, trainedRun } from './tiny-run.js';

const folder = newFolder();
let run: Run;

test.before(async () => {
  // In JavaScript alone a classifier of the usual size takes half a minute.
  run = await trainedRun(folder, { evaluators: [{ kind: 'classifier', width: 4, epochs: 2, folds: 2 }] });
});

test.after.always(async () => {
  await run.close();
  rmSync(folder, { recursive: true });
});

const FEW = { split: 'train', events: 40, draws: 8 } as const;

test.serial('a diagnosis judges every quantity of every particle, and writes a page', async (t) => {
  const progress: Progress[] = [];
  const diagnosis = await run.diagnose({ ...FEW, onProgress: (each) => progress.push(each) });
  t.is(diagnosis?.events, 40);
  t.is(diagnosis?.draws, 8);
  t.is(progress.at(-1)?.done, 40);
  const quantities = new Set(diagnosis!.findings.verdicts.map(({ quantity }) => quantity));
  for (const label of (await run.source()).spec.particles.map(({ label }) => label))
    t.true(quantities.has(`${label} pT`), label);
  const page = join(folder, 'page');
  const files = writeDiagnosis(page, diagnosis!);
  t.true(files.every((file) => existsSync(file)));
  const html = readFileSync(join(page, 'index.html'), 'utf8');
  t.regex(html, /<h1>Can I trust [^<]+\?<\/h1>/);
  t.true(html.includes(diagnosis!.findings.verdicts[0]!.text));
  const { verdicts } = JSON.parse(readFileSync(join(page, 'diagnosis.json'), 'utf8'));
  t.deepEqual(verdicts, diagnosis!.findings.verdicts);
});

test.serial('the width of the draws is followed through the model, beside what the detector reads', async (t) => {
  const progress: Progress[] = [];
  const diagnosis = await run.diagnose({ ...FEW, width: true, onProgress: (each) => progress.push(each) });
  t.is(progress.at(-1)?.stage, 'measuring widths');
  const tables = diagnosis!.findings.tables.filter(({ title }) => title.startsWith('Where the width comes from'));
  t.is(tables.length, 3);
  const stages = tables[0]!.rows.map(({ label }) => label);
  t.is(stages[0], 'detector');
  t.is(stages.at(-1), 'full draws');
  for (const stage of ['codec, mean latent', 'codec, drawn latent', 'noise of t = 0', 'noise of t = 1, denoised'])
    t.true(stages.includes(stage), stage);
  t.true(diagnosis!.findings.figures.some(({ name }) => name === 'width'));
  t.false((await run.diagnose(FEW))!.findings.figures.some(({ name }) => name === 'width'));
});

test.serial('the very same draws are taken again, and others are drawn anew', async (t) => {
  const first = await run.diagnose(FEW);
  const written = statSync(first!.file).mtimeMs;
  t.deepEqual((await run.diagnose(FEW))!.findings, first!.findings);
  t.is(statSync(first!.file).mtimeMs, written);
  const other = await run.diagnose({ ...FEW, seed: 5 });
  t.not(statSync(other!.file).mtimeMs, written);
  t.notDeepEqual(other!.findings.verdicts, first!.findings.verdicts);
  t.is((await run.diagnose({ ...FEW, seed: 5, draws: 9 }))!.draws, 9);
  await run.diagnose(FEW);
  await using changed = await openRun(run.folder, { set: ['model.finalLatent=denoised'] });
  t.notDeepEqual((await changed.diagnose(FEW))!.findings.verdicts, first!.findings.verdicts);
});

test.serial('a diagnosis that is stopped goes on where it was', async (t) => {
  const whole = await run.diagnose({ ...FEW, batch: 64, force: true });
  const controller = new AbortController();
  const stopped = await run.diagnose({
    ...FEW,
    batch: 10,
    force: true,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  t.is(stopped, undefined);
  const progress: number[] = [];
  const resumed = await run.diagnose({ ...FEW, batch: 10, onProgress: ({ done }) => progress.push(done) });
  t.true(progress[0]! > 10, 'the first batch is not drawn again');
  t.deepEqual(resumed!.findings, whole!.findings);
});

test.serial('evaluators that are named judge alone, and one that is not there is refused', async (t) => {
  const { findings } = (await run.diagnose({ ...FEW, only: ['pq-mass'] }))!;
  t.deepEqual([...new Set(findings.verdicts.map(({ diagnostic }) => diagnostic))], ['pq-mass']);
  const message = /^unknown evaluator: "nobody"; expected one of .*calibration/;
  await t.throwsAsync(run.diagnose({ ...FEW, only: ['nobody'] }), { name: 'UserError', message });
});

test.serial('a benchmark of which nothing is trained cannot be diagnosed', async (t) => {
  const config = { name: 'none', data: { kind: 'ttbar-generator' }, models: [{ extends: 'small' }] };
  const benchmark = await openBenchmark(config, { out: join(folder, 'none') });
  await t.throwsAsync(benchmark.diagnose(), { name: 'UserError', message: /^missing models: none of the benchmark/ });
});

test.serial('a single draw has no rank, and no events have nothing to judge: both are refused', async (t) => {
  await t.throwsAsync(run.diagnose({ ...FEW, draws: 1 }), { name: 'UserError', message: /draws/ });
  await t.throwsAsync(run.diagnose({ ...FEW, events: 0 }), { name: 'UserError', message: /events/ });
});
