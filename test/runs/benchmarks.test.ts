import { openSession, readBenchmark } from '@unfold-zoo/runs';
import test from 'ava';

/** Those that bring data of their own. */
for (const name of ['quick', 'cpu', 'truth-lab']) {
  test(`every model of benchmark ${name} can describe the events of its data`, async (t) => {
    const { runs } = await readBenchmark(name, []);
    t.true(runs.length >= 7);
    for (const { config } of runs) await (await openSession(config)).source.close();
  });
}
