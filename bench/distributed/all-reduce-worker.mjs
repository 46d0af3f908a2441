// A worker of bench/all-reduce.mjs: adds up as many numbers as a model has parameters, again and again.
import { MpiCommunicator } from '@unfold-zoo/distributed';
import { timeReductions } from './time-reductions.mjs';

const { bucketMegabytes, ...task } = JSON.parse(process.argv[2]);
await timeReductions(new MpiCommunicator({ timeoutSeconds: 60, bucketMegabytes }), task);
