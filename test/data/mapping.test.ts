import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostEvents } from '@unfold-zoo/core';
import { FileSource, fileFormats, fileOptions, loadMapping } from '@unfold-zoo/data';
import test from 'ava';
import { parquetWriteFile } from 'hyparquet-writer';

const tables = fileURLToPath(new URL('../../fixtures/tables/', import.meta.url));
const root = fileURLToPath(new URL('../../fixtures/root/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'unfold-mapping-'));
process.env['XDG_CACHE_HOME'] = join(work, 'cache');
test.after.always(() => rmSync(work, { recursive: true, force: true }));

const topologyFile = join(work, 'jets.yaml');
writeFileSync(
  topologyFile,
  `name: jets
particles: [{ name: top, label: t }]
inputs:
  jets:
    groups: [{ name: jets, capacity: 3, momentum: { pt: pt, eta: eta } }]
    features: [{ quantity: pt }, { quantity: eta }, { dataset: btag }]
  met:
    groups: [{ name: met, momentum: { pt: met } }]
    features: [{ quantity: pt }]
`,
);

/** The truth is made up of the missing momentum: px = met, py = 1, pz = 2, mass = 3. */
const particles = { top: { px: 'met', py: 1, pz: 2, mass: 3 } };

interface Rules {
  readonly [key: string]: unknown;
  readonly groups: object;
}

async function sourceOf(file: string, mapping: Rules | undefined, more: object = {}): Promise<FileSource> {
  const format = fileFormats.find(({ extensions }) => extensions.some((end) => file.endsWith(end)))!;
  const options = { topologyFile, train: file, validationFraction: 0, split: 'tail', mapping, ...more };
  const source = new FileSource(fileOptions.parse(options), { format });
  await source.open();
  return source;
}

async function read(file: string, mapping: Rules | undefined): Promise<HostEvents & { warnings: readonly string[] }> {
  const source = await sourceOf(file, mapping);
  try {
    const events = await source.read('train', 0, source.count('train'));
    return { ...events, warnings: source.warnings };
  } finally {
    await source.close();
  }
}

async function mistake(mapping: Rules, file = join(tables, 'none.parquet')): Promise<string> {
  try {
    await read(file, mapping);
  } catch (error) {
    if ((error as { isUserError?: boolean }).isUserError) return (error as Error).message;
    throw error;
  }
  return 'none';
}

const LISTS = { pt: 'jets_pt', eta: 'jets_eta', btag: 'jets_btag' };
const groups = { jets: { from: { columns: LISTS } }, met: { from: { columns: { met: 'met' } } } };
const PARQUET: Rules = { particles, groups };
const PADDED = {
  'stored.npz': { columns: { pt: 'pt', eta: 'eta', btag: 'component(jets, 2) == 0' }, where: 'eta != -999' },
  'spanet.h5': {
    columns: { pt: 'INPUTS/Jets/pt', eta: 'INPUTS/Jets/eta', btag: 'INPUTS/Jets/btag' },
    where: '`INPUTS/Jets/MASK`',
  },
};

test('lists, padding with a mask and padding with a fill value give the same events', async (t) => {
  const lists = await read(join(tables, 'none.parquet'), PARQUET);
  t.deepEqual(
    [...lists.inputs['jets']!.mask],
    [0, 1, 2, 3, 0, 1, 2].flatMap((n) => [0, 1, 2].map((j) => Number(j < n))),
  );
  t.deepEqual([...lists.inputs['jets']!.features.subarray(18, 27)], [50, 0.25, 0, 49, 0, 1, 0, 0, 0]);
  t.is(lists.partons![1], Math.fround(Math.log(Math.fround(Math.sqrt(9 + 100 + 1 + 4)))));
  const masked = await read(join(tables, 'spanet.h5'), {
    particles: { top: { px: 'INPUTS/Met/met', py: 1, pz: 2, mass: 3 } },
    groups: { jets: { from: PADDED['spanet.h5'] }, met: { from: { columns: { met: 'INPUTS/Met/met' } } } },
  });
  t.deepEqual(masked.inputs, lists.inputs);
  t.deepEqual(masked.partons, lists.partons);
  const filled = await read(join(tables, 'stored.npz'), {
    particles,
    groups: { ...groups, jets: { from: PADDED['stored.npz'] } },
  });
  t.deepEqual([...filled.inputs['jets']!.mask], [...lists.inputs['jets']!.mask]);
});

test('objects are chosen, sorted and capped; what is dropped is counted, or the event is refused', async (t) => {
  const doubled = [{ columns: LISTS }, { columns: { ...LISTS, pt: '2 * jets_pt' } }];
  const dropping: Rules = { particles, groups: { ...groups, jets: { from: doubled, sort: 'pt', overflow: 'drop' } } };
  const { inputs, warnings } = await read(join(tables, 'none.parquet'), dropping);
  // Event 3 has jets of 60, 59, 58 GeV and the same doubled.
  t.deepEqual(
    [0, 3, 6].map((i) => inputs['jets']!.features[27 + i]),
    [120, 118, 116],
  );
  // Events 2, 3 and 6 have 4, 6 and 4 objects where 3 fit.
  t.regex(warnings.join(), /^5 jets of 3 events of .*none\.parquet are dropped: each has room for 3$/);
  const refused = await mistake({ particles, groups: { ...groups, jets: { from: doubled } } });
  t.regex(
    refused,
    /^invalid groups\.jets: event 2 of .* has 4 objects, the topology has room for 3; .*overflow: drop$/,
  );
  const central: Rules = {
    particles,
    groups: { ...groups, jets: { from: { columns: LISTS, where: 'jets_eta < 0.2' } } },
  };
  const found = await read(join(tables, 'none.parquet'), central);
  t.deepEqual([...found.inputs['jets']!.mask.subarray(6, 12)], [1, 0, 0, 1, 1, 0]);
});

test('events are chosen by a condition, and keep their order and weights', async (t) => {
  const chosen: Rules = { ...PARQUET, select: 'count(jets_pt > 40) >= 2', weight: 'weight' };
  const events = await read(join(tables, 'none.parquet'), chosen);
  t.deepEqual([...events.inputs['met']!.features], [12, 13, 16]);
  t.deepEqual([...events.weights!], [1.25, 1.375, 1.75]);
  t.regex(await mistake({ ...PARQUET, select: 'met > 100' }), /holds no events; none of 7 has met > 100$/);
});

test('of several files those without events are passed over and told, unless they are samples', async (t) => {
  for (const [name, met] of Object.entries({ 'few-1': [], 'few-2': [10, 20], 'few-3': [30] }))
    parquetWriteFile({
      filename: join(work, `${name}.parquet`),
      columnData: [{ name: 'met', data: Float32Array.from(met), type: 'FLOAT' }],
    });
  const jets = { from: { columns: { pt: 'met', eta: 0, btag: 0 } } };
  const rules: Rules = { particles, groups: { ...groups, jets } };
  const empty = join(work, 'few-1.parquet');
  const { size, warnings } = await read(join(work, 'few-*.parquet'), rules);
  t.is(size, 3);
  t.true(warnings.includes(`${empty} holds no events and is passed over`));
  t.is(await mistake(rules, empty), `invalid file: ${empty} holds no events`);
  const samples = [1, 2].map((i) => ({ label: `${i}`, files: join(work, `few-${i}.parquet`) }));
  await t.throwsAsync(sourceOf('.parquet', rules, { train: undefined, samples }), {
    message: /few-1.* holds no events$/,
  });
});

test('expressions know powers, both spellings of and, elements, entries elsewhere, and definitions', async (t) => {
  const value = async (met: string, define = {}): Promise<number[]> => {
    const rules: Rules = { ...PARQUET, define, groups: { ...groups, met: { from: { columns: { met } } } } };
    return [...(await read(join(tables, 'none.parquet'), rules)).inputs['met']!.features];
  };
  const events = [0, 1, 2, 3, 4, 5, 6];
  t.deepEqual(
    await value('sqrt(met^2 + (2*met)^2)'),
    events.map((i) => Math.fround(Math.sqrt(5) * (10 + i))),
  );
  t.deepEqual(
    await value('10 + -2^2'),
    events.map(() => 6),
  );
  t.deepEqual(
    await value('2^3^2'),
    events.map(() => 512),
  );
  t.deepEqual(await value('if(met > 11 && met < 14 || !(met < 16), 1, 2)'), [2, 2, 1, 1, 2, 2, 1]);
  t.deepEqual(await value('count(jets_pt[jets_eta > 0.1])'), [0, 1, 1, 2, 0, 1, 2]);
  t.deepEqual(await value('if(n > 1, jets_pt[1], 0)', { n: 'count(jets_pt)' }), [0, 0, 49, 59, 0, 0, 89]);
  // The entry before each: none before the first.
  const before = { before: 'jets_pt[position(jets_pt) - 1]', difference: 'before - jets_pt' };
  t.deepEqual(await value('count(difference == 1)', before), [0, 0, 1, 2, 0, 0, 1]);
  t.deepEqual(await value('sum(jets.pt)'), [0, 40, 99, 177, 0, 80, 179]);
  t.deepEqual(
    await value('1e-3 * energy(1000, 0, 0)'),
    events.map(() => 1),
  );
});

test('all mistakes of a mapping are told at once, with columns and near names', async (t) => {
  const message = await mistake({
    define: { hard: 'jets_ptt > 30' },
    select: 'jets_pt > 20',
    weight: 'jets_pt',
    particles: { top: { px: 'met', py: 1, mass: 3 }, topp: particles.top },
    groups: {
      jets: { from: { columns: { pt: 'Jets_pt', eta: 'label', btag: 'met + ' }, where: 'met' }, sort: 'mass' },
      muons: { from: {} },
    },
  });
  t.regex(message, /^invalid mapping of .*none\.parquet: \d+ mistakes\n/);
  for (const line of [
    /define\.hard: invalid expression "jets_ptt > 30": at column 1: unknown column "jets_ptt", did you mean "jets_pt"\?/,
    /select: expected a condition of the event/,
    /weight: expected one number of each event, got a list/,
    /particles\.top: expected pt, eta, phi or px, py, pz, and mass or energy, got px, py, mass/,
    /particles\.topp: unknown particle, did you mean "top"\?/,
    /groups\.jets\.pt: .*unknown column "Jets_pt", did you mean "jets_pt"\?/,
    /groups\.jets\.eta: .*it holds text/,
    /groups\.jets\.btag: invalid expression "met \+ ": at column \d+: expected a number/,
    /groups\.jets\.where: expected a condition/,
    /groups\.jets\.sort: unknown column "mass"/,
    /groups\.muons: unknown group/,
    /groups\.met: missing/,
  ])
    t.regex(message, line);
  t.regex(await mistake({ ...PARQUET, define: { a: 'b', b: 'a' } }), /"a" is defined by itself/);
  const unlike = await mistake({ ...PARQUET, select: 'count(jets_pt > jets_pt[jets_pt > 45]) > 0' });
  t.regex(unlike, /at column 15: lists of different lengths, \d and \d entries in row 1/);
  const several = await mistake({ ...PARQUET, particles: { top: { ...particles.top, px: 'jets_pt' } } });
  t.regex(several, /^invalid particles\.top: event 0 of .* has 0 entries in jets_pt, expected one/);
});

test('a topology where a mapping is expected is told as such', (t) => {
  t.throws(() => loadMapping(topologyFile), {
    message: /^invalid mapping: \S+jets\.yaml is a topology; give it as the/,
  });
});

test('numbers that make no sense are refused by the name and the expression that they come from', async (t) => {
  const negative: Rules = {
    particles,
    groups: { ...groups, jets: { from: { columns: { ...LISTS, pt: '50 - jets_pt' } } } },
  };
  t.regex(
    await mistake(negative),
    /^invalid jets\[0\]\.pt \(50 - jets_pt\): event 3 of .* has -10, expected 0 or more/,
  );
});

test('a file without mapping must have the layout of this package, whatever its format', async (t) => {
  const message = await t.throwsAsync(read(join(tables, 'none.parquet'), undefined));
  t.regex(
    message!.message,
    /: \d+ mistakes; it has not the layout of this package: give it a mapping, see docs\/files\.md/,
  );
  t.regex(message!.message, /groups\.jets\.pt: .*unknown column "detector\/jets\/pt"/);
});

test('the order of events of several files is that of one file, block by block', async (t) => {
  const source = await sourceOf(join(tables, 'none.parquet'), undefined, {
    mapping: PARQUET,
    train: ['none', 'zstd', 'lz4'].map((codec) => join(tables, `${codec}.parquet`)),
  });
  t.is(source.count('train'), 21);
  const { inputs } = await source.read('train', 5, 4);
  await source.close();
  t.deepEqual([...inputs['met']!.features], [15, 16, 10, 11]);
});

test('a NanoAOD file gives events by the status flags of its generator particles', async (t) => {
  const source = await sourceOf(join(root, 'nanoaod.root'), undefined, { topologyFile: join(root, 'w-boson.yaml') });
  const count = source.count('train');
  const { partons, inputs } = await source.read('train', 0, count);
  await source.close();
  // Two thirds of the W bosons decay to an electron or a muon.
  t.true(count > 110 && count < 155, `${count}`);
  const masses = Array.from({ length: count }, (_, i) => partons![15 * i + 10]!);
  t.true(masses.every((mass) => mass > 20 && mass < 200));
  const median = masses.sort((a, b) => a - b)[Math.floor(count / 2)]!;
  t.true(Math.abs(median - 80.4) < 1, `${median}`);
  t.true(inputs['leptons']!.mask.includes(1) && inputs['jets']!.mask.includes(1));
});
