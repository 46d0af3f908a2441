// A worker of bench/local-workers.mjs: adds up as many numbers as a model has parameters, again and again.
import { localWorkers } from '@unfold-zoo/distributed';
import { timeReductions } from './time-reductions.mjs';

const { workers, ...task } = JSON.parse(process.argv[2]);
await timeReductions(localWorkers({ workers, timeoutSeconds: 60 }), task);
