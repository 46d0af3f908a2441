import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WriteLock } from '@unfold-zoo/runs';
import test from 'ava';

const folder = mkdtempSync(join(tmpdir(), 'unfold-lock-'));
const warnings: string[] = [];
const how = { work: 'testing', log: { warn: (text: string) => void warnings.push(text) } };
const program = fileURLToPath(new URL('hold-lock.js', import.meta.url));

test.after.always(() => rmSync(folder, { recursive: true }));

test('of two owners the second is refused at once, and told who the first is', async (t) => {
  const path = join(folder, 'two');
  const first = await WriteLock.ofFolder(path, how);
  await t.throwsAsync(WriteLock.ofFolder(path, how), {
    name: 'UserError',
    message: new RegExp(
      `^busy \\S+two: process ${process.pid} on \\S+ has been testing there since \\d{4}-\\d\\d-\\d\\d `,
    ),
  });
  first.release();
  t.false(existsSync(path), 'the folder that was made for the lock is left');
  (await WriteLock.ofFolder(path, how)).release();
  t.deepEqual(warnings, []);
});

test('a damaged file of the owner makes nobody wait for a process that is not there', async (t) => {
  const path = join(folder, 'damaged');
  using _lock = await WriteLock.ofFolder(path, how);
  const file = join(path, '.lock');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"pid":\d+/, '"pid":999999999'));
  await t.throwsAsync(WriteLock.ofFolder(path, how), { message: /^busy \S+damaged: another process is at work there/ });
});

test('an output is locked before it is there, and its folder keeps nothing of that', async (t) => {
  const path = join(folder, 'deep/er/draws.h5');
  const lock = await WriteLock.ofOutput(path, how);
  await t.throwsAsync(WriteLock.ofOutput(path, how), { message: /^busy \S+draws\.h5: / });
  const other = await WriteLock.ofOutput(join(folder, 'deep/er/others.h5'), how);
  other.release();
  lock.release();
  t.false(existsSync(join(folder, 'deep')));
});

test('a lock lasts until the last process has ended that was started with it', async (t) => {
  const path = join(folder, 'shared');
  const lock = await WriteLock.ofFolder(path, how);
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore', lock.descriptor],
  });
  // As the system does for a process that is killed: nothing is given back in order.
  closeSync(lock.descriptor);
  await t.throwsAsync(WriteLock.ofFolder(path, how), { message: /^busy / });
  child.stdin!.end();
  await once(child, 'exit');
  (await WriteLock.ofFolder(path, how)).release();
});

test('of many processes, some of which are killed, never two have the lock', async (t) => {
  const path = join(folder, 'many');
  const file = join(folder, 'many.log');
  const children = Array.from({ length: 6 }, (_, i) =>
    spawn(process.execPath, [program, path, file, i < 3 ? '100000' : '25'], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const ended = children.map((child) => once(child, 'exit'));
  const doomed = children.slice(0, 3);
  for (const child of doomed) await killWhileItHolds(child, file);
  await Promise.all(ended);
  t.deepEqual(
    children.slice(3).map(({ exitCode }) => exitCode),
    [0, 0, 0],
  );
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const killed = new Set(doomed.map(({ pid }) => `${pid}`));
  let owner: string | undefined;
  for (const line of lines) {
    const [pid, what] = line.split(' ') as [string, string];
    if (what === 'begins') {
      t.true(owner === undefined || killed.has(owner), `${pid} begins before ${owner} ends`);
      owner = pid;
    } else {
      t.is(line, `${owner} ends`);
      owner = undefined;
    }
  }
  for (const { pid } of children.slice(3)) t.is(lines.filter((line) => line === `${pid} ends`).length, 25);
  t.deepEqual(existsSync(path) ? readdirSync(path) : [], []);
});

async function killWhileItHolds(child: ChildProcess, file: string): Promise<void> {
  const holds = (): boolean => existsSync(file) && readFileSync(file, 'utf8').endsWith(`${child.pid} begins\n`);
  while (!holds()) await delay(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
}
