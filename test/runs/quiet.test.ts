import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { newFolder } from './tiny-run.js';

const folder = newFolder();

test.after.always(() => rmSync(folder, { recursive: true }));

test('the library prints nothing, listens to nothing of the process afterwards, and lets it end', async (t) => {
  const script = fileURLToPath(new URL('quiet-script.js', import.meta.url));
  const child = fork(script, [folder], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const told = once(child, 'message');
  const [code] = await once(child, 'close');
  t.is(code, 0, printed);
  t.is(printed, '');
  const [{ before, after, exitCode }] = await told;
  t.deepEqual(after, before);
  t.is(exitCode, null);
});
