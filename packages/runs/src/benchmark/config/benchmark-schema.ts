import { type Catalogue, configKeys, jsonSchema } from '@unfold-zoo/core/config';
import { isFileName } from '@unfold-zoo/core/files';
import { z } from 'zod';

const count = () => z.int().min(1);

const sampling = z.strictObject({
  draws: count().default(1).describe('Draws per test event'),
  events: z
    .union([z.literal('all'), count()])
    .default('all')
    .describe('How many test events to sample, from the first'),
  batch: count().default(1024).describe('Events sampled at once'),
});

const calibration = z.strictObject({
  events: count()
    .default(500)
    .describe('Test events that every model draws for, from the first; all if there are fewer'),
  draws: z.int().min(2).default(20).describe('Draws of each of these events'),
});

const evaluation = z.strictObject({
  bootstrap: z.int().min(0).max(10_000).default(50).describe('Bootstrap replicas for the errors; 0 for none'),
  floor: z.boolean().default(true).describe('Whether to compare the truth with an independent truth too'),
  figures: z.enum(['main', 'all']).default('main').describe('The main distributions, or those of every quantity'),
  calibration: z
    .union([z.literal(false), calibration])
    .prefault({})
    .describe(
      'With how many draws the posteriors of single events are judged, beside the distances; false: not at all',
    ),
});

const vary = z
  .record(z.string(), z.array(z.unknown()).min(1))
  .describe('Options with the values that they take in turn: a model for each combination, named after it');

const seeds = () => z.array(z.int().min(0)).min(1);
const ownSeeds = seeds().describe('Seeds of this model in place of those of the benchmark');

const roles = () => z.looseObject({});

/**
 * A benchmark config. What `data`, `shared` and `models` hold are parts of run configs: they are checked as such,
 * each model's whole. Every `extends` has been read and taken out by then.
 */
export const benchmarkSchema = z.strictObject({
  extends: z.string().optional().describe('A benchmark that this one changes'),
  plugins: configKeys.shape.plugins.describe('Plugins that every model may use, beside those that it lists itself'),
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'expected letters, digits, "-", "_" and ".": it names the folder')
    .refine(isFileName, 'it cannot be the name of a folder')
    .optional()
    .describe("What to call the benchmark; the file's name unless given"),
  note: z
    .string()
    .min(1)
    .optional()
    .describe('Sentences for the top of the report: how far its numbers can be trusted'),
  data: z.looseObject({ kind: z.string() }).describe('The events, the same for all models'),
  seeds: seeds().default([0]).describe('Each model is trained once per seed'),
  shared: roles().default({}).describe('Laid over the preset of every model, where the model has such a thing'),
  models: z
    .array(
      z.looseObject({
        extends: z.string().min(1),
        name: z.string().min(1).optional(),
        seeds: ownSeeds.optional(),
        vary: vary.optional(),
      }),
    )
    .min(1)
    .describe('Presets or files, and what is to be different from them'),
  sampling: sampling.prefault({}).describe('How the test events are unfolded'),
  evaluation: evaluation.prefault({}).describe('How the draws are compared with the truth'),
  jobs: count()
    .optional()
    .describe('Models that are worked on at the same time; one for each processor core, at most four, unless given'),
});

/** JSON Schema of benchmark configs, for completion in editors: of the parts of run configs whatever plugins allow. */
export function benchmarkJsonSchema(catalogue: Catalogue): Record<string, unknown> {
  const run = jsonSchema(catalogue) as { properties: Record<string, unknown> };
  const { properties, ...rest } = z.toJSONSchema(benchmarkSchema, { io: 'input', unrepresentable: 'any' });
  const { data, seed, ...shareable } = run.properties;
  return {
    ...rest,
    // Any may come from what the benchmark extends.
    required: [],
    properties: {
      ...properties,
      data,
      shared: { ...(properties!['shared'] as object), properties: shareable, additionalProperties: false },
      models: {
        ...(properties!['models'] as object),
        items: {
          type: 'object',
          properties: { ...shareable, seeds: z.toJSONSchema(ownSeeds), vary: z.toJSONSchema(vary) },
          required: ['extends'],
          additionalProperties: false,
        },
      },
    },
  };
}

/** Parsed keys of a benchmark config. */
export type BenchmarkKeys = z.output<typeof benchmarkSchema>;
