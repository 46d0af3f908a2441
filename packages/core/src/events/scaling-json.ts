import { z } from 'zod';
import { type EventSpec, partonWidth } from '../contracts/events/event-spec.js';
import { UserError } from '../errors.js';
import type { NormalScores } from './normal-scores.js';
import type { ColumnScaling, EventScaling } from './scaling.js';

const numbers = z.array(z.number()).transform((values) => Float64Array.from(values));
const positive = z.array(z.number().positive()).transform((values) => Float64Array.from(values));
const flags = z.array(z.union([z.literal(0), z.literal(1)])).transform((values) => Uint8Array.from(values));

const columnSchema = z
  .strictObject({ mean: numbers, standardDeviation: positive, log: flags })
  .refine(
    ({ mean, standardDeviation, log }) => mean.length === standardDeviation.length && mean.length === log.length,
    {
      error: 'mean, standardDeviation and log differ in length',
    },
  );

const normalScoresSchema = z
  .strictObject({ column: z.int().min(0), scores: numbers, values: numbers, thresholds: numbers.optional() })
  .refine(({ scores, values }) => scores.length === values.length, { error: 'scores and values differ in length' })
  .transform(({ column, scores, values, thresholds }): [number, NormalScores] => [
    column,
    { scores, values, ...(thresholds && { thresholds }) },
  ]);

const scalingSchema = z.strictObject({
  partons: columnSchema,
  normalScores: z
    .array(normalScoresSchema)
    .transform((entries) => new Map(entries))
    .optional(),
  inputs: z.record(z.string(), columnSchema),
  energySquared: positive,
  largestEnergy: z.number().positive().optional(),
  meanWeight: z.number().positive().optional(),
});

/** A scaling as JSON holds it: plain arrays. */
export type ScalingJson = z.input<typeof scalingSchema>;

/** A scaling as plain arrays; `JSON.stringify` of it loses nothing. */
export function scalingToJson(scaling: EventScaling): ScalingJson {
  const columns = ({ mean, standardDeviation, log }: ColumnScaling): ScalingJson['partons'] => ({
    mean: [...mean],
    standardDeviation: [...standardDeviation],
    log: [...log] as (0 | 1)[],
  });
  const inputs = Object.entries(scaling.inputs).map(([name, each]) => [name, columns(each)]);
  const normalScores = [...(scaling.normalScores ?? [])].map(([column, { scores, values, thresholds }]) => ({
    column,
    scores: [...scores],
    values: [...values],
    ...(thresholds && { thresholds: [...thresholds] }),
  }));
  return {
    partons: columns(scaling.partons),
    ...(normalScores.length > 0 && { normalScores }),
    inputs: Object.fromEntries(inputs),
    energySquared: [...scaling.energySquared],
    ...(scaling.largestEnergy === undefined ? {} : { largestEnergy: scaling.largestEnergy }),
    ...(scaling.meanWeight === undefined ? {} : { meanWeight: scaling.meanWeight }),
  };
}

/**
 * The scaling in parsed JSON.
 * @param file where it was read, for messages.
 * @throws UserError that names the file if it is no scaling, or, given an event description, if it belongs to another.
 */
export function scalingFromJson(json: unknown, file: string, spec?: EventSpec): EventScaling {
  const parsed = scalingSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(`invalid scaling in ${file}: ${[...issue!.path, issue!.message].join(': ')}`);
  }
  const { meanWeight, largestEnergy, normalScores, ...rest } = parsed.data;
  const energy = largestEnergy === undefined ? {} : { largestEnergy };
  const scaling = { ...rest, ...energy, ...(normalScores && { normalScores }) };
  if (spec) checkLayout(scaling, file, spec);
  return meanWeight === undefined ? scaling : { ...scaling, meanWeight };
}

function checkLayout(scaling: EventScaling, file: string, spec: EventSpec): void {
  const check = (what: string, expected: number, got: number | undefined): void => {
    if (expected === got) return;
    throw new UserError(
      `invalid scaling in ${file}: expected ${expected} ${what} for topology "${spec.name}", got ${got ?? 'none'}`,
    );
  };
  check('parton columns', partonWidth(spec), scaling.partons.mean.length);
  check('energies', spec.particles.length, scaling.energySquared.length);
  for (const [name, { features }] of Object.entries(spec.inputs)) {
    check(`features of ${name}`, features.length, scaling.inputs[name]?.mean.length);
  }
  check('inputs', Object.keys(spec.inputs).length, Object.keys(scaling.inputs).length);
}
