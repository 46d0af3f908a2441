import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import { type DrawnEvents, DrawStore, EventFile, eventSpec, openDraws, writeEvents } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { damaged } from '../fixtures/data/damage.js';
import { same, sampleEvents, temporaryFolder, topology } from '../fixtures/data/sample-events.js';

// `npm run fuzz` tries many more.
const CASES = 100;

/**
 * Damages a file again and again: what is read of it must be what was in it, or a `UserError` of one line.
 * Returns how often each came about.
 */
async function readsOrRefuses(
  t: ExecutionContext,
  path: string,
  read: (path: string) => Promise<unknown>,
): Promise<{ readonly read: number; readonly refused: number }> {
  const [intact, expected] = [readFileSync(path), await read(path)];
  const rng = new Rng(11);
  let refused = 0;
  for (let i = 0; i < CASES; i++) {
    const target = `${path}-${i}.h5`;
    writeFileSync(target, damaged(intact, rng));
    try {
      if (!same(await read(target), expected)) t.fail(`case ${i} was read with other values`);
    } catch (error) {
      const { name, message } = error as Error;
      if (name !== 'UserError' || message.includes('\n')) t.fail(`case ${i}: ${(error as Error).stack}`);
      if (!message.includes(target)) t.fail(`case ${i} does not name the file: ${message}`);
      refused++;
    }
  }
  return { read: CASES - refused, refused };
}

test('a damaged file of events is read as it was, or refused in one line', async (t) => {
  const path = join(temporaryFolder(t), 'events.h5');
  await writeEvents(path, topology, [await sampleEvents(0, 12)], { generator: 'somebody' });
  const counts = await readsOrRefuses(t, path, async (each) => {
    const file = await EventFile.open(each, topology);
    try {
      return file.read(0, 12);
    } finally {
      file.close();
    }
  });
  t.true(counts.read > 0 && counts.refused > 0, JSON.stringify(counts));
});

test('a damaged file of draws is read as it was, or refused in one line', async (t) => {
  const path = join(temporaryFolder(t), 'draws.h5');
  const { momenta } = await sampleEvents(0, 12);
  const events: DrawnEvents = { size: 12, draws: momenta!, truth: momenta!, weights: new Float32Array(12).fill(2) };
  const spec = eventSpec(topology);
  const store = DrawStore.open(path, { spec, events: 12, draws: 1, truth: true, weights: true, identity: { seed: 1 } });
  store.append(events);
  await store.finish();
  const counts = await readsOrRefuses(t, path, async (each) => {
    const file = await openDraws(each);
    try {
      return file.read(0, 12);
    } finally {
      file.close();
    }
  });
  t.true(counts.read > 0 && counts.refused > 0, JSON.stringify(counts));
});
