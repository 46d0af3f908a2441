// The pages of a few small runs: what the server answers, and, where there is a Chromium, what a reader can do.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Explorer, explore, exportPages } from '@unfold-zoo/explore';
import { drawExported, type ExportedContent, exportedDraws, observe, observedOf } from '@unfold-zoo/explore/exported';
import type {
  DrawFileView,
  EventsView,
  EventView,
  PosteriorView,
  RanksView,
  ReferenceView,
  RunSummary,
  TrustView,
} from '@unfold-zoo/explore/view';
import { createRun, writeDiagnosis } from '@unfold-zoo/runs';
import test, { type ExecutionContext } from 'ava';
import { type Browser, chromium, type Page } from 'playwright-core';
import { graphRunner } from '../onnx/runtime.js';
import { newFolder, TINY, trainedRun } from '../runs/tiny-run.js';

const HOSTILE = '<img src=x onerror=window.hacked=1>';
const folder = newFolder();
let explorer: Explorer;
let browser: Browser | undefined;

/** A function for observables. */
const PLUGIN = `
import { component, definePlugin } from '${import.meta.resolve('@unfold-zoo/core')}';
import { ObservableFunction } from '${import.meta.resolve('@unfold-zoo/measurement')}';
import { z } from '${import.meta.resolve('zod')}';
const apply = ([number]) => ({ ...number, values: number.values.map((value) => 2 * value) });
const doubled = { name: 'doubled', description: 'Twice a number.', parameters: ['number'], result: 'number', apply };
export default definePlugin({ name: 'doubled', version: '1.0.0' }, [
  component(ObservableFunction, 'doubled', { description: 'twice', options: z.object({}), create: () => doubled }),
]);
`;

const EXECUTABLE = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim())
  .find((path) => path);

test.before(async () => {
  const run = await trainedRun(folder, { name: HOSTILE });
  const diagnosis = await run.diagnose({ events: 24, draws: 5, only: ['calibration'] });
  writeDiagnosis(join(run.folder, 'diagnosis'), diagnosis!);
  await run.close();
  writeFileSync(join(folder, 'doubled.mjs'), PLUGIN);
  const moons = await createRun(
    {
      ...TINY,
      plugins: [join(folder, 'doubled.mjs')],
      data: { kind: 'two-moons', train: 64, validation: 16, test: 16 },
    },
    { out: join(folder, 'moons') },
  );
  await moons.train();
  await moons.close();
  makeFolder('broken', { 'run.json': '{}', 'config.yaml': 'name: [' });
  makeFolder('nested', { 'run.json': '{}', 'config.yaml': '['.repeat(100_000) });
  const step = { type: 'step', stage: 'joint', step: 3, loss: 2.5, terms: { a: 1 }, monitored: {} };
  makeFolder('training', {
    'run.json': '{}',
    'config.yaml': 'model: { kind: vld }\ntraining: { steps: 10 }\n',
    'metrics.jsonl': `${JSON.stringify(step)}\n{"type":"st`,
  });
  cpSync(join(folder, 'training'), join(folder, 'untrained'), { recursive: true });
  utimesSync(join(folder, 'untrained', 'metrics.jsonl'), 1e9, 1e9);
  explorer = await explore({ folders: [folder] });
  if (EXECUTABLE) browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
});

test.after.always(async () => {
  await browser?.close();
  await explorer?.close();
  rmSync(folder, { recursive: true });
});

function makeFolder(name: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, name));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text);
}

async function answer(path: string, query: Record<string, string> = {}): Promise<Response> {
  return fetch(`${explorer.address}api/${path}?${new URLSearchParams(query)}`);
}

async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  return (await answer(path, query)).json() as Promise<T>;
}

async function order<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  return (await fetch(`${explorer.address}api/${path}`, request)).json() as Promise<T>;
}

async function runs(): Promise<Readonly<Record<string, RunSummary>>> {
  const { runs } = await ask<{ readonly runs: readonly RunSummary[] }>('runs');
  return Object.fromEntries(runs.map((run) => [run.name, run]));
}

