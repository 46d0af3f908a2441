import { definePlugin } from './plugin/plugin.js';
import { jsonlReporter } from './training/reporters/jsonl.js';
import { tensorBoardReporter } from './training/reporters/tensorboard.js';
import { version } from './version.js';
import { singleWorker } from './workers/single-worker.js';

/** What the core itself has to offer: a single worker and the reporters that write files. */
export const corePlugin = definePlugin({ name: '@unfold-zoo/core', version }, [
  singleWorker,
  jsonlReporter,
  tensorBoardReporter,
]);
