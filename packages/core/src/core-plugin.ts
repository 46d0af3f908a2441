import { definePlugin } from './plugin/plugin.js';
import { decayChainRepresentation } from './representations/decay-chain.js';
import { massShellRepresentation } from './representations/mass-shell.js';
import { paperRepresentation } from './representations/parton-vector.js';
import { constantLearningRate } from './training/learning-rates/constant.js';
import { cosineLearningRate } from './training/learning-rates/cosine.js';
import { oneCycleLearningRate } from './training/learning-rates/one-cycle.js';
import { warmUpLearningRate } from './training/learning-rates/warm-up.js';
import { adamOptimiser } from './training/optimisers/adam.js';
import { adamWOptimiser } from './training/optimisers/adamw.js';
import { lionOptimiser } from './training/optimisers/lion.js';
import { jsonlReporter } from './training/reporters/jsonl.js';
import { tensorBoardReporter } from './training/reporters/tensorboard.js';
import { version } from './version.js';
import { singleWorker } from './workers/single-worker.js';

/**
 * What the core itself has to offer: a single worker, representations of the truth, optimisers, learning rates and the
 * reporters that write files.
 */
export const corePlugin = definePlugin({ name: '@unfold-zoo/core', version }, [
  singleWorker,
  paperRepresentation,
  massShellRepresentation,
  decayChainRepresentation,
  adamOptimiser,
  adamWOptimiser,
  lionOptimiser,
  constantLearningRate,
  cosineLearningRate,
  oneCycleLearningRate,
  warmUpLearningRate,
  jsonlReporter,
  tensorBoardReporter,
]);
