import { createLog } from '../log.js';
import { EXIT } from '../main.js';
import { ownRank } from '../own-rank.js';
import { leaveWorkers } from '../workers.js';
import { evaluate } from './evaluate.js';
import { sample } from './sample.js';
import { describe, type TrainOptions, trainNew } from './train.js';

/** Options of `unfold run`. */
export interface RunOptions extends TrainOptions {
  readonly draws: number;
  readonly events?: number;
}

/** `unfold run <config>`: train, sample, evaluate. */
export async function run(config: string, options: RunOptions): Promise<void> {
  const log = createLog();
  const { directory, result } = await trainNew(config, options, log);
  process.exitCode = describe(result, directory, log);
  if (process.exitCode === EXIT.ok) {
    const { draws, events } = options;
    const sampling = {
      set: [],
      split: 'test',
      draws,
      batch: 1024,
      checkpoint: 'latest',
      ...(events ? { events } : {}),
    };
    const sampled = await sample(directory, sampling, log);
    await leaveWorkers();
    if (sampled && ownRank() === 0)
      await evaluate(directory, { set: [], bootstrap: 50, figures: 'main', floor: true }, log);
    if (!sampled) process.exitCode = EXIT.interrupted;
  }
  await log.close();
}
