import type { HostEvents } from '@unfold-zoo/core';
import { z } from 'zod';
import { clipOption } from '../../reweighting/clipped-ratio.js';
import { type EventColumns, type EventProblem, stopOption, type UnfoldingContext } from '../unfolder.js';

/** Truth-level draws for measured events. */
export interface TruthDraws {
  /** [observables][axes][n]; all NaN for draws outside of the true phase space. */
  readonly columns: EventColumns['columns'];
  /** [n] which measured event each draw is for. */
  readonly events: Uint32Array;
  /** [n] share of its event that each draw has: 1 over the draws of the event, if they are all alike. */
  readonly shares: Float64Array;
}

/** Draws for the measured events of a problem, those that are selected and have the observables. */
export type DrawForData = (problem: EventProblem, context: UnfoldingContext) => Promise<TruthDraws>;

/** A round of which a model is to be trained. */
export interface TrainingRound {
  /** From 2; the model of round 1 is there. */
  readonly round: number;
  /** [n] the ratio of the spectrum to be trained on to the simulated one, at the truth of simulated events. */
  weigh(events: HostEvents): Promise<Float64Array>;
}

/** Trains a model on its own events with other weights; `problem` is what it is to draw for. */
export type TrainAgain = (
  round: TrainingRound,
  problem: EventProblem,
  context: UnfoldingContext,
) => Promise<DrawForData>;

/** How the prior of the simulation is removed. */
export const iterateOption = z
  .strictObject({
    rounds: z
      .int()
      .min(1)
      .default(1)
      .describe('Rounds at most: against the truth, 1 leaves the draws with the spectrum of the simulation in them'),
    against: z
      .enum(['truth', 'draws'])
      .default('truth')
      .describe(
        'What the draws for the data are compared with in every round: truth, that of the simulation, and draws are ' +
          'the result; or draws, those for the simulated events with the weights so far, and the simulation with ' +
          'these weights is the result: what a model has learned wrongly is in both',
      ),
    stopBelow: z
      .number()
      .gt(0)
      .optional()
      .describe('End once the weights of the draws change by less than this part from round to round. Default: never'),
    stop: stopOption,
    clip: clipOption,
    training: z
      .enum(['none', 'continue', 'anew'])
      .default('none')
      .describe(
        'What becomes of the model in every round after the first: none, its draws are weighted; continue or anew, ' +
          'it is trained on its own events with the weights of the round, from the weights that it had or from ' +
          'random ones, and draws again',
      ),
    steps: z
      .int()
      .min(1)
      .optional()
      .describe('Steps of each of these trainings. Default: those of the training of the run'),
  })
  .refine(({ training, steps }) => training !== 'none' || steps === undefined, {
    path: ['steps'],
    error: 'unused: no model is trained; expected iterate.training: continue or anew',
  })
  .refine(({ against, training }) => against === 'truth' || training === 'none', {
    path: ['training'],
    error: 'invalid: rounds against draws train no model; expected none, or iterate.against: truth',
  })
  .prefault({})
  .describe('How the spectrum of the simulation is removed from the draws');

/** Parsed options of the iteration. */
export type IterateOptions = z.output<typeof iterateOption>;
