import test from 'ava';
import { problems, project } from './project.js';

const schedule = 'schedule: { kind: learned, width: 8 }\n';

test('every problem is reported at once, each with its place', async (t) => {
  const text = [
    'schedule:',
    '  kind: learned',
    '  margn: 0.1',
    'denoiser:',
    '  kind: gated',
    '  blocks: "four"',
    'training:',
    '  decay: cosin',
    '  adam: { beta1: 2 }',
  ];
  const found = await problems(t, project(t, { 'run.yaml': text.join('\n') }), 'run.yaml');
  t.deepEqual([...found].sort(), [
    'run.yaml:1:1 schedule.width: missing, expected a number',
    'run.yaml:3:3 schedule.margn: unknown key "margn", did you mean "margin"? known keys: kind, width, margin',
    'run.yaml:6:11 denoiser.blocks: expected a number, got "four"',
    'run.yaml:8:10 training.decay: expected one of "constant", "cosine", got "cosin", did you mean "cosine"?',
    'run.yaml:9:18 training.adam.beta1: expected less than 1, got 2',
  ]);
});

const cases: readonly [title: string, text: string, problem: string][] = [
  [
    'unknown kind',
    'schedule: { kind: cosin }',
    '1:19 schedule.kind: unknown kind "cosin", did you mean "cosine"? known kinds: learned, cosine',
  ],
  ['far-off kind', 'schedule: { kind: zzz }', '1:19 schedule.kind: unknown kind "zzz", known kinds: learned, cosine'],
  ['missing kind', 'schedule: { margin: 1 }', '1:1 schedule.kind: missing kind, known kinds: learned, cosine'],
  [
    'kind in a list',
    'metrics: [{ kind: kl }, { kind: ks }]',
    '1:33 metrics.1.kind: unknown kind "ks", did you mean "kl"? known kinds: wasserstein, kl',
  ],
  ['role that is no map', 'schedule: cosine', '1:11 schedule: expected a map of keys, got "cosine"'],
  ['list role that is no list', 'metrics: { kind: kl }', '1:10 metrics: expected a list, got a map of keys'],
  ['too large', 'denoiser: { kind: gated, blocks: 10 }', '1:34 denoiser.blocks: expected at most 9, got 10'],
  ['not whole', 'denoiser: { kind: gated, blocks: 1.5 }', '1:34 denoiser.blocks: expected a whole number, got 1.5'],
  [
    'no alternative fits',
    'denoiser: { kind: gated, width: atuo }',
    '1:33 denoiser.width: expected a number or "auto", got "atuo"',
  ],
  [
    'unknown key below an option',
    'denoiser: { kind: gated, gate: { bais: 1 } }',
    '1:34 denoiser.gate.bais: unknown key "bais", did you mean "bias"? known keys: bias',
  ],
  [
    'unknown key beside the roles',
    'trainin: {}',
    '1:1 trainin: unknown key "trainin", did you mean "training"? known keys: extends, plugins, name, seed, ' +
      'training, scaling, startFrom, ensemble, schedule, denoiser, metrics, data',
  ],
  ['missing file path', 'data: { kind: files }', '1:1 data.path: missing, expected text'],
  ['empty file path', 'data: { kind: files, path: "" }', '1:28 data.path: expected at least 1 characters, got ""'],
  ['list for a number', 'seed: [1]', '1:7 seed: expected a number, got a list of 1'],
  [
    'strict training',
    'training: { fineTune: { steps: -1 } }',
    '1:32 training.fineTune.steps: expected at least 0, got -1',
  ],
];

for (const [title, text, problem] of cases) {
  test(`the message for a mistake says what would be right: ${title}`, async (t) => {
    t.deepEqual(await problems(t, project(t, { 'run.yaml': text }), 'run.yaml'), [`run.yaml:${problem}`]);
  });
}

test('a problem in a preset is reported in the file that wrote it', async (t) => {
  const folder = project(t, {
    'paper.yaml': `${schedule}seed: -1\n`,
    'run.yaml': 'extends: paper\nschedule: { widt: 3 }\n',
  });
  t.deepEqual(await problems(t, folder, 'run.yaml'), [
    'run.yaml:2:13 schedule.widt: unknown key "widt", did you mean "width"? known keys: kind, width, margin',
    'paper.yaml:2:7 seed: expected at least 0, got -1',
  ]);
});

test('a problem of --set names the flag', async (t) => {
  const folder = project(t, { 'run.yaml': `${schedule}metrics: [{ kind: kl }]\n` });
  t.deepEqual(
    await problems(t, folder, 'run.yaml', 'schedule.width=0', 'schedule.wdth=3', 'denoiser={ kind: gated, blocks: x }'),
    [
      '--set schedule.wdth: unknown key "wdth", did you mean "width"? known keys: kind, width, margin',
      '--set schedule.width: expected at least 1, got 0',
      '--set denoiser denoiser.blocks: expected a number, got "x"',
    ],
  );
  const single: readonly [assignment: string, problem: string][] = [
    ['schedule.width.x=2', '--set schedule.width.x: unknown path, there is no "x" in 8 (run.yaml:1:35)'],
    ['metrics.1.bins=2', '--set metrics.1.bins: unknown item "1", the list has 1, counted from 0'],
    ['metrics.kl.bins=2', '--set metrics.kl.bins: unknown item "kl", the list has 1, counted from 0'],
    ['seed', 'invalid --set seed: expected key.path=value, e.g. training.steps=1000'],
    ['a..b=1', 'invalid --set a..b=1: expected key.path=value, e.g. training.steps=1000'],
    ['=1', 'invalid --set =1: expected key.path=value, e.g. training.steps=1000'],
    ['extends=paper', 'invalid --set extends: name the config to start from instead'],
  ];
  for (const [assignment, problem] of single) t.deepEqual(await problems(t, folder, 'run.yaml', assignment), [problem]);
  t.regex((await problems(t, folder, 'run.yaml', 'seed=[1'))[0]!, /^--set seed: /);
});

test('a config that is not there is named, with the presets that are', async (t) => {
  const folder = project(t, {
    'a.yaml': 'extends: papr\n',
    'b.yaml': 'extends: ./no.yaml\n',
    'c.yaml': 'extends: "@no/such/x.yaml"\n',
    'd.yaml': 'extends: [1]\n',
  });
  t.deepEqual(await problems(t, folder, 'a.yaml'), [
    'a.yaml:1:10 extends: unknown preset "papr", did you mean "paper"? known presets: paper',
  ]);
  t.deepEqual(await problems(t, folder, 'b.yaml'), [
    'b.yaml:1:10 extends: missing config "./no.yaml": there is no file no.yaml',
  ]);
  t.regex((await problems(t, folder, 'c.yaml'))[0]!, /^c\.yaml:1:10 extends: missing config "@no\/such\/x\.yaml": /);
  t.regex((await problems(t, folder, 'd.yaml'))[0]!, /^d\.yaml:1:10 extends: expected the name of a preset/);
});

test('YAML that does not parse is a problem at its line and column', async (t) => {
  const texts = ['seed: 1\nseed: 2\n', 'seed: [1\n', 'seed: !odd 1\n', 'a: &a [*a]\n', '- a list\n', '? [1]\n: 2\n'];
  const places = ['2:1', '2:1', '1:7', '1:8', '1:1', '1:3'];
  for (const [i, text] of texts.entries()) {
    const [first] = await problems(t, project(t, { 'run.yaml': text }), 'run.yaml');
    t.true(first?.startsWith(`run.yaml:${places[i]}: `), first);
  }
});
