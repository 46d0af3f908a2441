import { z } from 'zod';
import { adamOptions } from './optimisers/adam.js';
import { DRAW_SCORES } from './validation/draw-scores.js';

const count = () => z.int().min(1);
const rate = () => z.number().gt(0).max(1);
const momentDecay = () => z.number().min(0).lt(1);

const fineTune = z.strictObject({
  steps: z.int().min(0).default(0).describe('Optimiser steps of fine-tuning at the end of each stage; 0 for none'),
  learningRate: rate().default(1e-4).describe('Constant learning rate of fine-tuning'),
});

const validationDraws = z.strictObject({
  every: count().default(2000).describe('Steps between two of them, a multiple of validateEvery'),
  events: count().default(1000).describe('Validation events to draw for, at most'),
  draws: z.int().min(2).default(16).describe('Draws of each event'),
  bestBy: z
    .enum([...DRAW_SCORES, 'loss'])
    .default('energyScore')
    .describe(
      'What the checkpoint `best` has the lowest of: the energy score, a proper score of the posterior; how far the ' +
        'ranks of the truth are from uniform; the distance between all draws and the truth; or the validation loss. ' +
        'earlyStop goes by the same',
    ),
});

const stage = z.strictObject({
  share: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'Part of training.steps, and of the steps of fine-tuning, that this stage takes; 0: the stage is left out, for ' +
        "a run that starts from another's weights",
    ),
  learningRate: rate().optional().describe('Learning rate after the warm-up; absent: training.learningRate'),
});

/**
 * The `training` key of a config. Learning rates and clipping default to the paper's (appendix B), and steps to the
 * fewest that it trained for (section 5).
 */
export const trainingOptions = z
  .strictObject({
    batchSize: count().default(1024).describe('Events per optimiser step'),
    steps: count()
      .default(500_000)
      .describe('Optimiser steps of each stage, or what its stages share; fine-tuning not counted'),
    stages: z
      .record(z.string(), stage)
      .default({})
      .describe(
        'For models that train in stages, by the name of the stage, e.g. ' +
          '{ codec: { share: 0.25 }, diffusion: { share: 0.75 } }: shares of the steps, and of maxMinutes in ' +
          'proportion, so that a budget means the same for every model',
      ),
    learningRate: rate().default(5e-4).describe('Learning rate after the warm-up'),
    warmupSteps: z.int().min(0).default(0).describe('Steps over which the learning rate rises linearly from 0'),
    decay: z
      .enum(['constant', 'cosine'])
      .default('constant')
      .describe('Whether the learning rate stays, or falls along half a cosine to that of fine-tuning (0 without it)'),
    fineTune: fineTune.prefault({}).describe('A second phase of each stage at a lower learning rate'),
    clipNorm: z.number().gt(0).default(1).describe('Largest norm of the gradient of one parameter group'),
    adam: z.strictObject(adamOptions.shape).prefault({}).describe('Kingma and Ba 2015'),
    ema: momentDecay()
      .default(0)
      .describe('Decay of the moving average of the weights that is sampled from; 0 for none'),
    validateEvery: count().default(500).describe('Steps between evaluations on the validation split'),
    validationEvents: count().default(4096).describe('Validation events that an evaluation uses, at most'),
    earlyStop: z
      .strictObject({
        patience: count().describe(
          'Evaluations without a new best before the stage ends: a lowest validation loss, or what ' +
            'validationDraws.bestBy names',
        ),
      })
      .nullable()
      .default(null)
      .describe('Ends a stage once its validation loss has stopped falling; null for never'),
    validationDraws: validationDraws
      .nullable()
      .default(null)
      .describe(
        'Draws for validation events while the last stage trains, logs their scores, and chooses the checkpoint ' +
          '`best` by them, e.g. { every: 2000, events: 1000, draws: 16, bestBy: energyScore }; null for none, where ' +
          '`best` has the lowest validation loss',
      ),
    checkpointEvery: count().default(500).describe('Steps between checkpoints'),
    keepCheckpoints: count().default(2).describe('How many of the latest checkpoints stay on disk'),
    padding: z
      .enum(['longest', 'capacity'])
      .default('longest')
      .describe(
        'Pad events to the longest of their batch, or to the capacity of the event description; the result is the same',
      ),
    maxMinutes: z.number().gt(0).optional().describe('Stops with a checkpoint after this many minutes of wall time'),
    bufferBlocks: count()
      .default(16)
      .describe(
        'Blocks of neighbouring events that are read and shuffled together; more shuffle better and take memory',
      ),
  })
  .refine(
    ({ earlyStop, validateEvery, steps, fineTune }) => earlyStop === null || validateEvery <= steps + fineTune.steps,
    {
      path: ['earlyStop'],
      error:
        'unused: the training ends before the first validation; expected training.validateEvery of at most its steps',
    },
  )
  .refine(({ validationDraws: draws, validateEvery }) => draws === null || draws.every % validateEvery === 0, {
    path: ['validationDraws', 'every'],
    error: 'expected a multiple of training.validateEvery, as scores are logged beside the validation loss',
  });

/** Parsed `training` options of a run. */
export type TrainingOptions = z.output<typeof trainingOptions>;
