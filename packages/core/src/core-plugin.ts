import { definePlugin } from './plugin.js';
import { jsonlReporter } from './reporters/jsonl.js';
import { tensorBoardReporter } from './reporters/tensorboard.js';
import { singleWorker } from './single-worker.js';
import { version } from './version.js';

/** What the core itself has to offer: a single worker and the reporters that write files. */
export const corePlugin = definePlugin({ name: '@unfold-zoo/core', version }, [
  singleWorker,
  jsonlReporter,
  tensorBoardReporter,
]);