test.serial('every run is listed: trained, in training, untrained and broken', async (t) => {
  const { trained, moons, training, untrained, broken, nested } = await runs();
  t.like(trained, { status: 'trained', label: HOSTILE, model: 'vld', step: 4, steps: 4, draws: 1 });
  t.is(trained!.verdicts, 89);
  t.like(moons, { status: 'trained', data: 'two-moons' });
  t.like(training, { status: 'training', step: 3, loss: 2.5, steps: 10 });
  t.is(untrained!.status, 'untrained');
  t.is(broken!.status, 'broken');
  t.regex(broken!.problem, /^invalid file: Flow sequence/);
  t.regex(nested!.problem, /^invalid file: /);
  for (const { id: run } of [broken!, nested!]) t.is((await answer('config', { run })).status, 422);
});

test.serial('losses are drawn, and not sent again until there are more', async (t) => {
  const { training } = await runs();
  const { size, charts } = await ask<{ size: number; charts: string[] }>('losses', { run: training!.id });
  t.is(charts.length, 2);
  t.deepEqual(await ask('losses', { run: training!.id, size: String(size) }), { size });
  // The line that was half written is finished, and another one begun.
  appendFileSync(join(folder, 'training/metrics.jsonl'), `ep","stage":"joint","step":4,"loss":2,"terms":{}}\n{"`);
  const later = await ask<{ size: number; charts: string[] }>('losses', { run: training!.id, size: String(size) });
  t.true(later.size > size && later.charts.length > 0);
  t.is((await runs())['training']!.step, 4);
});

test.serial('an event is what the detector saw, and the same event changed gives other draws', async (t) => {
  const { id: run } = (await runs())['trained']!;
  const { events, shown, hasTruth } = await ask<EventsView>('events', { run });
  t.true(events > 0 && hasTruth && shown.includes('hadronic_top.mass'));
  const view = await ask<EventView>('event', { run, event: '1' });
  t.is(view.objects.filter(({ isLepton }) => isLepton).length, 1);
  t.true(Number.isFinite(view.truth!['hadronic_top.mass']));
  const request = { run, event: 1, draws: 20, quantities: ['hadronic_top.pt', 'charged_lepton.pt'] };
  const drawn = await order<PosteriorView>('posterior', request);
  t.deepEqual(await order<PosteriorView>('posterior', { ...request, changed: view.observed }), drawn);
  const jets = (view.observed!['jets'] as { pt: number }[]).map((jet, i) =>
    i === 0 ? { ...jet, pt: 2 * jet.pt } : jet,
  );
  const rest = await order<PosteriorView>('posterior', { ...request, first: 15, draws: 5 });
  t.deepEqual(rest.values['hadronic_top.pt'], drawn.values['hadronic_top.pt']!.slice(15));
  const changed = await order<PosteriorView>('posterior', { ...request, changed: { ...view.observed, jets } });
  t.notDeepEqual(changed.values['hadronic_top.pt'], drawn.values['hadronic_top.pt']);
  t.is((await answer('event', { run, event: '1000000' })).status, 422);
});

test.serial('an event that the topology refuses is refused with its place', async (t) => {
  const { id: run } = (await runs())['trained']!;
  const request = { run, event: 0, draws: 5, quantities: [], changed: { jets: 'none' } };
  const { status, body } = await fetch(`${explorer.address}api/posterior`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  }).then(async (reply) => ({ status: reply.status, body: await reply.text() }));
  t.is(status, 422);
  t.regex(body, /jets/);
});

test.serial('training events that look alike have weights that fall', async (t) => {
  const { id: run } = (await runs())['trained']!;
  const query = { run, event: '0', quantities: 'hadronic_top.mass' };
  const { weights, values, share } = await ask<ReferenceView>('reference', query);
  t.true(share > 0.99 && weights.every((weight, i) => i === 0 || weight <= weights[i - 1]!));
  t.is(values['hadronic_top.mass']!.length, weights.length);
});

test.serial('a topology without top quarks has events and draws too', async (t) => {
  const { id: run } = (await runs())['moons']!;
  const { quantities } = await ask<EventsView>('events', { run });
  const { truth } = await ask<EventView>('event', { run, event: '0' });
  const { key } = quantities[0]!;
  t.true(key in truth!);
  const { values } = await order<PosteriorView>('posterior', { run, event: 0, draws: 7, quantities: [key] });
  t.is(values[key]!.length, 7);
});

