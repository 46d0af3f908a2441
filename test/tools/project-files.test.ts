import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { minVersion, satisfies } from 'semver';
import { parse } from 'yaml';
import { z } from 'zod';

// Compiled tests lie in test/dist/tools.
const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const namesIn = (folder: string) => readdirSync(join(root, folder)).sort();

register('../../tools/json-modules.mjs', import.meta.url);
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');

/** What the code host's own parser finds wrong with a workflow: keys, values, and expressions in `${{ }}`. */
async function mistakesOf(name: string, content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

for (const name of namesIn('.github/workflows')) {
  test(`the workflow ${name} is one`, async (t) => {
    t.deepEqual(await mistakesOf(name, read(`.github/workflows/${name}`)), []);
  });

  test(`the workflow ${name} runs scripts that exist`, (t) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(`.github/workflows/${name}`).matchAll(/\bnpm (?:run )?(test|start|(?<=run )[\w-]+)/g)];
    t.true(named.length > 0);
    for (const [, script] of named) t.true(Object.hasOwn(scripts, script!), script);
  });
}

test('a mistake in a workflow is found, in a key as in an expression', async (t) => {
  const workflow = (step: string) => `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - ${step}\n`;
  t.deepEqual(await mistakesOf('right.yml', workflow(`run: echo \${{ github.ref }}`)), []);
  t.is((await mistakesOf('key.yml', workflow('runs: echo'))).length > 0, true);
  t.is((await mistakesOf('expression.yml', workflow(`run: echo \${{ githob.ref }}`))).length > 0, true);
});

test('everything that is locked runs on the oldest Node that is promised', (t) => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { engines?: { node?: string } }>;
  };
  const oldest = minVersion(packages['']!.engines!.node!)!;
  const newer = Object.entries(packages).filter(([, { engines }]) => !satisfies(oldest, engines?.node ?? '*'));
  t.deepEqual(
    newer.map(([path]) => path),
    [],
  );
});

const dependabot = z.strictObject({
  version: z.literal(2),
  updates: z.array(
    z.strictObject({
      'package-ecosystem': z.enum(['npm', 'github-actions']),
      directory: z.string().refine((folder) => existsSync(join(root, folder)), 'there is no such folder'),
      schedule: z.strictObject({ interval: z.enum(['daily', 'weekly', 'monthly']) }),
      groups: z.record(z.string(), z.strictObject({ patterns: z.array(z.string()) })).optional(),
    }),
  ),
});

test('dependency updates are asked for folders that exist', (t) => {
  t.notThrows(() => dependabot.parse(parse(read('.github/dependabot.yml'))));
});

const field = z.strictObject({
  type: z.enum(['textarea', 'input']),
  id: z.string(),
  attributes: z.strictObject({ label: z.string(), description: z.string().optional(), render: z.string().optional() }),
  validations: z.strictObject({ required: z.boolean() }).optional(),
});
const issueForm = z.strictObject({
  name: z.string(),
  description: z.string(),
  labels: z.array(z.string()),
  body: z.array(field),
});

for (const name of namesIn('.github/ISSUE_TEMPLATE').filter((each) => each !== 'config.yml')) {
  test(`the issue form ${name} is one`, (t) => {
    t.notThrows(() => issueForm.parse(parse(read(`.github/ISSUE_TEMPLATE/${name}`))));
  });
}

const author = z.strictObject({ 'given-names': z.string(), 'family-names': z.string() });
const citation = z.looseObject({
  'cff-version': z.literal('1.2.0'),
  message: z.string(),
  title: z.string(),
  type: z.literal('software'),
  version: z.literal((JSON.parse(read('package.json')) as { version: string }).version),
  license: z.literal('MIT'),
  authors: z.array(z.strictObject({ name: z.string() })),
  'preferred-citation': z.looseObject({ type: z.string(), title: z.string(), authors: z.array(author).length(6) }),
});

test('the citation is of this version and of the paper', (t) => {
  t.notThrows(() => citation.parse(parse(read('CITATION.cff'))));
});

const whole = z.looseObject({
  version: z.string(),
  license: z.literal('MIT'),
  engines: z.object({ node: z.string() }),
});
const same = whole.parse(JSON.parse(read('package.json')));
const manifest = z.looseObject({
  version: z.literal(same.version),
  description: z.string().min(1),
  keywords: z.array(z.string()).min(2),
  license: z.literal(same.license),
  engines: z.strictObject({ node: z.literal(same.engines.node) }),
  repository: z.undefined().optional(),
});

test('every package says what it is, in the same version, license and Node as the whole', (t) => {
  const folders = namesIn('packages').filter((name) => existsSync(join(root, 'packages', name, 'package.json')));
  for (const name of folders) {
    const parsed = JSON.parse(read(join('packages', name, 'package.json'))) as unknown;
    t.notThrows(() => manifest.parse(parsed), name);
  }
});
