import { z } from 'zod';
import { type EventSpec, partonWidth } from '../contracts/events/event-spec.js';
import type { Representation } from '../contracts/events/representation.js';
import { UserError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { checkJson, readJson } from '../files/read-json.js';
import { sha256 } from '../files/sha256.js';
import type { NormalScores } from './columns/normal-scores.js';
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
  .refine(({ scores, values }) => scores.length > 0 && scores.length === values.length, {
    error: 'scores and values are empty or differ in length',
  })
  .refine(({ scores, thresholds }) => thresholds === undefined || thresholds.length === scores.length - 1, {
    error: 'expected one threshold less than scores',
  })
  .transform(({ column, scores, values, thresholds }): [number, NormalScores] => [
    column,
    { scores, values, ...(thresholds && { thresholds }) },
  ]);

const scalingSchema = z.strictObject({
  columns: z.array(z.string()).optional(),
  partons: columnSchema,
  normalScores: z
    .array(normalScoresSchema)
    .transform((entries) => new Map(entries))
    .optional(),
  asinh: z
    .array(z.int().min(0))
    .transform((columns) => new Set(columns))
    .optional(),
  inputs: z.record(z.string(), columnSchema),
  energySquared: positive,
  largestEnergy: z.number().positive().optional(),
  meanWeight: z.number().positive().optional(),
});

/**
 * A scaling as JSON holds it: plain arrays, and the names of the columns of a representation. What a representation
 * does is no data: it is made anew, by the config.
 */
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
    ...(scaling.representation && { columns: scaling.representation.columns.map(({ name }) => name) }),
    partons: columns(scaling.partons),
    ...(normalScores.length > 0 && { normalScores }),
    ...(scaling.asinh && { asinh: [...scaling.asinh] }),
    inputs: Object.fromEntries(inputs),
    energySquared: [...scaling.energySquared],
    ...(scaling.largestEnergy === undefined ? {} : { largestEnergy: scaling.largestEnergy }),
    ...(scaling.meanWeight === undefined ? {} : { meanWeight: scaling.meanWeight }),
  };
}

/**
 * The scaling in parsed JSON.
 * @param place where it is from, for messages.
 * @param representation what the truth is described by; absent: the parton vector itself.
 * @throws UserError that names the place if it is no scaling, if it is of another representation, or, given an event
 * description, if it belongs to another.
 */
export function scalingFromJson(
  json: unknown,
  place: string,
  spec?: EventSpec,
  representation?: Representation,
): EventScaling {
  const { columns, meanWeight, largestEnergy, normalScores, asinh, ...rest } = checkJson(
    json,
    place,
    scalingSchema,
    WHAT,
  );
  checkColumns(columns, place, representation);
  const scaling = {
    ...(representation && { representation }),
    ...rest,
    ...(largestEnergy === undefined ? {} : { largestEnergy }),
    ...(normalScores && { normalScores }),
    ...(asinh && { asinh }),
    ...(meanWeight === undefined ? {} : { meanWeight }),
  };
  if (spec) checkLayout(scaling, place, spec);
  return scaling;
}

function checkColumns(columns: readonly string[] | undefined, place: string, representation?: Representation): void {
  const expected = representation?.columns.map(({ name }) => name);
  if (columns?.join() === expected?.join()) return;
  const named = (names: readonly string[] | undefined): string =>
    names ? `the ${names.length} columns ${names.join(', ')}` : 'the parton vector';
  throw new UserError(
    `invalid ${place}: it is of another representation of the truth: of ${named(columns)}, where the config has ` +
      `${named(expected)}; set representation back to what it was, or train again`,
  );
}

const WHAT = 'the scaling of a run';

/** Writes a scaling and its checksum, whole or not at all. */
export function writeScaling(path: string, scaling: EventScaling): void {
  const json = scalingToJson(scaling);
  writeFileAtomically(path, `${JSON.stringify({ ...json, sha256: checksumOf(json) }, null, 2)}\n`);
}

/**
 * Reads what `writeScaling` wrote; older versions wrote no checksum.
 * @throws UserError that names the file if it is no scaling, was changed since it was written, or does not fit the
 * event description or the representation.
 */
export function readScaling(path: string, spec: EventSpec, representation?: Representation): EventScaling {
  const { sha256: expected, ...json } = readJson(path, fileSchema, WHAT);
  if (expected !== undefined && expected !== checksumOf(json)) {
    throw new UserError(
      `damaged ${path}: its numbers are not those that were written, by its checksum; restore it from a copy, or ` +
        'train again',
    );
  }
  return scalingFromJson(json, path, spec, representation);
}

const fileSchema = z.looseObject({ sha256: z.string().optional() });

/** SHA-256 of a scaling as JSON, in the order of its keys. */
function checksumOf(json: unknown): string {
  return sha256([JSON.stringify(json)]);
}

function checkLayout(scaling: EventScaling, place: string, spec: EventSpec): void {
  const check = (what: string, expected: number, got: number | undefined): void => {
    if (expected === got) return;
    throw new UserError(
      `invalid ${place}: expected ${expected} ${what} for topology "${spec.name}", got ${got ?? 'none'}; ` +
        'it belongs to other data',
    );
  };
  const width = scaling.representation?.columns.length ?? partonWidth(spec);
  check('parton columns', width, scaling.partons.mean.length);
  const lastColumn = Math.max(-1, ...(scaling.normalScores?.keys() ?? []), ...(scaling.asinh ?? []));
  if (lastColumn >= width) check('parton columns', width, lastColumn + 1);
  check('energies', spec.particles.length, scaling.energySquared.length);
  for (const [name, { features }] of Object.entries(spec.inputs)) {
    check(`features of ${name}`, features.length, scaling.inputs[name]?.mean.length);
    const logarithms = features.filter(({ scaling }) => scaling === 'log').length;
    check(
      `logarithms of ${name}`,
      logarithms,
      scaling.inputs[name]?.log.reduce((sum, flag) => sum + flag, 0),
    );
  }
  check('inputs', Object.keys(spec.inputs).length, Object.keys(scaling.inputs).length);
}