test.serial('observables are those of measurements, of files and of draws that are made here', async (t) => {
  const { id: run } = (await runs())['moons']!;
  t.deepEqual(await ask<DrawFileView[]>('draws', { run }), []);
  const made = await order<DrawFileView>('draw', { run, events: 10 });
  t.deepEqual(await ask('draws', { run }), [made]);
  const { quantities } = await ask<EventsView>('events', { run });
  const [particle] = quantities[0]!.key.split('.');
  const ratio = `doubled(px(${particle})) / px(${particle})`;
  const doubled = await answer('observable', { run, draws: made.name, expression: ratio, of: 'draws' });
  t.deepEqual([...new Float32Array(await doubled.arrayBuffer())], Array<number>(10).fill(2));
  const { id: ttbar } = (await runs())['trained']!;
  const [file] = await ask<[DrawFileView]>('draws', { run: ttbar });
  t.like(file, { events: 24, draws: 5, hasTruth: true });
  const expression = 'mass(hadronic_top) / mass(hadronic_top)';
  for (const [of, rows] of [['draws', 120] as const, ['truth', 24] as const]) {
    const reply = await answer('observable', { run: ttbar, draws: file.name, expression, of });
    t.deepEqual([...new Float32Array(await reply.arrayBuffer())], Array<number>(rows).fill(1));
  }
  const wrong = await answer('observable', { run: ttbar, draws: file.name, expression: 'mass(top)', of: 'draws' });
  t.is(wrong.status, 422);
  t.regex(await wrong.text(), /unknown name "top"/);
  t.is((await answer('observable', { run: ttbar, draws: '../x.h5', expression: '1', of: 'draws' })).status, 404);
});

test.serial('verdicts name the quantity behind them, whose ranks are those of its draws', async (t) => {
  const { id: run } = (await runs())['trained']!;
  const { verdicts, files, events, draws } = await ask<TrustView>('trust', { run });
  t.deepEqual([events, draws, files.length], [24, 5, 1]);
  t.true(verdicts.filter(({ key }) => key !== undefined).length === 88);
  const query = { run, draws: files[0]!.name, quantity: 'hadronic_top.pt' };
  const { ranks, events: numbers, widths } = await ask<RanksView>('ranks', query);
  t.deepEqual(numbers, [...Array(24).keys()]);
  t.true(ranks.every((rank) => Number.isInteger(Math.round(5 * rank * 1e9) / 1e9)));
  t.true(widths.every((width) => width >= 0));
  const { verdicts: none } = await ask<TrustView>('trust', { run: (await runs())['moons']!.id });
  t.deepEqual(none, []);
});

const exported = join(folder, 'exported', 'index.html');

/** The blocks of an exported page, unpacked. */
function blocksOf(file: string): ReadonlyMap<string, Buffer> {
  const found = readFileSync(file, 'utf8').matchAll(/data-block="([^"]*)">([^<]*)</g);
  return new Map([...found].map(([, name, text]) => [name!, gunzipSync(Buffer.from(text!, 'base64'))]));
}

/** The largest difference in units of the largest number. */
function difference(got: readonly number[], wanted: readonly number[]): number {
  const largest = Math.max(...wanted.map(Math.abs));
  return got.length === wanted.length
    ? Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!) / largest))
    : Number.POSITIVE_INFINITY;
}

