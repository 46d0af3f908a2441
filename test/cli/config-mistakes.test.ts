import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { newFolder, refuses } from './unfold.js';

const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

function write(name: string, ...lines: readonly string[]): void {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
}

/** Training is refused, and leaves nothing behind. */
async function refusesTraining(t: ExecutionContext, args: readonly string[], message: RegExp): Promise<void> {
  const before = readdirSync(folder);
  await refuses(t, folder, ['train', ...args], message);
  t.deepEqual(readdirSync(folder), before);
}

function set(...settings: readonly string[]): string[] {
  return ['sample', ...settings.flatMap((setting) => ['--set', setting])];
}

test.serial('a config that is missing is named by its path', async (t) => {
  await refusesTraining(t, ['mine.yaml'], /^missing config "mine\.yaml": there is no file \S+mine\.yaml /);
});

test.serial('a preset is found by a near name', async (t) => {
  await refusesTraining(t, ['smaple'], /^unknown preset "smaple", did you mean "sample"\? known presets: .*paper/);
});

test.serial('every mistake of a config is listed with line and column, each with what would be right', async (t) => {
  write(
    'mistakes.yaml',
    'extends: sample',
    'denoiser: { kind: gated-mpl }',
    'training:',
    '  stesp: 3',
    '  batchSize: many',
    'scheduel: { kind: cosine }',
  );
  const expected = [
    String.raw`mistakes\.yaml:2:19 denoiser\.kind: unknown kind "gated-mpl", did you mean "gated-mlp"\? `,
    String.raw`mistakes\.yaml:4:3 training\.stesp: unknown key "stesp", did you mean "steps"\? `,
    String.raw`mistakes\.yaml:5:14 training\.batchSize: expected a number, got "many"$`,
    String.raw`mistakes\.yaml:6:1 scheduel: unknown key "scheduel", did you mean "schedule"\? `,
    String.raw`--set codec\.witdh: unknown key "witdh", did you mean "width"\? `,
    '--set seed: expected at least 0, got -1$',
  ];
  const everyLine = new RegExp(expected.map((line) => `(?=.*^${line})`).join(''), 'ms');
  await refusesTraining(t, ['mistakes.yaml', '-s', 'codec.witdh=8', '-s', 'seed=-1'], everyLine);
});

test.serial('YAML that cannot be read is refused with line and column', async (t) => {
  write('broken.yaml', 'extends: [sample');
  await refusesTraining(t, ['broken.yaml'], /^broken\.yaml:2:1: /);
});

test.serial('plugins that are missing, fail or are none are listed', async (t) => {
  write('empty.mjs', 'export const plugin = 1;');
  write('failing.mjs', 'throw new Error("no such luck");');
  write(
    'plugins.yaml',
    'extends: sample',
    'plugins:',
    '  - ./gone.js',
    "  - '@me/none'",
    '  - ./empty.mjs',
    '  - ./failing.mjs',
  );
  const expected = [
    String.raw`plugins\.yaml:3:5 plugins\.0: missing plugin "\./gone\.js": there is no file \S+gone\.js; correct the path`,
    String.raw`plugins\.yaml:4:5 plugins\.1: missing plugin "@me/none": .* no package of that name; install it .*`,
    String.raw`plugins\.yaml:5:5 plugins\.2: invalid plugin "\./empty\.mjs": its default export is not a plugin; .*`,
    String.raw`plugins\.yaml:6:5 plugins\.3: invalid plugin "\./failing\.mjs": .* failed with Error: no such luck`,
  ];
  await refusesTraining(t, ['plugins.yaml'], new RegExp(`^${expected.join('\\n')}\\n$`));
});

test.serial('a role that a model needs must be there', async (t) => {
  await refusesTraining(
    t,
    set('conditionEncoder=null'),
    /^missing conditionEncoder: model "vld" needs one of "gated-transformer", "deep-sets"\n$/,
  );
});

