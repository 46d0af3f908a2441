import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  DrawStore,
  EventFile,
  eventSpec,
  loadTopology,
  type RawEvents,
  samplePath,
  writeEvents,
} from '@unfold-zoo/data';
import { createRun, type Run } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, TINY } from './tiny-run.js';

const topology = loadTopology('semileptonic-ttbar');
const WIDTH = 11 * 5;
const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

/** Events of the sample in rows, of which a condition on the energy of the top pair holds; in its order if told. */
async function sampled(
  first: number,
  end: number,
  holds: (energy: number) => boolean,
  order: 'of the file' | 'of energy' = 'of the file',
): Promise<RawEvents> {
  const file = await EventFile.open(samplePath(), topology);
  const raw = file.read(0, 3000);
  file.close();
  const energy = (event: number): number => raw.momenta![event * WIDTH + 10 * 5 + 1]!;
  const chosen = Array.from({ length: end - first }, (_, i) => first + i).filter((event) => holds(energy(event)));
  if (order === 'of energy') chosen.sort((a, b) => energy(a) - energy(b));
  const rows = (values: Float32Array): Float32Array => {
    const width = values.length / 3000;
    return Float32Array.from(chosen.flatMap((event) => [...values.subarray(event * width, (event + 1) * width)]));
  };
  const groups = Object.entries(raw.groups).map(([group, columns]) => [
    group,
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, rows(values as Float32Array)])),
  ]);
  return { size: chosen.length, momenta: rows(raw.momenta!), groups: Object.fromEntries(groups) };
}

const warnings: string[] = [];
const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };

/** A run on training events of the sample, whose test events are those. */
async function runWith(name: string, test: RawEvents, training?: RawEvents): Promise<Run> {
  const train = join(folder, `${name}-train.h5`);
  const path = join(folder, `${name}-test.h5`);
  await writeEvents(train, topology, [training ?? (await sampled(0, 2000, () => true))]);
  await writeEvents(path, topology, [test]);
  warnings.length = 0;
  return createRun({ ...TINY, data: { kind: 'hdf5', train, test: path } }, { out: join(folder, name), log });
}

let files = 0;

/** A file of draws that are the truth itself, but for what is changed. */
async function drawsOf(truth: Float32Array, split: string, change?: (draws: Float32Array) => void): Promise<string> {
  const path = join(folder, `draws-${++files}.h5`);
  const events = truth.length / WIDTH;
  const plan = { spec: eventSpec(topology), events, draws: 1, truth: true, weights: false, identity: { split } };
  const store = DrawStore.open(path, plan);
  const draws = truth.slice();
  change?.(draws);
  store.append({ size: events, draws, truth });
  await store.finish();
  return path;
}

/** Sum over all numbers of the Wasserstein distances of the floor. */
async function floorOf(run: Run, draws: string): Promise<number> {
  const { distances } = await run.evaluate({ draws, bootstrap: 2 });
  return distances.floor!.totals[0]!.value;
}

test.serial('the floor of a stress test is that of chance, and not the distance of training and test', async (t) => {
  const usual = await sampled(2000, 3000, () => true);
  // Of the same size: the upper half of the test events, and as many of all.
  const sorted = Array.from({ length: usual.size }, (_, event) => usual.momenta![event * WIDTH + 51]!).sort(
    (a, b) => a - b,
  );
  const stress = await sampled(2000, 3000, (energy) => energy > sorted[500]!);
  const half = await sampled(2000, 2000 + stress.size, () => true);

  const plain = await runWith('plain', half);
  const chance = await floorOf(plain, await drawsOf(half.momenta!, 'test'));
  t.deepEqual(warnings, []);
  await plain.close();

  const stressed = await runWith('stressed', stress);
  const floor = await floorOf(stressed, await drawsOf(stress.momenta!, 'test'));
  t.true(warnings.some((text) => /^floor: training events are another population .* resamplings/.test(text)));
  await stressed.close();
  // Harder events are wider, by less than twofold; training events would be six times further away than chance.
  t.true(floor > chance / 2 && floor < 2 * chance, `floor ${floor}, chance alone ${chance}`);
});

test.serial('a training file in order of something has the floor of one in no order', async (t) => {
  const test = await sampled(2000, 2500, () => true);
  const plain = await runWith('unordered', test);
  const chance = await floorOf(plain, await drawsOf(test.momenta!, 'test'));
  await plain.close();
  const ordered = await runWith('ordered', test, await sampled(0, 2000, () => true, 'of energy'));
  const floor = await floorOf(ordered, await drawsOf(test.momenta!, 'test'));
  await ordered.close();
  t.deepEqual(
    warnings.filter((text) => text.startsWith('floor')),
    [],
  );
  t.true(floor > chance / 2 && floor < 2 * chance, `floor ${floor}, chance alone ${chance}`);
});

test.serial('draws for training events have a floor of other training events', async (t) => {
  const test = await sampled(2000, 2500, () => true);
  const run = await runWith('train-draws', test);
  const train = await sampled(0, 500, () => true);
  const draws = await drawsOf(train.momenta!, 'train');
  t.true((await floorOf(run, draws)) > 0);
  // What is larger than 2 kB stays in files: the replicas, the truth of the floor, and the other columns of a particle.
  const { distances } = await run.evaluate({ draws, bootstrap: 2, memory: 0.002 });
  t.deepEqual(distances, (await run.evaluate({ draws, bootstrap: 2 })).distances);
  await run.close();
});

test.serial('events whose draws are not finite are left out of the distances, and named', async (t) => {
  const test = await sampled(2000, 2400, () => true);
  const run = await runWith('not-finite', test);
  const broken = await drawsOf(test.momenta!, 'test', (draws) => draws.set([Number.NaN], 17 * WIDTH + 3));
  const { distances } = await run.evaluate({ draws: broken, bootstrap: 0, floor: false });
  t.is(distances.events.predicted, 399);
  t.true(distances.distances.cells.flat(2).every(({ value }) => value === 0));
  t.true(warnings.some((text) => /^left out 1 of 400 events of .* whose draws are not finite: 17; /.test(text)));

  const all = await drawsOf(test.momenta!, 'test', (draws) => draws.fill(Number.NaN));
  await t.throwsAsync(run.evaluate({ draws: all }), { message: /no event has draws that are finite numbers$/ });
  await run.close();
});
