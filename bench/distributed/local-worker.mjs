// A worker of bench/local-workers.mjs: averages arrays of the lengths of a model's gradients, again and again.
import { localWorkers } from '@unfold-zoo/distributed';
import { timeReductions } from './time-reductions.mjs';

const { workers, ...task } = JSON.parse(process.argv[2]);
await timeReductions(localWorkers({ workers, timeoutSeconds: 60 }), task);
