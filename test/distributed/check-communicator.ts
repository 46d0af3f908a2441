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

// Longer than one portion, and every element told apart.
const valueAt = (i: number): number => i % 1009;
const gradients = Float32Array.from({ length: 120_092 }, (_, i) => (communicator.rank + 1) * valueAt(i));
await communicator.allReduceSum(gradients);
const factor = (communicator.world * (communicator.world + 1)) / 2;
if (!gradients.every((value, i) => value === factor * valueAt(i))) throw new Error('elements changed places');
const many = Array.from({ length: 50 }, (_, i) => Float64Array.of(i));
await Promise.all(many.map((values) => communicator.allReduceSum(values)));
if (!many.every(([value], i) => value === i * communicator.world)) throw new Error('calls changed places');
if (communicator.rank === 0) console.log(`passed: ${communicator.label}`);
await communicator.close();
