import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRun, openRun, type Run } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, TINY } from './tiny-run.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

/** All momenta that a run draws for the first test events, [events, draws, particles, 5]. */
async function momentaOf(run: Run): Promise<number[]> {
  const all: number[] = [];
  for await (const { momenta } of run.draw({ split: 'test', draws: 6, events: 3 })) all.push(...momenta);
  return all;
}

test.serial('an ensemble draws what its members draw, each draw from one of them', async (t) => {
  const out = join(folder, 'ensemble');
  await using run = await createRun({ ...TINY, ensemble: { seeds: [3, 8] } }, { out });
  const { step } = await run.train();
  t.is(step, 8);
  const mixture = await momentaOf(run);
  const members: number[][] = [];
  for (const seed of [3, 8]) {
    await using member = await openRun(out, { set: { 'ensemble.drawFrom': [seed] } });
    members.push(await momentaOf(member));
  }
  const width = mixture.length / 18;
  const from = Array.from({ length: 18 }, (_, row) =>
    members.findIndex((member) => mixture.slice(row * width, (row + 1) * width).every(near(member, row * width))),
  );
  t.deepEqual([...new Set(from)].toSorted(), [0, 1], `${from}`);
});

/** Whether a number is that of other draws, but for the rounding of networks that see other rows beside it. */
function near(draws: readonly number[], start: number) {
  return (value: number, i: number): boolean => Math.abs(value - draws[start + i]!) <= 1e-4 * Math.abs(value) + 1e-3;
}

test.serial('members cannot change once they are trained, and are those that the config names', async (t) => {
  const out = join(folder, 'ensemble');
  await using run = await openRun(out, { set: { 'ensemble.seeds': [3, 9] } });
  await t.throwsAsync(run.train(), { message: /ensemble\.seeds\.1 was 8, is 9/ });
  await t.throwsAsync(openRun(out, { set: { 'ensemble.drawFrom': [4] } }), {
    message: /expected seeds of the members/,
  });
  await t.throwsAsync(openRun(out, { set: { 'ensemble.seeds': [3, 3] } }), { message: /expected each seed once/ });
});
