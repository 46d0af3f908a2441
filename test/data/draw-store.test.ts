import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import {
  type DrawnEvents,
  type DrawPlan,
  DrawStore,
  encodeEvents,
  eventSpec,
  openDraws,
  partonMomenta,
  samplePath,
} from '@unfold-zoo/data';
import test from 'ava';
import { same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

const spec = eventSpec(topology);
const plan: DrawPlan = {
  spec,
  events: 10,
  start: 100,
  draws: 3,
  truth: true,
  weights: true,
  identity: { seed: 7, checkpoint: 'abc' },
  attributes: { model: 'vld' },
};

const rng = new Rng(3);
const random = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal());
const all = { draws: random(10 * 3 * 55), truth: random(10 * 55), weights: random(10) };

function portion(start: number, size: number): DrawnEvents {
  return {
    size,
    draws: all.draws.slice(start * 165, (start + size) * 165),
    truth: all.truth.slice(start * 55, (start + size) * 55),
    weights: all.weights.slice(start, start + size),
  };
}

test('draws, truth, weights and numbers of events are read back by ranges', async (t) => {
  const path = join(temporaryFolder(t), 'out', 'draws.h5');
  const store = DrawStore.open(path, plan);
  for (const [start, size] of [
    [0, 4],
    [4, 5],
    [9, 1],
  ] as const)
    store.append(portion(start, size));
  await store.finish();
  const file = await openDraws(path);
  t.deepEqual([file.events, file.draws, file.hasTruth, file.hasWeights], [10, 3, true, true]);
  t.deepEqual(
    file.particles,
    topology.particles.map(({ name }) => name),
  );
  t.true(same(file.read(0, 10), { size: 10, ...all, index: Int32Array.from({ length: 10 }, (_, i) => 100 + i) }));
  t.true(same(file.read(3, 2), { ...portion(3, 2), index: Int32Array.of(103, 104) }));
  const attributes = file.attributes();
  t.like(attributes, { model: 'vld', seed: 7, checkpoint: 'abc', topology: 'semileptonic-ttbar' });
  t.deepEqual(JSON.parse(attributes['spec'] as string), spec);
  t.throws(() => file.read(8, 3), { message: /asked for events 8 to 10 of .*, there are 10$/ });
  file.close();
  t.deepEqual(readdirSync(join(path, '..')), ['draws.h5']);
});

test('a file that is opened again is the same, or was written anew and is refused', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  const write = async (seed: number): Promise<void> => {
    rmSync(path, { force: true });
    const store = DrawStore.open(path, { ...plan, identity: { seed } });
    store.append(portion(0, 10));
    await store.finish();
  };
  await write(7);
  const file = await openDraws(path);
  file.close();
  const again = file.openAgain();
  t.true(same(again.readMomenta('draws', 3, 2), portion(3, 2).draws));
  t.true(same(again.readMomenta('truth', 3, 2), portion(3, 2).truth));
  again.close();
  await write(8);
  t.throws(() => file.openAgain(), {
    message: `changed ${path}: it was written anew while it was read; evaluate it again`,
  });
  rmSync(path);
  t.throws(() => file.openAgain(), { message: `missing file: ${path} does not exist` });
});

test('a run that was killed goes on where it stopped, and ends as if it had not', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  const killed = DrawStore.open(path, plan);
  killed.append(portion(0, 4));
  killed.append(portion(4, 2));
  // What a kill in the middle of a write leaves.
  writeFileSync(join(`${path}.parts`, 'events-0000000006-4.part.tmp-123'), 'half');
  t.false(existsSync(path));

  const resumed = DrawStore.open(path, plan);
  t.is(resumed.done, 6);
  resumed.append(portion(6, 4));
  await resumed.finish();
  const file = await openDraws(path);
  t.true(same(file.read(0, 10).draws, all.draws));
  file.close();
  t.false(existsSync(`${path}.parts`));
});

test('a run killed after its last event only has to be put together', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  DrawStore.open(path, plan).append(portion(0, 10));
  const resumed = DrawStore.open(path, plan);
  t.is(resumed.done, 10);
  await resumed.finish();
  t.true(existsSync(path));
});

