import type { Split } from '@unfold-zoo/core';
import { z } from 'zod';
import type { OnProgress } from '../progress/progress.js';
import { carryOption, FILE_TO_WRITE } from '../writing/file-options.js';

const splits = ['train', 'validation', 'test'] as const satisfies readonly Split[];

/** The weights that a run draws with. */
export const checkpointOption = z
  .string()
  .default('latest')
  .describe('latest, best or step-N')
  .meta({ placeholder: 'name' });

/** The seed of draws. */
export const seedOption = z.int().min(0).optional().describe('seed of the draws').meta({ defaultText: "the run's" });

/** Which events are drawn for, how often, and with what. */
export const drawOptions = z.object({
  split: z.enum(splits).default('test').describe('the events that are drawn for'),
  start: z.int().min(0).default(0).describe('number of the first event in the split'),
  events: z.int().min(1).optional().describe('so many events, from the first').meta({ defaultText: 'all' }),
  draws: z.int().min(1).default(1).describe('draws per event'),
  batch: z
    .int()
    .min(1)
    .default(1024)
    .describe('draws that go through the networks at once; bounds the memory and changes no draw'),
  checkpoint: checkpointOption,
  seed: seedOption,
});

/** How draws are written to a file. */
export const sampleOptions = drawOptions.extend({
  out: z.string().optional().describe(FILE_TO_WRITE).meta({ placeholder: 'file', defaultText: 'draws.h5 in the run' }),
  carry: carryOption,
  resume: z.boolean().default(false).describe('go on with a sampling that was interrupted'),
  force: z.boolean().default(false).describe('replace an existing file'),
});

/** How a piece of work is watched and stopped. */
interface Observation {
  /** Aborted to stop after the batch in progress. */
  readonly signal?: AbortSignal;
  /** Told after each batch. */
  readonly onProgress?: OnProgress;
}

/** Options of `Run.draw`: those of the schema `drawOptions`, a signal and a callback. */
export interface DrawOptions extends z.input<typeof drawOptions>, Observation {
  /** Number of the first draw of each event: 100 draws, and 900 from number 100 on, are the same 1000. Default: 0. */
  readonly firstDraw?: number;
}

/** The same with every default. */
export type CheckedSampleOptions = z.output<typeof sampleOptions> & Observation;

/** Options of `Run.sample`: those of the schema `sampleOptions`, a signal and a callback. */
export interface SampleOptions extends z.input<typeof sampleOptions>, Observation {}
