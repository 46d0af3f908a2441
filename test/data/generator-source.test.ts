import { EventSource, type HostEvents, Rng } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import plugin, { TtbarSource } from '@unfold-zoo/data';
import test from 'ava';

const counts = { train: 5000, validation: 1500, test: 2000 };

function source(seed = 1): TtbarSource {
  return new TtbarSource(counts, new Rng(seed));
}

/** Events `start` to `start + count` of what was read before. */
function part(events: HostEvents, start: number, count: number) {
  const cut = (values: Float32Array) => {
    const width = values.length / events.size;
    return values.slice(start * width, (start + count) * width);
  };
  const inputs = Object.entries(events.inputs).map(([name, { features, mask }]) => [
    name,
    { features: cut(features), mask: cut(mask) },
  ]);
  return { size: count, partons: cut(events.partons!), inputs: Object.fromEntries(inputs) };
}

test('a range has the same bytes however it is read', async (t) => {
  const whole = await source().read('train', 900, 1300);
  const other = source();
  t.deepEqual(await other.read('train', 2100, 100), part(whole, 1200, 100));
  t.deepEqual(await other.read('train', 1000, 50), part(whole, 100, 50));
  t.deepEqual(await other.read('train', 900, 1300), { ...whole });
});

test('blocks that were dropped from memory come back the same', async (t) => {
  const many = new TtbarSource({ ...counts, train: 10 * 1024 }, new Rng(1));
  const first = await many.read('train', 10, 5);
  for (let block = 1; block < 10; block++) await many.read('train', block * 1024, 1);
  t.deepEqual(await many.read('train', 10, 5), first);
});

test('splits and seeds hold different events', async (t) => {
  const train = await source().read('train', 0, 4);
  t.notDeepEqual((await source().read('test', 0, 4)).partons, train.partons);
  t.notDeepEqual((await source(2).read('train', 0, 4)).partons, train.partons);
});

test('a range beyond the split is refused', async (t) => {
  await t.throwsAsync(source().read('test', 1990, 11), {
    message: 'invalid range: events 1990 to 2001 of "test", which has 2000',
  });
});

test('events have the layout of the topology', async (t) => {
  const { spec } = source();
  const events = await source().read('validation', 1490, 10);
  t.is(events.partons!.length, 10 * spec.particles.length * 5);
  for (const [name, { features, capacity }] of Object.entries(spec.inputs)) {
    t.is(events.inputs[name]!.features.length, 10 * capacity * features.length);
    t.is(events.inputs[name]!.mask.length, 10 * capacity);
  }
});

test('a config chooses the generator, its sizes and its seed', async (t) => {
  const data = { kind: 'ttbar-generator', train: 10, validation: 3, test: 4, seed: 1 };
  const assemble = (run: number) => new Catalogue([plugin]).assemble(EventSource, { data }, new Rng(run));
  const one = assemble(1);
  await one.open();
  t.is(one.count('train'), 10);
  t.deepEqual(await one.read('train', 0, 10), await assemble(2).read('train', 0, 10));
  await one.close();
});
