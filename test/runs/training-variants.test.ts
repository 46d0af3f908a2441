import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import { membersOfEvents } from '@unfold-zoo/core/ensemble';
import { type Checkpoint, CheckpointStore, readCheckpoint } from '@unfold-zoo/core/training';
import { createRun, openRun, type Run } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, TINY, trainedRun } from './tiny-run.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

function readCheckpointOf({ folder: path }: Run): Checkpoint {
  return readCheckpoint(new CheckpointStore(path).find('latest')!);
}

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
  const told = membersOfEvents(
    new Rng(run.config.seed).fork(`draws ${run.config.seed}`),
    { first: 0, events: 3, draws: 6 },
    2,
  );
  t.deepEqual([...told], from);
});

test.serial('an ensemble is diagnosed with its members beside each other, and one member alone without', async (t) => {
  const out = join(folder, 'ensemble');
  await using run = await openRun(out);
  const { findings } = (await run.diagnose({ events: 4, draws: 5, only: ['members'] }))!;
  t.deepEqual(
    findings.tables[1]!.rows.map(({ label }) => label),
    ['seed 3', 'seed 8'],
  );
  await using member = await openRun(out, { set: { 'ensemble.drawFrom': [8] } });
  await t.throwsAsync(member.diagnose({ events: 4, draws: 5, only: ['members'] }), { message: /unknown evaluator/ });
  // The draws of the mixture lie there; they are not taken for those of one member.
  const [before, after] = [(await run.diagnose(ONE))!, (await member.diagnose(ONE))!];
  t.notDeepEqual(after.findings.tables, before.findings.tables);
});

const ONE = { events: 4, draws: 5, only: ['four-vectors'] };

/** Whether a number is that of other draws, but for the rounding of networks that see other rows beside it. */
function near(draws: readonly number[], start: number) {
  return (value: number, i: number): boolean => Math.abs(value - draws[start + i]!) <= 1e-4 * Math.abs(value) + 1e-3;
}

test.serial(
  'a run starts from the weights of another and takes its scaling, and says what has none there',
  async (t) => {
    await using first = await trainedRun(join(folder, 'first'));
    const { weights } = readCheckpointOf(first);
    const told: string[] = [];
    const tell = (message: string): void => void told.push(message);
    const log = { info: tell, warn: tell };
    const start = { startFrom: first.folder, seed: 5, training: { ...TINY.training, learningRate: 1e-9, ema: 0 } };
    await using same = await createRun({ ...TINY, ...start }, { out: join(folder, 'same'), log });
    await same.train();
    for (const [name, { values }] of readCheckpointOf(same).weights) {
      const before = weights.get(name)!.values;
      t.true(
        values.every((value, i) => Math.abs(value - before[i]!) < 1e-6),
        name,
      );
    }
    const scalingOf = (run: Run): string => readFileSync(join(run.folder, 'scaling.json'), 'utf8');
    t.is(scalingOf(same), scalingOf(first));
    t.true(
      told.some((line) => /^start: weights of .*step-4, (\d+) of \1$/.test(line)),
      told.join('\n'),
    );
    await using again = await openRun(same.folder, { set: { startFrom: 'elsewhere' } });
    await t.throwsAsync(again.train(), { message: /startFrom was .*, is .*elsewhere.*; this cannot change once/ });
    const startFrom = join(first.folder, 'checkpoints', 'step-2');
    const deeper = { ...TINY, ...start, startFrom, denoiser: { blocks: 3 } };
    await using other = await createRun(deeper, { out: join(folder, 'other'), log });
    await other.train();
    t.true(
      told.some((line) => /have no values there and start at random: denoiser/.test(line)),
      told.join('\n'),
    );
    t.true(told.some((line) => /^start: weights of .*step-2, /.test(line)));
    await t.throwsAsync(createRun({ ...TINY, startFrom: folder }, { out: join(folder, 'none'), log }), {
      message: /^invalid startFrom: .* is no trained run/,
    });
  },
);

test.serial('draws of a trained run are moved onto the mass shell where its config says so', async (t) => {
  await using learned = await trainedRun(join(folder, 'shell'), {
    representation: { kind: 'paper', frame: 'detector' },
  });
  const set = { 'representation.massShell': 'restored' };
  await using restored = await openRun(learned.folder, { set });
  const [before, after] = [await momentaOf(learned), await momentaOf(restored)];
  const off = (momenta: readonly number[]): number[] =>
    Array.from({ length: momenta.length / 5 }, (_, i) => {
      const [mass, energy, ...momentum] = momenta.slice(5 * i, 5 * i + 5) as [number, number, ...number[]];
      return Math.abs(1 - Math.hypot(mass, ...momentum) / energy);
    });
  t.true(Math.max(...off(before)) > 0.01);
  t.true(Math.max(...off(after)) < 1e-6);
  // The direction is what the model drew.
  const azimuths = (momenta: readonly number[]): number[] =>
    Array.from({ length: momenta.length / 5 }, (_, i) => Math.atan2(momenta[5 * i + 3]!, momenta[5 * i + 2]!));
  t.true(azimuths(before).every((azimuth, i) => Math.abs(azimuth - azimuths(after)[i]!) < 1e-5));
  // It trains on: the numbers that it learns are the same.
  await using longer = await openRun(learned.folder, { set: { ...set, 'training.steps': 6 } });
  t.is((await longer.train()).step, 6);
});

test.serial('members cannot change once they are trained, and are those that the config names', async (t) => {
  const out = join(folder, 'ensemble');
  await using run = await openRun(out, { set: { 'ensemble.seeds': [3, 9] } });
  await t.throwsAsync(run.train(), { message: /ensemble\.seeds\.1 was 8, is 9/ });
  await t.throwsAsync(openRun(out, { set: { 'ensemble.drawFrom': [4] } }), {
    message: /expected seeds of the members/,
  });
  await t.throwsAsync(openRun(out, { set: { 'ensemble.seeds': [3, 3] } }), { message: /expected each seed once/ });
});
