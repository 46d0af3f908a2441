/** Workers that train one model together: who started this process, and one worker alone. */
export * from './common-failure.js';
export * from './launcher.js';
export { onlyWorker } from './single-worker.js';
