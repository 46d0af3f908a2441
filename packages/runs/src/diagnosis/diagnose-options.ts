import { z } from 'zod';
import { drawOptions } from '../draws/sample-options.js';

const { split, batch, checkpoint, seed } = drawOptions.shape;

/** How many draws a diagnosis makes unless told: of a run, and of each model of a benchmark. */
export const DEFAULT_DRAWS = { ofRun: { events: 2000, draws: 100 }, ofBenchmark: { events: 500, draws: 50 } } as const;

const { ofRun, ofBenchmark } = DEFAULT_DRAWS;

/** What a diagnosis draws. */
export const diagnoseOptions = z.object({
  events: z
    .int()
    .min(1)
    .optional()
    .describe('so many events, from the first; all if there are fewer')
    .meta({ defaultText: `${ofRun.events}, of a benchmark ${ofBenchmark.events}` }),
  draws: z
    .int()
    .min(2)
    .optional()
    .describe('draws per event')
    .meta({ defaultText: `${ofRun.draws}, of a benchmark ${ofBenchmark.draws}` }),
  split: split.describe('the events that are diagnosed; they need a truth'),
  checkpoint,
  seed,
  batch,
  only: z
    .array(z.string())
    .default([])
    .describe('an evaluator that judges, and no others than those named; all unless given')
    .meta({ placeholder: 'evaluator' }),
  width: z
    .boolean()
    .default(false)
    .describe('measure where the width of the draws comes from, part by part of the model'),
  force: z.boolean().default(false).describe('draw again, even if these draws are there'),
});
