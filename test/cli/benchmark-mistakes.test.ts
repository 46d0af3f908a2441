import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Catalogue } from '@unfold-zoo/core/config';
import { samplePath } from '@unfold-zoo/data';
import vld from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import { benchmarkJsonSchema, readBenchmark } from '@unfold-zoo/runs';
import test, { type ExecutionContext } from 'ava';
import { newFolder, refuses } from './unfold.js';

const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

const DATA = `data: { kind: hdf5, train: ${samplePath()}, testFraction: 0.1 }`;

/** The benchmark is refused, and leaves nothing behind. */
async function refusesBenchmark(t: ExecutionContext, lines: readonly string[], message: RegExp, ...args: string[]) {
  writeFileSync(join(folder, 'mine.yaml'), `${lines.join('\n')}\n`);
  const before = readdirSync(folder);
  await refuses(t, folder, ['benchmark', 'mine.yaml', ...args], message);
  t.deepEqual(readdirSync(folder), before);
}

test.serial('a benchmark is found by a near name', async (t) => {
  await refuses(
    t,
    folder,
    ['benchmark', 'quik'],
    /^unknown preset "quik", did you mean "quick"\? known presets: .*cpu/,
  );
});

test.serial('keys of a benchmark are checked', async (t) => {
  await refusesBenchmark(
    t,
    [DATA, 'seed: 3', 'models: [{ name: mine }]', 'jobs: 0'],
    /(?=.*^mine\.yaml:2:1 seed: unknown key "seed", did you mean "seeds"\?)(?=.*^mine\.yaml:3:10 models\.0\.extends: missing, expected text)(?=.*^mine\.yaml:4:7 jobs: expected at least 1, got 0)/ms,
  );
  await refusesBenchmark(t, ['models: []'], /^mine\.yaml:1:1 data: missing/m);
});

test.serial('mistakes in models are told with their places, all at once', async (t) => {
  await refusesBenchmark(
    t,
    [DATA, 'models:', '  - { extends: tnyi }', '  - { extends: vdmm }'],
    /^mine\.yaml:3:16 extends: unknown preset "tnyi", did you mean "tiny"\?.*\nmine\.yaml:4:16 extends: .*"vdm"\?/,
  );
  await refusesBenchmark(
    t,
    [
      DATA,
      'models:',
      '  - { extends: tiny, codec: { kind: gausian } }',
      '  - { extends: vdm, training: { stesp: 3 } }',
    ],
    /^mine\.yaml:3:37 codec\.kind: unknown kind "gausian".*\nmine\.yaml:4:33 training\.stesp: unknown key "stesp"/,
  );
});

test.serial('what is shared is left out where a model has no such thing, and refused where none has', async (t) => {
  const models = ['models: [{ extends: vdm }]'];
  await refusesBenchmark(
    t,
    [DATA, 'shared:', '  denosier: { blocks: 1 }', '  codec: { encoderBlocks: 1 }', ...models],
    /^mine\.yaml:3:3 shared\.denosier: unknown key "denosier", did you mean "denoiser"\?.*\nmine\.yaml:4:12 shared\.codec\.encoderBlocks: unknown key/,
  );
  await refusesBenchmark(t, [DATA, 'shared: { seed: 1 }', ...models], /^mine\.yaml:2:11 invalid key "seed": .*"seeds"/);
});

test.serial('two models of one name are refused', async (t) => {
  await refusesBenchmark(
    t,
    [DATA, 'models: [{ extends: tiny }, { extends: tiny }]'],
    /^duplicate models: .*"VLD-tiny"/,
  );
});

test.serial('data that are missing, or have nothing to test on, are refused before anything is trained', async (t) => {
  const models = 'models: [{ extends: tiny }]';
  await refusesBenchmark(t, [DATA, models], /^missing file: \S+gone\.h5 does not exist/, '--set', 'data.train=gone.h5');
  await refusesBenchmark(t, [DATA, models], /^empty test split: /, '--set', 'data.testFraction=0');
  await refusesBenchmark(
    t,
    [DATA, 'shared: { training: { batchSize: 5000 } }', models],
    /^VLD-tiny: invalid training\.batchSize: expected at most the \d+ events of the training split, got 5000/,
  );
});

