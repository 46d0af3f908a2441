import { filePath } from '@unfold-zoo/core/files';
import { z } from 'zod';
import { mappingSchema } from '../mapping/mapping-schema.js';
import { samplesOption } from '../splits/samples.js';
import { filePaths } from './file-lists.js';

const maxEvents = z.int().min(1).optional();

/** Options of data sources that read files, one by one; `fileOptions` has what holds of several. */
const eachOption = z.object({
  topology: z
    .string()
    .default('semileptonic-ttbar')
    .describe('Name of a topology of a plugin, of this package unless one is listed.'),
  topologyFile: filePath().optional().describe('YAML file with a topology, instead of `topology`.'),
  mapping: z
    .union([filePath(), mappingSchema])
    .optional()
    .describe(
      'Where the events come from in files of another layout than that of this package: a YAML file, or what such a ' +
        'file says. Default: what the topology says.',
    ),
  train: filePaths()
    .optional()
    .describe('Training events: a file, a pattern such as data/*.h5, a folder, or a list of these. Or `samples`.'),
  samples: samplesOption
    .optional()
    .describe('Training events that are joined of samples with labels and factors, instead of `train`.'),
  validation: filePaths().optional().describe('Files of validation events. Default: a part of the training events.'),
  test: filePaths()
    .optional()
    .describe('Files of test events; may lack the truth. Default: a part of the training events, see testFraction.'),
  validationFraction: z
    .number()
    .min(0)
    .lt(1)
    .default(0.05)
    .describe('Part of the training file kept for validation when there is no validation file.'),
  testFraction: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Part of the training file kept for tests when there is no test file.'),
  split: z
    .enum(['auto', 'spread', 'tail'])
    .default('auto')
    .describe(
      'Where in the training file the events for validation and tests are: tail, at its end; spread, evenly over it, ' +
        'which a file in order of something needs; auto, at the end unless that differs from the rest by more than ' +
        'chance.',
    ),
  weights: z
    .union([z.string(), z.literal(false)])
    .optional()
    .describe(
      'Dataset or expression of event weights, in the files of all splits whose truth is known; false for none. ' +
        'Default: what the mapping says, /event/weight in files of our own layout that have it, else all events ' +
        'count the same.',
    ),
  maxTrainEvents: maxEvents.describe('Use no more than so many training events.'),
  maxValidationEvents: maxEvents.describe('Use no more than so many validation events.'),
  maxTestEvents: maxEvents.describe('Use no more than so many test events.'),
});

/** Options of data sources that read files. */
export const fileOptions = eachOption
  .refine(({ train, samples, test }) => [train, samples, test].some((files) => files !== undefined), {
    path: ['train'],
    error: 'missing, expected files of training events, samples in their place, or test, to draw for, alone',
  })
  .refine(({ train, samples }) => train === undefined || samples === undefined, {
    path: ['samples'],
    error: 'duplicate of train: expected either train or samples',
  });

/** Options of data sources that read files, complete. */
export type FileOptions = z.output<typeof fileOptions>;
