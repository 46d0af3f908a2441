import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

// Compiled tests lie in test/dist/tools.
const script = fileURLToPath(new URL('../../../scripts/check-structure.mjs', import.meta.url));
const folders: string[] = [];
test.after.always(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const manifest = (name: string, more = {}) =>
  JSON.stringify({ name, exports: { '.': './dist/index.js', './door': './dist/door/index.js' }, ...more });

/** Two packages, of which `second` is built on `first`. */
const SOUND = {
  'packages/first/package.json': manifest('first'),
  'packages/first/src/index.ts': 'export * from "./one.js";',
  'packages/first/src/one.ts': 'export const one = 1;',
  'packages/first/src/door/index.ts': 'export const inside = 2;',
  'packages/second/package.json': manifest('second', { dependencies: { first: '1' } }),
  'packages/second/src/index.ts': 'export { inside } from "first/door";',
};

/** What the check says about a repository of these files. */
function problems(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-structure-'));
  folders.push(folder);
  spawnSync('git', ['init', '--quiet'], { cwd: folder });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return spawnSync(process.execPath, [script, folder], { encoding: 'utf8' }).stdout;
}

test('packages that use each other by their doors, one way, are sound', (t) => {
  t.regex(problems(SOUND), /^5 passed, 0 failed$/m);
});

test('a circle of files is found, also where it is closed by a type', (t) => {
  const found = problems({
    ...SOUND,
    'packages/first/src/one.ts': 'import type { Two } from "./two.js"; export const one: Two = 1;',
    'packages/first/src/two.ts': 'export type Two = typeof import("./one.js").one;',
  });
  t.true(found.includes('packages/first/src/one.ts -> packages/first/src/two.ts -> packages/first/src/one.ts'), found);
});

test('a circle of packages is found, although no two files import each other', (t) => {
  const found = problems({ ...SOUND, 'packages/first/src/lone.ts': 'import "second";' });
  t.true(found.includes('packages/first -> packages/second -> packages/first'), found);
});

test('a path into a package is found in an import, in a string, and where it is not exported', (t) => {
  const found = problems({
    ...SOUND,
    'bench/deep.mjs': 'import "../packages/first/dist/one.js";',
    'test/string.ts': 'await import(root + "packages/first/dist/one.js");',
    'scripts/closed.mjs': 'import "first/one";',
    'packages/second/src/undeclared.ts': 'import "other";',
  });
  t.true(found.includes('bench/deep.mjs: ../packages/first/dist/one.js is a path into packages/first'), found);
  t.true(found.includes('test/string.ts: the string "packages/first/dist/one.js" is a path into a package'), found);
  t.true(found.includes('scripts/closed.mjs: first does not export first/one'), found);
  t.true(found.includes('packages/second/src/undeclared.ts: packages/second/package.json does not list other'), found);
});

test('a line of 121 columns is found, unless it is an address or a row of a table', (t) => {
  const words = 'word '.repeat(24);
  const address = `https://example.org/${'a'.repeat(110)}`;
  const found = problems({ ...SOUND, 'docs/page.md': `${words}\n${words}.\n- <${address}>\n| ${words} |\n` });
  t.deepEqual(found.match(/docs.*columns/g), ['docs/page.md:2: 121 columns']);
  const comments = `/** ${words} */\n// ${words}\n`;
  t.is(problems({ ...SOUND, 'packages/first/src/comments.ts': comments }).match(/comments.*columns/g)?.length, 2);
});

test('a folder of 17 sources is found', (t) => {
  const names = Array.from({ length: 17 }, (_, i) => [`packages/first/src/many/${i}.ts`, 'export {};']);
  t.true(problems({ ...SOUND, ...Object.fromEntries(names) }).includes('packages/first/src/many: 17 files'));
});
