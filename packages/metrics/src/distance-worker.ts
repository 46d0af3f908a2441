// A worker thread of `compareInThreads`. It must not import @unfold-zoo/core, which would load tfjs in every thread.
import { parentPort, workerData } from 'node:worker_threads';
import { type Comparison, compareQuantity, type QuantityJob } from './compare-quantity.js';

parentPort!.on('message', (job: QuantityJob) => {
  parentPort!.postMessage(compareQuantity(workerData as Comparison, job));
});
