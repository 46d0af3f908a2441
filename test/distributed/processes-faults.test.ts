import { readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { CheckpointStore, readCheckpoint } from '@unfold-zoo/core/training';
import test, { type ExecutionContext } from 'ava';
import type { Ended } from './ending.js';
import { loggedSteps, shortTraining, steps } from './launch.js';
import { COMMAND, newFolder, start, survivors, workersOf } from './local-job.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

const STEPS = 30;
const parallel = ['--set', 'parallel={kind: processes, workers: 2, timeoutSeconds: 3}'];

/** What a job is done to: its supervisor and its workers by rank. */
type Disturbance = (supervisor: number, workers: readonly number[]) => void;

/** Trains, disturbs the job after a checkpoint, and sees that nothing of it is left but its run. */
async function disturbed(t: ExecutionContext, out: string, disturb: Disturbance): Promise<Ended> {
  const training = shortTraining({ steps: STEPS, more: { checkpointEvery: 5 } });
  const job = start(folder, COMMAND, ['train', 'tiny', ...training, '-o', out, ...parallel]);
  await steps(join(folder, out), 6, job.supervisor);
  const workers = workersOf(job);
  t.is(workers.length, 2);
  disturb(job.supervisor.pid!, workers);
  const ended = await job.ended;
  t.deepEqual(await survivors(workers), []);
  const left = readdirSync(folder).filter((name) => name.startsWith('unfold-workers-'));
  t.deepEqual(left, [], 'sockets are left');
  return ended;
}

function workerSockets(): string[] {
  try {
    const folders = readdirSync(folder).filter((name) => name.startsWith('unfold-workers-'));
    return folders.flatMap((name) => readdirSync(join(folder, name)).map((socket) => join(folder, name, socket)));
  } catch {
    // Workers that have met remove their sockets.
    return [];
  }
}

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

for (const rank of [0, 1]) {
  test.serial(`the death of worker ${rank} ends the job, which says so once and how to go on`, async (t) => {
    const out = `dead-${rank}`;
    const { code, output } = await disturbed(t, out, (_, workers) => process.kill(workers[rank]!, 'SIGKILL'));
    t.is(code, 137, output);
    t.is(occurrences(output, `worker ${rank} of 2 was killed by SIGKILL`), 1, output);
    t.is(occurrences(output, 'the other workers were ended'), 1, output);
    t.true(output.includes(`go on with: unfold train --resume ${join(folder, out)}`), output);
  });
}

// Some strangers send other bytes, some are silent.
test.serial(
  'a run of which a worker died goes on, and strangers who connect to its workers change nothing',
  async (t) => {
    const job = start(folder, COMMAND, ['train', '--resume', 'dead-0']);
    const strangers = new Map<string, Socket>();
    let connected = 0;
    const visits = setInterval(() => {
      for (const path of workerSockets().filter((each) => !strangers.has(each))) {
        const stranger = connect(path, () => {
          connected++;
          if (path.endsWith('0')) stranger.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
        });
        stranger.on('error', () => strangers.delete(path));
        strangers.set(path, stranger);
      }
    }, 1);
    const { code, output } = await job.ended;
    clearInterval(visits);
    for (const stranger of strangers.values()) stranger.destroy();
    t.is(code, 0, output);
    t.deepEqual(
      loggedSteps(join(folder, 'dead-0')),
      Array.from({ length: STEPS }, (_, i) => i + 1),
    );
    t.true(connected > 0, 'no stranger came in time');
  },
);

test.serial('a worker that hangs is found and ended with the others', async (t) => {
  const { code, output } = await disturbed(t, 'hung', (_, workers) => process.kill(workers[1]!, 'SIGSTOP'));
  t.is(code, 1, output);
  t.regex(output, /worker 1 has been silent for 3 s \(.*\); the other workers were ended/);
});

test.serial('Ctrl-C on a terminal, which reaches every process, ends all with a checkpoint', async (t) => {
  const { code, output } = await disturbed(t, 'stopped', (supervisor) => process.kill(-supervisor, 'SIGINT'));
  t.is(code, 130, output);
  t.is(occurrences(output, 'stopping after this step'), 1, output);
  const run = join(folder, 'stopped');
  t.is(occurrences(output, `go on with: unfold train --resume ${run}`), 1, output);
  const { step } = readCheckpoint(new CheckpointStore(run).find('latest')!).state;
  t.is(step, loggedSteps(run).length);
});

test.serial('SIGTERM to the supervisor alone is an orderly end too', async (t) => {
  const { code, output } = await disturbed(t, 'terminated', (supervisor) => process.kill(supervisor, 'SIGTERM'));
  t.is(code, 130, output);
  t.is(occurrences(output, `go on with: unfold train --resume ${join(folder, 'terminated')}`), 1, output);
});

test.serial('a second Ctrl-C ends a job at once, even one that hangs', async (t) => {
  const { code } = await disturbed(t, 'impatient', (supervisor, workers) => {
    process.kill(workers[1]!, 'SIGSTOP');
    process.kill(supervisor, 'SIGINT');
    setTimeout(() => process.kill(supervisor, 'SIGINT'), 200);
  });
  t.is(code, 130);
});

test.serial('workers do not outlive a supervisor that is killed', async (t) => {
  const { code } = await disturbed(t, 'orphaned', (supervisor) => process.kill(supervisor, 'SIGKILL'));
  t.is(code, null);
});
