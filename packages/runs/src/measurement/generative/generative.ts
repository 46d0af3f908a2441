import { component } from '@unfold-zoo/core';
import { filePath } from '@unfold-zoo/core/files';
import { drawsUnfolder, type EventUnfolder, iterateOption, RatioEstimator, Unfolder } from '@unfold-zoo/measurement';
import { z } from 'zod';
import { drawForData, ModelOpener } from './draw-for-data.js';
import { trainAgain } from './train-again.js';

/** The method `generative`: a trained model as an unfolder. */
export const generative = component(Unfolder, 'generative', {
  description:
    'Draws of a trained model for every measured event, each with its part of the weight of the event; the spectrum ' +
    'of the simulation is removed from them in rounds, by weights or by training the model again',
  options: z.object({
    run: filePath().describe('Folder of the run whose model draws; its data need not be there'),
    config: filePath()
      .optional()
      .describe('Config by which the run is trained, if it is not there or not trained to its end'),
    draws: z.int().min(1).default(20).describe('Draws of each event'),
    checkpoint: z
      .string()
      .default('latest')
      .describe(
        'Weights that draw, and that the training of a round starts from: latest, best or step-N. Of a training in a ' +
          'round they are its best ones with best, else its latest',
      ),
    seed: z.int().min(0).default(0).describe('Seed of the draws'),
    iterate: iterateOption,
  }),
  inject: [RatioEstimator, ModelOpener],
  create: ({ options, rng }, classifier, opener) => {
    const { run: folder, config, draws, seed, checkpoint, iterate } = options;
    if (config === undefined) opener.check(folder);
    const open = () => opener.open(folder, checkpoint);
    const weights = () => opener.checksum(folder, checkpoint);
    const { training, steps } = iterate;
    const again = training !== 'none' && {
      trainAgain: trainAgain({ opener, run: folder, checkpoint, training, steps, draws, seed }),
    };
    const draw = drawForData({ open, weights, draws, seed, folder });
    const unfolder = drawsUnfolder(draw, { iterate, classifier, rng, ...again });
    const begin: EventUnfolder['begin'] = (how) => opener.trainAtFirst(folder, config!, how);
    return { ...unfolder, dependsOn: weights, ...(config !== undefined && { begin }) };
  },
});