test.serial('a folder that is not a benchmark is not used', async (t) => {
  const models = 'models: [{ extends: tiny }]';
  await refusesBenchmark(t, [DATA, models], /^existing \S+: the folder is not a benchmark's/, '--out', '.');
});

const data = { kind: 'hdf5', train: samplePath(), testFraction: 0.1 };

test.serial('vary makes a model of each combination of values, named after it', async (t) => {
  const vary = { 'denoiser.blocks': [1, 2], schedule: [{ kind: 'linear' }, { kind: 'learned', hidden: 4 }] };
  const models = [{ extends: 'tiny', name: 'Mine', vary, training: { steps: 3 } }, { extends: 'vdm' }];
  const { runs, resolvedYaml } = await readBenchmark({ name: 'study', data, seeds: [0, 1], models });
  const names = [
    'Mine blocks 1, schedule linear',
    'Mine blocks 1, schedule {"kind":"learned","hidden":4}',
    'Mine blocks 2, schedule linear',
    'Mine blocks 2, schedule {"kind":"learned","hidden":4}',
    'VDM',
  ];
  t.deepEqual(
    runs.map(({ model }) => model),
    [...names, ...names],
  );
  const { choices, training } = runs[3]!.config;
  t.like(choices, { denoiser: { blocks: 2 }, schedule: { kind: 'learned', hidden: 4 } });
  t.is(training.steps, 3);
  t.like(runs[2]!.config.choices, { schedule: { kind: 'linear' } });
  writeFileSync(join(folder, 'resolved.yaml'), resolvedYaml);
  const again = await readBenchmark(join(folder, 'resolved.yaml'));
  t.deepEqual(
    again.runs.map(({ config }) => config.choices),
    runs.map(({ config }) => config.choices),
  );
  rmSync(join(folder, 'resolved.yaml'));
});

test.serial('a model may have seeds of its own', async (t) => {
  const models = [
    { extends: 'tiny', name: 'Three', seeds: [0, 4, 2] },
    { extends: 'vdm' },
    { extends: 'tiny', seeds: [7], vary: { 'training.steps': [3, 4] } },
  ];
  const trained = async (config: Parameters<typeof readBenchmark>[0]) => {
    const { runs, resolvedYaml } = await readBenchmark(config);
    return { resolvedYaml, labels: runs.map(({ label, folder, config: { seed } }) => `${label}|${folder}|${seed}`) };
  };
  const { labels, resolvedYaml } = await trained({ name: 'study', data, seeds: [1, 5], models });
  t.deepEqual(labels, [
    'Three seed 0|Three|0',
    'VDM seed 1|VDM-seed-1|1',
    'VLD-tiny steps 3|VLD-tiny-steps-3-seed-7|7',
    'VLD-tiny steps 4|VLD-tiny-steps-4-seed-7|7',
    'Three seed 4|Three-seed-4|4',
    'VDM seed 5|VDM-seed-5|5',
    'Three seed 2|Three-seed-2|2',
  ]);
  writeFileSync(join(folder, 'resolved.yaml'), resolvedYaml);
  t.deepEqual((await trained(join(folder, 'resolved.yaml'))).labels, labels);
  rmSync(join(folder, 'resolved.yaml'));
});

test.serial('seeds of a model that cannot be are refused with their place', async (t) => {
  const refused = (model: string, message: RegExp) => refusesBenchmark(t, [DATA, 'models:', `  - ${model}`], message);
  await refused('{ extends: tiny, seeds: [3, 3] }', /^mine\.yaml:3:22 duplicate seeds: 3 is listed twice/);
  await refused('{ extends: tiny, seeds: [] }', /^mine\.yaml:3:29 models\.0\.seeds: expected at least 1/);
  await refused('{ extends: tiny, seeds: 3 }', /^mine\.yaml:3:29 models\.0\.seeds: expected a list/);
  await refused('{ extends: tiny, vary: { seeds: [1, 2] } }', /^mine\.yaml:3:30 invalid vary\.seeds/);
  const twice = ['{ extends: tiny, seeds: [0] }', '{ extends: tiny, seeds: [1] }'];
  await refused(twice.join('\n  - '), /^duplicate models: two are called "VLD-tiny"/);
  const inOne = ['{ extends: tiny, name: A, seeds: [0, 1] }', '{ extends: tiny, name: A-seed-1 }'];
  await refused(inOne.join('\n  - '), /^duplicate folder: seed \d of "A(-seed-1)?" and another model .* "A-seed-1"/);
});

test.serial('what cannot be varied is refused with its place', async (t) => {
  const refused = (vary: string, message: RegExp) =>
    refusesBenchmark(t, [DATA, 'models:', `  - { extends: tiny, vary: ${vary} }`], message);
  await refused('{ denoiser.blocks: 2 }', /^mine\.yaml:3:\d+ models\.0\.vary\.denoiser\.blocks: expected a list/m);
  await refused('{ denoiser.blocks: [] }', /models\.0\.vary\.denoiser\.blocks: /);
  await refused('{}', /^mine\.yaml:3:\d+ invalid vary: expected options with a list of values each/);
  await refused('', /^mine\.yaml:3:\d+ invalid vary: expected options .*, got none/);
  await refused('{ denoiser.blocks: }', /^mine\.yaml:3:\d+ invalid vary\.denoiser\.blocks: expected a list of values/);
  await refused('{ name: [a, b] }', /^mine\.yaml:3:\d+ invalid vary\.name: expected an option of the model/);
  await refused(
    '{ denoiser.bloks: [1, 2] }',
    /^mine\.yaml:3:\d+ denoiser\.bloks: unknown key "bloks", did you mean "blocks"/,
  );
  await refused('{ denoiser.blocks: [1, 1] }', /^duplicate models: two are called "VLD-tiny blocks 1"/);
  const many = `[${Array.from({ length: 11 }, (_, i) => i + 1)}]`;
  await refused(`{ denoiser.blocks: ${many}, seed: [1] }`, /invalid vary\.seed/);
  await refused(`{ denoiser.blocks: ${many}, training.steps: ${many} }`, /invalid vary: 121 combinations; at most 100/);
});

for (const benchmark of ['quick', 'cpu', 'paper']) {
  test.serial(`every model of the benchmark ${benchmark} has a config that holds`, async (t) => {
    const data = '{ kind: hdf5, train: gone.h5 }';
    await refuses(
      t,
      folder,
      ['benchmark', benchmark, '--set', `data=${data}`],
      /^missing file: \S+gone\.h5 does not exist\n$/,
    );
  });
}

test('the JSON Schema of benchmarks has the options of run configs in data, shared and models', (t) => {
  const { properties } = benchmarkJsonSchema(new Catalogue([parts, vld])) as {
    properties: Record<'shared' | 'models', { properties: object; items: { properties: object; required: string[] } }>;
  };
  t.true('codec' in properties.shared.properties && 'training' in properties.shared.properties);
  t.true('denoiser' in properties.models.items.properties && !('seed' in properties.models.items.properties));
  t.deepEqual(properties.models.items.required, ['extends']);
});
