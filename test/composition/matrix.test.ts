import { type Component, GenerativeModel, isUserError } from '@unfold-zoo/core';
import { Catalogue, type Choices } from '@unfold-zoo/core/config';
import baselines from '@unfold-zoo/models-baselines';
import models from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import test from 'ava';
import { z } from 'zod';
import { shortTraining } from '../core/training/toy.js';
import { coveringRows, everyRow, pairsOf, type Row } from './pairs.js';
import { assemble, shortRun, startEngine } from './short-run.js';

// The full product of a model that uses every role has hundreds of combinations, so that those which run are a choice
// among them in which every pair of choices appears. Kinds come from the catalogue: a new one takes part by itself.

await startEngine();

const catalogue = new Catalogue([parts, models, baselines]);
const schemas = catalogue.roleSchemas();

/** Options that decide what a component goes together with: each of their values is a choice of its own. */
const DECISIVE = ['condition', 'learnEndPoints', 'prior', 'clip'];

/** Sizes at which any kind takes moments, for the kinds that have the option. */
const SMALL: Readonly<Record<string, unknown>> = {
  width: 8,
  heads: 2,
  layers: 2,
  blocks: 2,
  encoderBlocks: 1,
  decoderBlocks: 1,
  objectBlocks: 1,
  eventBlocks: 1,
  hidden: 8,
  embedding: 4,
  units: 8,
  steps: 3,
};

/** The choices that a kind offers: `{ 'learned learnEndPoints=true': { kind: 'learned', learnEndPoints: true } }`. */
function choicesOf({ kind, options }: Component): [name: string, choice: object][] {
  const small = Object.entries(SMALL).filter(([option]) => Object.hasOwn(options.shape, option));
  const varied = DECISIVE.flatMap((option) => valuesOf(options.shape[option]).map((value) => ({ option, value })));
  const first = { kind, ...Object.fromEntries(small) };
  if (varied.length === 0) return [[kind, first]];
  return varied.map(({ option, value }) => [`${kind} ${option}=${value}`, { ...first, [option]: value }]);
}

function valuesOf(schema: z.core.$ZodType | undefined): readonly unknown[] {
  if (schema instanceof z.ZodDefault) return valuesOf(schema.def.innerType);
  if (schema instanceof z.ZodBoolean) return [true, false];
  return schema instanceof z.ZodEnum ? schema.options : [];
}

/** What stands around any of them, which no model asks for: test/parts/assignment.test.ts, distillation.test.ts. */
const BESIDE = ['assignment', 'distillation'];

const roles = catalogue.roles.filter((role) => !BESIDE.includes(role));

const offered = new Map(roles.map((role) => [role, new Map(catalogue.components(role).flatMap(choicesOf))] as const));

function choicesIn(row: Row): Choices {
  const isIdentity = row['codec'] === 'identity';
  const parsed = Object.entries(row).map(([role, name]) => {
    const choice = offered.get(role)!.get(name)!;
    // The consistency of a decoder that is not there is a constant: see the refusals below.
    const needed = role === 'model' && isIdentity ? { consistency: { weight: 0 } } : {};
    return [role, schemas[role]!.parse({ ...choice, ...needed })];
  });
  return Object.fromEntries(parsed) as Choices;
}

/** Every combination of a kind of model with the parts that it uses. */
function combinations(kind: string): Row[] {
  const of = (role: string): string[] => [...offered.get(role)!.keys()];
  const model = of('model').filter((name) => name.split(' ')[0] === kind);
  const anyParts = Object.fromEntries(roles.map((role) => [role, of(role)[0]!]));
  const used = catalogue.reach([GenerativeModel], choicesIn({ ...anyParts, model: model[0]! }));
  return everyRow(Object.fromEntries([...used].map((role) => [role, role === 'model' ? model : of(role)])));
}

type Refusal = readonly [sentence: RegExp, applies: (row: Row) => boolean];

/** The parts that refuse each other, before a model is put together from them. */
const REFUSALS_OF_PARTS: readonly Refusal[] = [
  [
    /the denoiser "transformer" attends to objects/,
    ({ denoiser, conditionEncoder }) => denoiser === 'transformer' && conditionEncoder === 'deep-sets',
  ],
];