test.serial('roles that nothing uses are refused', async (t) => {
  write(
    'model.mjs',
    `import { component, definePlugin, GenerativeModel } from '${import.meta.resolve('@unfold-zoo/core')}';`,
    `import { z } from '${import.meta.resolve('zod')}';`,
    "const lonely = component(GenerativeModel, 'lonely', { description: 'Alone.', options: z.object({}), " +
      'create() {} });',
    "export default definePlugin({ name: 'lonely', version: '1.0.0' }, [lonely]);",
  );
  write('lonely.yaml', 'extends: sample', 'plugins: [./model.mjs]', 'model: { kind: lonely }');
  await refusesTraining(
    t,
    ['lonely.yaml'],
    /^unused \w+, .*denoiser.*: model "lonely" does not use them; remove the key, or set it to null .*\n$/,
  );
});

test.serial('an option that a component refuses is named by its path in the config', async (t) => {
  await refusesTraining(
    t,
    set('denoiser={kind: transformer, heads: 3}'),
    /^invalid denoiser\.heads: expected a divisor of the width 8, got 3$/m,
  );
});

test.serial(
  'options of a kind that contradict each other are refused where they stand, without data too',
  async (t) => {
    write('no-files.yaml', 'extends: small', 'data:', '  kind: hdf5', '  testFraction: 0.1');
    write(
      'contradictions.yaml',
      'extends: sample',
      'data:',
      '  samples:',
      '    - { label: a, files: a.h5 }',
      '    - { label: b, files: b.h5 }',
      'conditionEncoder: { heads: 3 }',
      'schedule: { kind: linear, min: 2,',
      '  max: 1 }',
      'denoiser: { kind: transformer, pointers: 2 }',
    );
    const check = ['config', 'check', '--no-data'];
    await refuses(
      t,
      folder,
      [...check, 'no-files.yaml'],
      /^no-files\.yaml:2:1 data\.train: missing, expected files of /m,
    );
    const expected = [
      String.raw`contradictions\.yaml:4:5 data\.samples: duplicate of train: expected either train or samples$`,
      String.raw`contradictions\.yaml:6:28 conditionEncoder\.heads: expected a divisor of the width 8, got 3$`,
      String.raw`contradictions\.yaml:8:8 schedule\.max: expected more than min, 2, got 1$`,
      String.raw`contradictions\.yaml:9:42 denoiser\.pointers: they refine what predicts: deviation expects, `,
    ];
    const everyLine = new RegExp(expected.map((line) => `(?=.*^${line})`).join(''), 'ms');
    await refuses(t, folder, [...check, 'contradictions.yaml'], everyLine);
  },
);

test.serial('a batch larger than the training split is refused', async (t) => {
  await refusesTraining(
    t,
    set('training.batchSize=5000'),
    /^invalid training\.batchSize: expected at most the 1800 events of the training split, got 5000$/m,
  );
});

test.serial('a mistake in a topology file is found with line and column', async (t) => {
  write('topology.yaml', 'name: mine', 'particles: 3', 'inputs: {}');
  await refusesTraining(
    t,
    set('data.topologyFile=topology.yaml'),
    /topology\.yaml:2:12 particles: expected a list, got 3/,
  );
});

test.serial('options and commands that do not exist are refused', async (t) => {
  await refusesTraining(t, ['sample', '--ouput', 'x'], /^error: unknown option '--ouput'\n\(Did you mean --out\?\)\n/);
  await refuses(t, folder, ['trian', 'sample'], /^error: unknown command 'trian'\n\(Did you mean train\?\)\n/);
  await refuses(
    t,
    folder,
    ['generate', '-o', 'x.h5', '-n', '0'],
    /^error: invalid --events: expected at least 1, got 0\n/,
  );
  await refusesTraining(t, [], /^error: missing config: give a file or the name of a preset, or --resume <run>\n/);
  await refusesTraining(t, set('steps'), /^invalid --set steps: expected key\.path=value/);
});
