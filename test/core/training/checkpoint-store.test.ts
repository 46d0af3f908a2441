import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isUserError, Rng } from '@unfold-zoo/core';
import {
  CHECKSUMS_FILE,
  CheckpointStore,
  readCheckpoint,
  readSamplingWeights,
  verifyCheckpoint,
} from '@unfold-zoo/core/training';
import test, { type ExecutionContext } from 'ava';
import { checkpointOf } from './checkpoints.js';

const FILES = ['weights.safetensors', 'optimizer.safetensors', 'average.safetensors', 'state.json', CHECKSUMS_FILE];

/** A run with checkpoints of steps 10, 20 and 30, the best at 20. */
function newRun(): { directory: string; store: CheckpointStore; at: (step: number) => string } {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-store-'));
  const store = new CheckpointStore(directory);
  for (const step of [10, 20, 30]) store.save(checkpointOf(step), { best: step === 20, keep: 3 });
  return { directory, store, at: (step) => join(directory, 'checkpoints', `step-${step}`) };
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

/** Step 30 is refused with a message that names the file, and step 20 is taken in its place. */
function givesWay(t: ExecutionContext, { store, at }: ReturnType<typeof newRun>, file: string): void {
  const problem = t.throws(() => verifyCheckpoint(at(30)), undefined, file);
  t.true(isUserError(problem));
  t.true(problem?.message.includes(join(at(30), file)), problem?.message);
  for (const read of [readCheckpoint, readSamplingWeights]) {
    t.throws(() => read(at(30)), { message: problem?.message ?? '' });
  }
  const found = store.newestGood(readCheckpoint);
  t.is(found?.name, 'step-20');
  t.deepEqual(found?.passedOver, [problem?.message]);
  t.is(found?.content.state.step, 20);
}

test('a checkpoint comes back as it was saved', (t) => {
  const { store, at } = newRun();
  const [name, path, content] = ['step-30', at(30), checkpointOf(30)];
  t.deepEqual(readCheckpoint(path), content);
  t.deepEqual(readSamplingWeights(path), content.average);
  t.deepEqual(store.newestGood(readCheckpoint), { name, path, content, passedOver: [] });
  t.deepEqual(store.good('step-30', readSamplingWeights), { name, path, content: content.average, passedOver: [] });
  t.is(store.good('best', readCheckpoint).name, 'step-20');
  t.is(store.find('best'), at(20));
  t.deepEqual(store.list(), ['step-10', 'step-20', 'step-30']);
});

test('sha256sum checks a checkpoint', (t) => {
  const { at } = newRun();
  const { status, stdout, error } = spawnSync('sha256sum', ['-c', CHECKSUMS_FILE], { cwd: at(30), encoding: 'utf8' });
  if (error) {
    t.pass(`not run: ${error.message}`);
    return;
  }
  t.is(status, 0);
  t.is(stdout.match(/: OK$/gm)?.length, FILES.length - 1);
});

for (const file of FILES) {
  test(`a checkpoint with one wrong byte anywhere in ${file} gives way to the one before`, (t) => {
    const run = newRun();
    const path = join(run.at(30), file);
    const size = statSync(path).size;
    const rng = new Rng(7);
    const places = [0, size - 1, ...Array.from({ length: 10 }, () => Math.floor(size * rng.uniform()))];
    for (const place of places) {
      flipByte(path, place);
      if (file === CHECKSUMS_FILE) t.throws(() => verifyCheckpoint(run.at(30)), { message: /damaged|missing/ });
      else givesWay(t, run, file);
      t.is(run.store.newestGood(readCheckpoint)?.name, 'step-20', `byte ${place}`);
      flipByte(path, place);
    }
    t.is(run.store.newestGood(readCheckpoint)?.name, 'step-30');
  });

  test(`a checkpoint with a truncated ${file} gives way to the one before`, (t) => {
    const run = newRun();
    const path = join(run.at(30), file);
    const whole = readFileSync(path);
    for (const length of [0, 1, Math.floor(whole.length / 2), whole.length - 1]) {
      truncateSync(path, length);
      givesWay(t, run, file);
      writeFileSync(path, whole);
    }
    t.is(run.store.newestGood(readCheckpoint)?.name, 'step-30');
  });
}

for (const file of FILES.filter((name) => name !== CHECKSUMS_FILE)) {
  test(`a checkpoint without its ${file} gives way to the one before`, (t) => {
    const run = newRun();
    rmSync(join(run.at(30), file));
    givesWay(t, run, file);
  });
}

test('a list of checksums that lost a line is damaged', (t) => {
  const run = newRun();
  const path = join(run.at(30), CHECKSUMS_FILE);
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  for (const [i] of lines.entries()) {
    writeFileSync(
      path,
      lines
        .toSpliced(i, 1)
        .map((line) => `${line}\n`)
        .join(''),
    );
    givesWay(t, run, CHECKSUMS_FILE);
  }
});

test('a list of checksums that names a file of another folder is refused', (t) => {
  const run = newRun();
  const path = join(run.at(30), CHECKSUMS_FILE);
  writeFileSync(path, readFileSync(path, 'utf8').replace('  state.json', '  ../latest'));
  givesWay(t, run, CHECKSUMS_FILE);
});

test('a checkpoint without checksums, of an older version, is loaded if its files can be read', (t) => {
  const run = newRun();
  rmSync(join(run.at(30), CHECKSUMS_FILE));
  const [name, path, content] = ['step-30', run.at(30), checkpointOf(30)];
  t.deepEqual(run.store.newestGood(readCheckpoint), { name, path, content, passedOver: [] });
  for (const file of ['weights.safetensors', 'optimizer.safetensors', 'state.json']) {
    const path = join(run.at(30), file);
    const whole = readFileSync(path);
    truncateSync(path, whole.length / 2);
    givesWay(t, run, file);
    rmSync(path);
    givesWay(t, run, file);
    writeFileSync(path, whole);
  }
});

test('a damaged pointer gives way to the newest good checkpoint', (t) => {
  const { directory, store, at } = newRun();
  const latest = join(directory, 'checkpoints', 'latest');
  const contents = {
    '': 'damaged',
    'step-25\n': 'step-25, which is not there',
    '\0\0\0\0\0': 'damaged',
    '../..': 'damaged',
  };
  for (const [text, problem] of Object.entries(contents)) {
    writeFileSync(latest, text);
    t.is(store.find('latest'), undefined);
    const found = store.newestGood(readCheckpoint);
    t.is(found?.path, at(30));
    t.is(found?.passedOver.length, 1);
    t.true(found?.passedOver[0]?.includes(latest) && found.passedOver[0].includes(problem), found?.passedOver[0]);
  }
  rmSync(latest);
  t.deepEqual(store.newestGood(readCheckpoint)?.passedOver, [`missing ${latest}: it names a checkpoint`]);
});

test('two damaged checkpoints give way to the one before both', (t) => {
  const { store, at } = newRun();
  flipByte(join(at(30), 'state.json'), 5);
  rmSync(join(at(20), 'weights.safetensors'));
  const found = store.newestGood(readCheckpoint);
  t.is(found?.name, 'step-10');
  t.deepEqual(
    found?.passedOver.map((problem) => /step-\d+/.exec(problem)?.[0]),
    ['step-30', 'step-20'],
  );
});

test('each checkpoint is read once, from the newest back to the first good one', (t) => {
  const { store, at } = newRun();
  const read: string[] = [];
  const notedRead = (path: string) => {
    read.push(path);
    return readCheckpoint(path);
  };
  flipByte(join(at(30), 'state.json'), 5);
  t.deepEqual(store.newestGood(notedRead)?.content, checkpointOf(20));
  t.deepEqual(read.splice(0), [at(30), at(20)]);
  t.deepEqual(store.good('step-10', notedRead).content, checkpointOf(10));
  t.deepEqual(read, [at(10)]);
});

test('a damaged checkpoint asked for by name is an error that lists the good ones', (t) => {
  const { directory, store, at } = newRun();
  flipByte(join(at(20), 'weights.safetensors'), 100);
  for (const name of ['best', 'step-20']) {
    const error = t.throws(() => store.good(name, readCheckpoint));
    t.true(isUserError(error));
    t.true(
      error?.message.startsWith(`damaged ${join(at(20), 'weights.safetensors')}: its SHA-256 is `),
      error?.message,
    );
    t.true(error?.message.endsWith('; good checkpoints: step-10, step-30'), error?.message);
  }
  writeFileSync(join(directory, 'checkpoints', 'best'), '');
  t.throws(() => store.good('best', readCheckpoint), {
    message: /^damaged \S+best: .*good checkpoints: step-10, step-30$/,
  });
  t.throws(() => store.good('step-11', readCheckpoint), { message: /^unknown checkpoint "step-11": / });
});

test('where every checkpoint is damaged the error says what is wrong with each', (t) => {
  const { directory, store, at } = newRun();
  for (const step of [10, 20, 30]) truncateSync(join(at(step), 'optimizer.safetensors'), 50);
  const error = t.throws(() => store.newestGood(readCheckpoint));
  t.true(isUserError(error));
  for (const step of [10, 20, 30]) t.true(error?.message.includes(join(at(step), 'optimizer.safetensors')));
  for (const step of [10, 20, 30]) rmSync(at(step), { recursive: true });
  t.throws(() => store.newestGood(readCheckpoint), { message: /step-30, which is not there.*none is left/ });
  rmSync(join(directory, 'checkpoints'), { recursive: true });
  t.is(store.newestGood(readCheckpoint), undefined);
});

test('a run that goes on from an earlier checkpoint drops the later ones when it saves', (t) => {
  const { store, at } = newRun();
  truncateSync(join(at(30), 'state.json'), 3);
  store.save(checkpointOf(25), { best: false, keep: 2 });
  t.deepEqual(store.list(), ['step-20', 'step-25']);
  t.is(store.newestGood(readCheckpoint)?.name, 'step-25');
});

test('a checkpoint is there at every moment while one of the same step takes its place', (t) => {
  const { directory, store, at } = newRun();
  // As a kill between the two renames leaves it.
  cpSync(at(30), join(directory, 'checkpoints', '.step-30.tmp-1'), { recursive: true });
  renameSync(at(30), `${at(30)}.replaced`);
  t.deepEqual(store.list(), ['step-10', 'step-20', 'step-30']);
  t.is(store.newestGood(readCheckpoint)?.name, 'step-30');
  t.deepEqual(store.newestGood(readCheckpoint)?.passedOver, []);
  store.save(checkpointOf(40), { best: false, keep: 2 });
  t.deepEqual(readdirSync(join(directory, 'checkpoints')).toSorted(), [
    'best',
    'latest',
    'step-20',
    'step-30',
    'step-40',
  ]);
  t.deepEqual(readCheckpoint(at(30)), checkpointOf(30));
});

test('a process killed while it saves leaves the last checkpoint that it reported, or a later one', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-kill-'));
  const store = new CheckpointStore(directory);
  const program = fileURLToPath(new URL('save-for-ever.js', import.meta.url));
  for (let kill = 0; kill < 8; kill++) {
    const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await once(child.stdout, 'data');
    await delay(60 * Math.random());
    child.kill('SIGKILL');
    await once(child, 'close');
    const reported = Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1));
    const found = store.newestGood(readCheckpoint);
    t.deepEqual(found?.passedOver, []);
    const { state, weights } = found!.content;
    t.true(state.step >= reported, `step ${state.step} is left of ${reported}`);
    t.deepEqual(weights, checkpointOf(state.step).weights);
    if (state.step > 5) t.is(store.good('best', readCheckpoint).content.state.step % 5, 0);
    t.is(basename(found!.path).replace('.replaced', ''), `step-${state.step}`);
  }
});
