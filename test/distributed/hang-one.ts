// One process of those that mpi-communicator.test.ts starts: one hangs while the others wait for it, some from later
// on.
import { setTimeout as delay } from 'node:timers/promises';
import { MpiCommunicator } from '@unfold-zoo/distributed';

const [library, hung] = process.argv.slice(2);
const communicator = new MpiCommunicator({ library, bucketMegabytes: 16, timeoutSeconds: 2 });
await communicator.open();
// A wait that is long, but not too long: whoever has said that it waits says that it goes on.
if (communicator.rank === 1) await delay(1300);
await communicator.allReduceSum(new Float64Array(1));
if (communicator.rank === Number(hung)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
await delay(200 * communicator.rank);
await communicator.allReduceSum(new Float64Array(1));
