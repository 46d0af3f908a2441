import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateEvents } from '@unfold-zoo/runs';
import test from 'ava';
import { blocks } from './markdown.js';

const folder = mkdtempSync(join(tmpdir(), 'unfold-library-'));
const IMPORT = /^import \{[^}]*\} from '([^']+)';\n/gm;

test.before(async () => {
  mkdirSync(join(folder, 'events'));
  for (const [i, name] of ['events/train.h5', 'events/test.h5'].entries())
    await generateEvents(join(folder, name), { events: 64, seed: i });
});

test.after.always(() => rmSync(folder, { recursive: true }));

/** What makes a study one of moments, and lets one part of the page use what another made. */
const CHANGES: readonly [string, string][] = [
  ["extends: 'small'", "extends: 'tiny', engine: { kind: 'wasm' }, sampler: { kind: 'ddim', steps: 2 }"],
  ['steps: 20000', 'steps: 2, batchSize: 8, validationEvents: 8, fineTune: { steps: 0 }'],
  ['draws: 100', 'draws: 2'],
  ['draws: 2000', 'draws: 50'],
  ['bootstrap: 50', 'bootstrap: 2'],
  ["figures: 'all'", "figures: 'main'"],
  ['const run =', 'run ='],
  ['const [event] =', '[event] ='],
];

test('the parts of the page on the library run one after the other', (t) => {
  const parts = blocks('docs/library.md').filter(
    ({ language, text }) => language === 'js' && !/openBenchmark/.test(text),
  );
  const page = parts.map(({ text }) => `${text}\n`);
  const imports = new Set(page.flatMap((text) => [...text.matchAll(IMPORT)].map(([line]) => line)));
  const bodies = page.map((text) => `{\n${text.replaceAll(IMPORT, '')}}\n`);
  const changed = CHANGES.reduce((text, [from, to]) => {
    t.true(text.includes(from), `the page no longer has: ${from}`);
    return text.replaceAll(from, to);
  }, bodies.join(''));
  const head = [...imports].map((line) =>
    line.replace(/'(@[^']+)'/, (_, name: string) => `'${import.meta.resolve(name)}'`),
  );
  // Parts are scopes of their own; what they share is in variables around them.
  writeFileSync(join(folder, 'page.mjs'), `${head.join('')}let run, event;\n${changed}`);
  const { status, stderr } = spawnSync(process.execPath, ['page.mjs'], { cwd: folder, encoding: 'utf8' });
  t.is(status, 0, stderr);
  for (const file of ['runs/my-run/draws.h5', 'report/index.html', 'hadronic-top.svg'])
    t.true(existsSync(join(folder, file)), file);
});
