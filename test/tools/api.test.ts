import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

// Compiled tests lie in test/dist/tools.
const scripts = new URL('../../../scripts/', import.meta.url);
const { changesOf } = (await import(new URL('api/changes.mjs', scripts).href)) as {
  changesOf: (before: string, after: string) => string[];
};

test('the public API of every package is as recorded in test/api, and comments say what each name is', async (t) => {
  const { stderr } = await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('api.mjs', scripts)),
    '--check',
  ]).catch((error: { stderr: string }) => error);
  t.true(stderr === '', stderr);
});

test('what has changed in a public API is said name by name', (t) => {
  const before = '# door\n\n## a\nconst a = 1;\n\n## b\ninterface B {\n  x: number;\n}\n';
  const after = '# door\n\n## b\ninterface B {\n  x: string;\n}\n\n## c\nconst c = 2;\n';
  t.deepEqual(changesOf(before, before), []);
  t.deepEqual(changesOf(before, after), [
    ...['  a is gone', '    - const a = 1;'],
    ...['  b has changed', '    -   x: number;', '    +   x: string;'],
    ...['  c is new', '    + const c = 2;'],
  ]);
});
