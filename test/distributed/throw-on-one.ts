// One process of those that mpi-communicator.test.ts starts: worker 1 throws while the others wait for it.
import { MpiCommunicator } from '@unfold-zoo/distributed';

const communicator = new MpiCommunicator({ bucketMegabytes: 16, timeoutSeconds: 100 });
await communicator.open();
if (communicator.rank === 1) throw new Error('on purpose');
await communicator.allReduceSum(new Float64Array(1));