test.serial('an exported page draws what the run draws, and names no path of this machine', async (t) => {
  const request = { event: 1, first: 5, draws: 8, seed: 0 };
  const expression = 'pt(hadronic_top)';
  const wanted = new Map<string, PosteriorView>();
  for (const name of ['trained', 'moons']) {
    const { id: run } = (await runs())[name]!;
    const { shown: quantities } = await ask<EventsView>('events', { run });
    wanted.set(run, await order<PosteriorView>('posterior', { run, ...request, quantities }));
  }
  const { id } = (await runs())['trained']!;
  const [{ name }] = await ask<[DrawFileView]>('draws', { run: id });
  const reply = await answer('observable', { run: id, draws: name, expression, of: 'draws' });
  const known = new Float32Array(await reply.arrayBuffer());

  const { file, bytes } = await exportPages({ folders: [folder], out: join(folder, 'exported'), events: 2 });
  t.is(file, exported);
  t.true(bytes < 15e6);
  await t.throwsAsync(exportPages({ folders: [folder], out: join(folder, 'exported') }), { message: /^existing / });
  const blocks = blocksOf(file);
  t.false([readFileSync(file), ...blocks.values()].some((block) => block.includes(folder)));
  const content = JSON.parse(blocks.get('content')!.toString()) as ExportedContent;
  t.deepEqual(Object.keys(content.runs).sort(), [...wanted.keys()].sort());
  for (const [run, { values }] of wanted) {
    const { model, events } = content.runs[run]!;
    const compute = await graphRunner(blocks.get(`model ${run}`)!, 'momenta');
    const own = events[1]!;
    const observed = 'observed' in own ? own.observed : observedOf(own.encoded);
    const got = await drawExported(model, compute, { ...request, observed, quantities: Object.keys(values) });
    for (const [key, all] of Object.entries(values)) t.true(difference(got.values[key]!, all) < 1e-3, `${run} ${key}`);
  }
  const { model, draws } = content.runs[id]!;
  const numbers = new Float32Array(new Uint8Array(blocks.get(`draws ${id} ${name}`)!).buffer);
  const set = exportedDraws(model.spec, draws[0]!, numbers);
  t.deepEqual(observe(model.spec, set, { text: expression, of: 'draws' }), known);
});

test.serial('folders without a trained run, and too many runs, are not exported', async (t) => {
  const out = join(folder, 'nothing');
  await t.throwsAsync(exportPages({ folders: [join(folder, 'broken')], out }), { message: /^missing runs: / });
  t.false(existsSync(out));
});

const clicks = EXECUTABLE ? test.serial : test.serial.skip;
const where = EXECUTABLE ? '' : ' (skipped: there is no chromium or google-chrome on the path)';
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Opens a page, and fails for anything that a script or the policy complains of. */
async function open(
  place: string,
  pages = explorer.address,
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser!.newPage({ viewport: { width: 390, height: 800 } });
  page.setDefaultTimeout(90_000);
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${pages}#/${place}`);
  return { page, complaints };
}

/** Rules of accessibility that the page breaks. The server's policy keeps `addScriptTag` out; the protocol is not. */
async function broken(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axe, 'utf8'));
  const found = await page.evaluate('axe.run()');
  const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
}

async function widthOf(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth');
}

/** Nothing sticks out of a narrow window, and nothing was complained of. */
async function fits(t: ExecutionContext, page: Page, complaints: readonly string[]): Promise<void> {
  t.is(await widthOf(page), 390);
  t.deepEqual(complaints, []);
  await page.close();
}

clicks(`runs are sorted, and two configs compared, by whoever can click${where}`, async (t) => {
  const { page, complaints } = await open('runs');
  await page.getByRole('button', { name: /^Run/ }).click();
  t.is(await page.getByRole('columnheader', { name: /^Run/ }).getAttribute('aria-sort'), 'descending');
  await page.getByRole('checkbox', { name: 'trained', exact: true }).check();
  await page.getByRole('checkbox', { name: 'moons' }).check();
  await page.getByText(/values differ/).waitFor();
  await page.getByRole('heading', { name: HOSTILE }).waitFor();
  t.is(await page.evaluate('window.hacked'), undefined);
  t.deepEqual(await broken(page), []);
  await fits(t, page, complaints);
});

