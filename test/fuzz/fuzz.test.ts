import { readBenchmark } from '@unfold-zoo/runs';
import test from 'ava';
import { CaseRunner, readers } from './cases.js';
import { WatchedProcess } from './watched.js';

const CASES = 100;

test('whatever is damaged is read as it was, or refused for a reason', async (t) => {
  using process = new WatchedProcess();
  for (const { name: reader } of readers) {
    let refused = 0;
    for (let number = 0; number < CASES; number++) {
      const outcome = await process.run({ seed: 1, reader, number });
      if (outcome.kind === 'refused') refused++;
      if (outcome.kind === 'failed') t.fail(`--seed 1 --reader ${reader} --case ${number}: ${outcome.failure}`);
    }
    t.true(refused > 0, `nothing damaged was refused by ${reader}`);
  }
});

test('a case that is run again is the same', async (t) => {
  const first = new CaseRunner();
  using second = new CaseRunner();
  const each = { seed: 1, reader: 'metrics-log', number: 7 };
  t.deepEqual(await first.run(each), await second.run(each));
  first[Symbol.dispose]();
});

test('a benchmark whose `shared` is left empty is one without', async (t) => {
  const written = { name: 'example', data: { kind: 'hdf5', train: 'events.h5' }, models: [{ extends: 'tiny' }] };
  const { runs } = await readBenchmark({ ...written, shared: null });
  t.deepEqual(runs[0]!.config.choices, (await readBenchmark(written)).runs[0]!.config.choices);
});
