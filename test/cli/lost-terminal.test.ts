import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { COMMAND, newFolder, start, succeeds } from './unfold.js';

const folder = newFolder();
const hasFullDevice = existsSync('/dev/full');

test.after.always(() => rmSync(folder, { recursive: true }));

function training(out: string, steps: number): string[] {
  const settings = [`training.steps=${steps}`, 'training.fineTune.steps=0', 'training.checkpointEvery=3'];
  return ['train', 'sample', '--out', out, ...settings.flatMap((setting) => ['--set', setting])];
}

/** The step that was logged last is that of the latest checkpoint. */
function isSaved(t: ExecutionContext, out: string): void {
  const log = readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const { step } = JSON.parse(log.at(-1)!) as { step: number };
  t.is(readFileSync(join(folder, out, 'checkpoints/latest'), 'utf8').trim(), `step-${step}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test.serial(`a training whose reader has left is saved after ${signal}, and tells of its stop`, async (t) => {
    const out = `stopped-${signal}`;
    const { child, ended } = start(folder, training(out, 100_000));
    while (!existsSync(join(folder, out, 'checkpoints/latest')) && child.exitCode === null) await delay(5);
    child.stdout!.destroy();
    child.stderr!.destroy();
    child.kill(signal);
    t.is((await ended).code, 130);
    isSaved(t, out);
    t.false(existsSync(join(folder, out, '.lock')));
  });
}

test.serial('a training whose reader leaves goes on to its end', async (t) => {
  const { child, ended } = start(folder, training('unread', 6));
  child.stdout!.destroy();
  child.stderr!.destroy();
  t.is((await ended).code, 0);
  isSaved(t, 'unread');
});

test.serial('a list of which a reader wants the first lines ends quietly', async (t) => {
  const child = spawn(process.execPath, [COMMAND, 'list', '--options'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'close');
  t.deepEqual([code, told], [0, '']);
});

(hasFullDevice ? test.serial : test.serial.skip)(
  'a full disk behind the terminal stops no training, and is told by a command that only prints',
  async (t) => {
    const onFullDisk = (line: string) => {
      const child = spawn('sh', ['-c', `exec "$0" "$1" ${line}`, process.execPath, COMMAND], { cwd: folder });
      let told = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        told += text;
      });
      return once(child, 'close').then(([code]) => ({ code, told }));
    };
    const trained = await onFullDisk(`${training('full', 3).join(' ')} > /dev/full 2>&1`);
    t.is(trained.code, 0);
    isSaved(t, 'full');
    t.deepEqual(await onFullDisk('list > /dev/full'), {
      code: 2,
      told: 'unwritable standard output: the disk is full\n',
    });
  },
);

test.serial('a run that is renamed while it is trained is missed at its next checkpoint', async (t) => {
  const { child, ended } = start(folder, training('renamed', 100_000));
  while (!existsSync(join(folder, 'renamed/checkpoints/latest')) && child.exitCode === null) await delay(5);
  const { renameSync } = await import('node:fs');
  renameSync(join(folder, 'renamed'), join(folder, 'elsewhere'));
  const { code, stderr } = await ended;
  t.is(code, 2, stderr);
  t.regex(stderr, /^missing \S+renamed: it was removed or renamed while the run was trained, so step-\d+ cannot/m);
  t.notRegex(stderr, /^ {4}at /m);
  t.false(existsSync(join(folder, 'renamed')));
  await succeeds(t, folder, 'inspect', 'elsewhere');
});
