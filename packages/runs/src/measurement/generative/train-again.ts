import { existsSync } from 'node:fs';
import { UserError } from '@unfold-zoo/core';
import { type PartOrigin, storedPart, type TrainAgain, type UnfoldingContext } from '@unfold-zoo/measurement';
import { checkpointPath } from '../../weights/starting-weights.js';
import { type DrawForDataOptions, drawForData, type ModelOpener } from './draw-for-data.js';

/** How the model of a run is trained for the rounds of a measurement. */
export interface TrainAgainOptions extends Pick<DrawForDataOptions, 'draws' | 'seed'> {
  readonly opener: ModelOpener;
  /** Folder of the run of round 1. */
  readonly run: string;
  /**
   * Its weights that draw, and that round 2 starts from. With `best`, later rounds take the best weights of the training
   * before too, with any other its latest: a step is one of the first run alone.
   */
  readonly checkpoint: string;
  /** Whether weights are those of the round before at first, or random ones. */
  readonly training: 'continue' | 'anew';
  /** Default: as many as the run has. */
  readonly steps: number | undefined;
}

/**
 * Trains the model of a run for a round, on the data of the run with the weights of the round, in a folder with the
 * parts of the measurement. A training that was stopped goes on from its latest checkpoint.
 */
export function trainAgain({ opener, run, checkpoint, training, steps, draws, seed }: TrainAgainOptions): TrainAgain {
  return async ({ round, weigh }, _, context) => {
    const { parts, origin = [], signal, onTrained } = context;
    const folder = folderOf(context, round);
    const before = round > 2 ? folderOf(context, round - 1) : run;
    const previous = checkpointPath(before, round > 2 ? ownCheckpoint(before, checkpoint) : checkpoint);
    const keptAs = (what: string): PartOrigin => [...origin, what, round];
    if (!existsSync(folder) || !parts!.read(keptAs('trained'))) {
      const factors = () => opener.factors(run, weigh, signal);
      const startFrom = training === 'continue' ? previous : undefined;
      const weights = await storedPart(parts!, keptAs('weights'), factors);
      await opener.train({ run, folder, startFrom, steps, weights, signal, onTrained });
      parts!.write(keptAs('trained'), true);
    }
    const own = ownCheckpoint(folder, checkpoint);
    const open = () => opener.open(folder, own);
    const weights = () => opener.checksum(folder, own);
    return drawForData({ open, weights, draws, seed, folder });
  };
}

/** The weights of the run of a round, of those that are asked for; a training too short for a validation has no best. */
function ownCheckpoint(folder: string, checkpoint: string): string {
  return checkpoint === 'best' && existsSync(checkpointPath(folder, 'best')) ? 'best' : 'latest';
}

function folderOf({ parts, origin = [] }: UnfoldingContext, round: number): string {
  const folder = parts?.folder?.([...origin, 'model', round]);
  if (folder !== undefined) return folder;
  throw new UserError('missing parts: a measurement that trains models needs a folder for what it has finished');
}
