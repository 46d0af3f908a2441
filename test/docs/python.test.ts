import { spawnSync } from 'node:child_process';
import test from 'ava';
import { blocks, documents } from './markdown.js';

/** Compiles what stands in standard input, and runs nothing. */
const COMPILE = 'import sys; compile(sys.stdin.read(), "block", "exec")';

test('the Python of every document is Python', (t) => {
  const python = documents()
    .flatMap(blocks)
    .filter(({ language }) => language === 'python');
  t.true(python.length > 2);
  for (const { document, line, text } of python) {
    const { error, status, stderr } = spawnSync('python3', ['-c', COMPILE], { input: text, encoding: 'utf8' });
    if (error) return t.log('python3 is not here');
    t.is(status, 0, `${document}:${line}: ${stderr}`);
  }
});
