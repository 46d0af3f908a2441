// A command that processes-communicator.test.ts starts: the checks of a communicator, which all of its workers do
// together.
import { setTimeout as delay } from 'node:timers/promises';
import { communicatorChecks } from '@unfold-zoo/core/testing';
import { localWorkers } from '@unfold-zoo/distributed';

const communicator = localWorkers({ workers: Number(process.argv[2]), timeoutSeconds: 30 });
await communicator.open();
const { rank, world } = communicator;
for (const [title, run] of communicatorChecks(() => [communicator])) {
  await run();
  if (rank === 0) console.log(`passed: ${title}`);
}

// Longer than one portion, and every element told apart.
const valueAt = (i: number): number => i % 1009;
const gradients = Float32Array.from({ length: 120_092 }, (_, i) => (rank + 1) * valueAt(i));
await communicator.allReduceSum(gradients);
const factor = (world * (world + 1)) / 2;
if (!gradients.every((value, i) => value === factor * valueAt(i))) throw new Error('elements changed places');

// Numbers whose sum depends on the order in which they are added: all workers must have the same bits.
const rounded = Float32Array.from({ length: 100_003 }, (_, i) => Math.sin(1000 * rank + i) * 10 ** (i % 7));
await communicator.allReduceSum(rounded);
const first = rounded.slice();
await communicator.broadcast(new Uint8Array(first.buffer));
if (!rounded.every((value, i) => Object.is(value, first[i]))) throw new Error('workers have different bits');

// One worker asks for a second sum while the first is under way, another after it.
const long = new Float32Array(200_000).fill(1);
const underWay = communicator.allReduceSum(long);
if (rank > 0) await delay(20);
const second = Float64Array.of(rank);
await Promise.all([underWay, communicator.allReduceSum(second)]);
const ranks = (world * (world - 1)) / 2;
if (second[0] !== ranks || !long.every((value) => value === world)) throw new Error('sums got mixed up');

const many = Array.from({ length: 50 }, (_, i) => Float64Array.of(i));
await Promise.all(many.map((values) => communicator.allReduceSum(values)));
if (!many.every(([value], i) => value === i * world)) throw new Error('calls changed places');
if (rank === 0) console.log(`passed: ${communicator.label}`);
await communicator.close();