/** The combinations that make no sense, and what is said of them. */
const REFUSALS: readonly Refusal[] = [
  [
    /^model: invalid schedule: its end points are learned, but .* set schedule.learnEndPoints to false/,
    ({ model, schedule, codec }) =>
      model!.startsWith('vld') &&
      schedule === 'learned learnEndPoints=true' &&
      (codec === 'identity' || model!.endsWith('standard-normal')),
  ],
  [
    /invalid (model\.)?prior: a codec without randomness/,
    ({ model, codec }) => model === 'vld prior=standard-normal' && codec === 'identity',
  ],
  [
    /^model: invalid schedule: its end points are trained/,
    ({ model, schedule, codec }) =>
      model!.startsWith('ldm') && schedule === 'learned learnEndPoints=true' && codec === 'gaussian condition=none',
  ],
  [
    /^model: invalid codec: it sees the detector/,
    ({ model, codec }) => model!.startsWith('ldm') && codec!.startsWith('gaussian') && !codec!.endsWith('none'),
  ],
  [
    /^model: invalid codec: it has nothing to train/,
    ({ model, codec }) => model!.startsWith('ldm') && codec === 'identity',
  ],
  [
    /^model: invalid codec: it shows the detector to/,
    ({ model, codec }) => model!.startsWith('cvae') && codec !== 'gaussian condition=both',
  ],
];

function sentencesFor(row: Row): readonly RegExp[] {
  const applying = (refusals: readonly Refusal[]) => refusals.filter(([, applies]) => applies(row));
  const ofParts = applying(REFUSALS_OF_PARTS);
  return (ofParts.length > 0 ? ofParts : applying(REFUSALS)).map(([sentence]) => sentence);
}
const title = (row: Row) => Object.values(row).join(', ');

const STEPS = 2;
const training = shortTraining({ batchSize: 8, steps: STEPS, validateEvery: 100, checkpointEvery: 100 });

for (const { kind } of catalogue.components('model')) {
  const rows = combinations(kind);
  const sensible = rows.filter((row) => sentencesFor(row).length === 0);
  const senseless = rows.filter((row) => sentencesFor(row).length > 0);

  test.serial(`${kind} trains and draws with every pair of parts that goes together`, async (t) => {
    const covering = coveringRows(sensible);
    t.log(`${covering.length} of ${sensible.length} combinations`);
    t.is(new Set(covering.flatMap(pairsOf)).size, new Set(sensible.flatMap(pairsOf)).size);
    for (const row of covering) {
      const run = await shortRun(() => assemble(catalogue, choicesIn(row)), training);
      t.is(run.steps, STEPS * run.stages, title(row));
      t.true(run.losses.every(Number.isFinite), title(row));
      t.deepEqual(run.shape, [3, 5], title(row));
      t.true(run.draws.every(Number.isFinite), title(row));
      t.is(run.leaked, 0, title(row));
    }
  });

  if (senseless.length === 0) continue;
  test.serial(`${kind} refuses every pair of parts that makes no sense, with a sentence`, (t) => {
    for (const row of coveringRows(senseless)) {
      const error = t.throws(() => assemble(catalogue, choicesIn(row)), undefined, title(row));
      t.true(isUserError(error), title(row));
      for (const sentence of sentencesFor(row)) t.regex(error!.message, sentence, title(row));
    }
  });
}

test('every kind of every role has a combination that runs', (t) => {
  const rows = catalogue.components('model').flatMap(({ kind }) => combinations(kind));
  const run = new Set(rows.filter((row) => sentencesFor(row).length === 0).flatMap(pairsOf));
  for (const [role, choices] of offered) for (const name of choices.keys()) t.true(run.has(`${role}=${name}`), name);
});

const vld = { model: 'vld prior=diffusion', conditionEncoder: 'deep-sets', denoiser: 'residual-mlp', sampler: 'heun' };

test('a consistency loss is refused where there is no decoder to train', (t) => {
  const choices = choicesIn({ ...vld, codec: 'identity', schedule: 'linear' });
  const model = schemas['model']!.parse({ kind: 'vld' }) as Choices['model'];
  t.throws(() => assemble(catalogue, { ...choices, model }), {
    message: /^invalid model.consistency: the codec has nothing to train/,
  });
});

test('learned end points are refused where the KL of eq. 9 has no weight', (t) => {
  const choices = choicesIn({
    ...vld,
    codec: 'gaussian condition=none',
    schedule: 'learned learnEndPoints=true',
  });
  const model = schemas['model']!.parse({ kind: 'vld', priorWeight: 0 }) as Choices['model'];
  t.throws(() => assemble(catalogue, { ...choices, model }), { message: /priorWeight: 0 leaves the KL of eq. 9 out/ });
});

test('learned end points are refused where the loss is not the bound that balances them', (t) => {
  const choices = choicesIn({
    ...vld,
    codec: 'gaussian condition=none',
    schedule: 'learned learnEndPoints=true',
  });
  const diffusion = { weighting: 'velocity' };
  const model = schemas['model']!.parse({ kind: 'vld', diffusion }) as Choices['model'];
  t.throws(() => assemble(catalogue, { ...choices, model }), {
    message: /diffusion.weighting: velocity is not the bound/,
  });
});

test('a part that no part uses is refused by name', (t) => {
  const unused = { model: 'cinn', conditionEncoder: 'deep-sets', codec: 'identity' };
  t.throws(() => catalogue.checkUnused([GenerativeModel], choicesIn(unused)), {
    message: /^unused codec: model "cinn" does not use it/,
  });
});
