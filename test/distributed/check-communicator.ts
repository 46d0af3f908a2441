// One process of those that mpi-communicator.test.ts starts: the checks of a communicator, which all do together.
import { communicatorChecks } from '@unfold-zoo/core/testing';
import { MpiCommunicator } from '@unfold-zoo/distributed';

const [library, bucketMegabytes] = process.argv.slice(2);
const communicator = new MpiCommunicator({ library, bucketMegabytes: Number(bucketMegabytes), timeoutSeconds: 30 });
await communicator.open();
for (const [title, run] of communicatorChecks(() => [communicator])) {
  await run();
  if (communicator.rank === 0) console.log(`passed: ${title}`);
}

// Many arrays, some longer than a portion and some empty, whose elements are told apart.
const lengths = [3, 0, 70_001, 1, 50_000, 17];
const valueAt = (array: number, i: number): number => array + (i % 1000);
const gradients = lengths.map((length, array) =>
  Float32Array.from({ length }, (_, i) => (communicator.rank + 1) * valueAt(array, i)),
);
await communicator.allReduceMean(gradients);
const factor = (communicator.world + 1) / 2;
const isMean = gradients.every((values, array) =>
  values.every((value, i) => Math.abs(value - factor * valueAt(array, i)) <= 1e-6 * value),
);
if (!isMean) throw new Error('elements changed places');
const many = Array.from({ length: 50 }, (_, i) => Float64Array.of(i));
await Promise.all(many.map((values) => communicator.allReduceSum(values)));
if (!many.every(([value], i) => value === i * communicator.world)) throw new Error('calls changed places');
if (communicator.rank === 0) console.log(`passed: ${communicator.label}`);
await communicator.close();
