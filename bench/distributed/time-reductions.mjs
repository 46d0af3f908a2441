import { median } from '../shared/median.mjs';

/** Adds up `length` numbers of float32 with the other workers, again and again; worker 0 prints how long it took. */
export async function timeReductions(communicator, { length, repeats }) {
  await communicator.open();
  const gradients = new Float32Array(length);
  const [sums, latencies] = [[], []];
  for (let i = 0; i < repeats + 3; i++) {
    sums.push(await time(() => communicator.allReduceSum(gradients)));
    latencies.push(await time(() => communicator.allReduceSum(new Float64Array(8))));
  }
  if (communicator.rank === 0) {
    console.log(JSON.stringify({ label: communicator.label, ms: summary(sums), latencyMs: summary(latencies) }));
  }
  await communicator.close();
}

async function time(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

// Without the first three, in which code is compiled and memory touched for the first time.
function summary(times) {
  const measured = times.slice(3);
  return { median: median(measured), fastest: Math.min(...measured) };
}