clicks(`a jet is changed by keyboard and by dragging, and the posterior answers${where}`, async (t) => {
  const { id } = (await runs())['trained']!;
  const { page, complaints } = await open(`event?runs=${id}&event=1&count=100`);
  const pt = page.getByLabel(/^pT \[GeV\] of 1\./);
  await pt.fill('150');
  // The page is drawn anew, as by draws that flow in: what is typed stays.
  await page
    .getByRole('checkbox', { name: 'Drawn particles' })
    .evaluate((box) => (box as unknown as { click(): void }).click());
  await page.waitForTimeout(50);
  t.is(await pt.inputValue(), '150');
  await pt.press('Enter');
  await page.locator('figure text', { hasText: ', changed' }).first().waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Back to what was seen' }).click();
  const tip = page.locator('.drag [data-object="0"] circle').first();
  await tip.scrollIntoViewIfNeeded();
  const box = (await tip.boundingBox())!;
  const before = await pt.inputValue();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, box.y + 30);
  await page.mouse.up();
  await page.getByText('What the detector saw, changed').waitFor();
  t.not(await pt.inputValue(), before);
  await page.getByRole('checkbox', { name: 'Truth' }).check();
  await page.getByRole('button', { name: 'Next →' }).click();
  await page.waitForURL(/event=2/);
  await page.getByRole('heading', { name: 'Posteriors' }).waitFor();
  t.deepEqual(await broken(page), []);
  await fits(t, page, complaints);
});

clicks(`a spectrum is binned anew in the page, and a verdict opens its ranks${where}`, async (t) => {
  const { id } = (await runs())['trained']!;
  const { page, complaints } = await open(`distributions?runs=${id}`);
  await page.getByText(/values counted in/).waitFor();
  const picture = page.locator('.spectrum svg').first();
  const first = await picture.innerHTML();
  await page.getByLabel('Bins').fill('10');
  // The policy of the pages forbids what waitForFunction does.
  while ((await picture.innerHTML()) === first) await page.waitForTimeout(20);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Save CSV').click()]);
  t.is(download.suggestedFilename(), 'spectrum.csv');
  t.deepEqual(await broken(page), []);
  t.is(await widthOf(page), 390);
  await page.getByRole('link', { name: 'Trust' }).click();
  await page.getByRole('button', { name: 'Hadronic t pT' }).first().click();
  await page.getByText('Truth farthest out').first().waitFor();
  t.deepEqual(await broken(page), []);
  await fits(t, page, complaints);
});

clicks(`an exported page is opened from the disk: it draws, and asks nobody for anything${where}`, async (t) => {
  const { id } = (await runs())['trained']!;
  const { page, complaints } = await open(`event?runs=${id}&event=1&count=100`, pathToFileURL(exported).href);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.locator('.problem, figure text:has-text("Event 1")').first().waitFor({ state: 'attached' });
  await page.getByLabel(/^pT \[GeV\] of 1\./).fill('150');
  await page.getByLabel(/^pT \[GeV\] of 1\./).press('Enter');
  await page.locator('figure text', { hasText: ', changed' }).first().waitFor({ state: 'attached' });
  await page.getByRole('checkbox', { name: 'Training events that look alike' }).check();
  await page.getByText(/training events, as good as/).waitFor();
  t.deepEqual(await broken(page), []);
  await page.getByRole('link', { name: 'Distributions' }).click();
  await page.getByText(/values counted in/).waitFor();
  await page.getByLabel('Against').fill('pt(leptonic_top)');
  await page.getByLabel('Against').press('Enter');
  await page.locator('figure text', { hasText: '50 % and 90 %' }).first().waitFor({ state: 'attached' });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Save CSV').click()]);
  t.is(download.suggestedFilename(), 'density.csv');
  t.deepEqual(await broken(page), []);
  await page.getByRole('link', { name: 'Trust' }).click();
  await page.getByRole('button', { name: 'Hadronic t pT' }).first().click();
  await page.getByText('Truth farthest out').first().waitFor();
  t.is((await page.getByRole('link', { name: /^event/ }).count()) > 0, true);
  await page.getByRole('link', { name: 'Runs' }).click();
  await page.getByRole('checkbox', { name: 'trained', exact: true }).check();
  await page.getByRole('heading', { name: HOSTILE }).waitFor();
  t.is(await page.evaluate('window.hacked'), undefined);
  t.deepEqual(
    asked.filter((address) => !/^(blob|data):/.test(address)),
    [],
  );
  await page.goto('about:blank');
  await page.goto(pathToFileURL(exported).href);
  await page.getByRole('heading', { name: 'Event', exact: true }).waitFor();
  await fits(t, page, complaints);
});