test('a gap in the parts is filled again', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  const store = DrawStore.open(path, plan);
  for (const start of [0, 2, 4, 6, 8]) store.append(portion(start, 2));
  const parts = readdirSync(`${path}.parts`).filter((name) => name.startsWith('events'));
  t.is(parts.length, 5);
  rmSync(join(`${path}.parts`, parts.toSorted()[2]!));
  const resumed = DrawStore.open(path, plan);
  t.is(resumed.done, 4);
  resumed.append(portion(4, 6));
  await resumed.finish();
  const file = await openDraws(path);
  t.true(same(file.read(0, 10).draws, all.draws));
  file.close();
});

test('parts of another run are refused, and nothing of them is lost', (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  DrawStore.open(path, plan).append(portion(0, 4));
  const refuse = (other: Partial<DrawPlan>, message: RegExp): void => {
    t.throws(() => DrawStore.open(path, { ...plan, ...other }), { name: 'UserError', message });
  };
  refuse(
    { identity: { seed: 8, checkpoint: 'abc' } },
    /draws\.h5\.parts: it holds part of another run, whose seed is 7 and not 8; /,
  );
  refuse({ identity: { seed: 7 } }, /whose checkpoint is abc and not unset/);
  refuse({ draws: 4 }, /whose draws is 3 and not 4/);
  refuse({ events: 11 }, /whose events is 10 and not 11/);
  t.is(DrawStore.open(path, plan).done, 4);
});

test('a finished file is not written over', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  const store = DrawStore.open(path, plan);
  store.append(portion(0, 10));
  await store.finish();
  t.throws(() => DrawStore.open(path, plan), { name: 'UserError', message: /^duplicate draws: .* exists/ });
});

test('what does not fit the plan is refused', async (t) => {
  const store = DrawStore.open(join(temporaryFolder(t), 'draws.h5'), plan);
  t.throws(() => store.append({ ...portion(0, 4), draws: new Float32Array(10) }), {
    message: 'invalid draws: expected 660 numbers, got 10',
  });
  const { truth: _, ...blind } = portion(0, 4);
  t.throws(() => store.append(blind), { message: 'invalid truth: expected 220 numbers, got none' });
  t.throws(() => store.append({ ...portion(0, 10), size: 11 }), {
    message: /^invalid draws: expected 10 more events, got 11/,
  });
  await t.throwsAsync(store.finish(), { message: 'missing draws: expected 10 events, got 0' });
});

test('a damaged part is named', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  const store = DrawStore.open(path, plan);
  store.append(portion(0, 10));
  const part = join(`${path}.parts`, 'events-0000000000-10.part');
  truncateSync(part, 1000);
  await t.throwsAsync(store.finish(), {
    name: 'UserError',
    message: /^damaged \S+0000000000-10\.part: .*; it was removed, and sampling with option resume draws again for/,
  });
  t.false(existsSync(path));
});

test('draws need no truth and no weights', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  const store = DrawStore.open(path, { ...plan, truth: false, weights: false });
  store.append({ size: 10, draws: all.draws });
  await store.finish();
  const file = await openDraws(path);
  t.deepEqual(Object.keys(file.read(0, 1)).toSorted(), ['draws', 'index', 'size']);
  file.close();
});

test('a file of events is not a file of draws', async (t) => {
  await t.throwsAsync(openDraws(samplePath()), {
    name: 'UserError',
    message: /^missing \/draws\/momenta in .*: expected a file made by unfold sample$/,
  });
});

test('momenta of physical partons have the energy for its logarithm', async (t) => {
  const raw = await sampleEvents(0, 20);
  const back = partonMomenta(encodeEvents(topology, raw).partons!);
  // ln E up to 9 in float32 is known to 5e-7, and so is E, relatively.
  for (const [i, value] of back.entries())
    t.true(Math.abs(value - raw.momenta![i]!) <= (i % 5 === 1 ? 5e-7 * value : 0));
});

test('a folder in the way is reported', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  t.throws(() => DrawStore.open(join(folder, 'file', 'draws.h5'), plan), { name: 'UserError', message: /^unwritable/ });
  mkdirSync(join(folder, 'draws.h5'));
  t.throws(() => DrawStore.open(join(folder, 'draws.h5'), plan), { name: 'UserError', message: /^duplicate draws/ });
});
