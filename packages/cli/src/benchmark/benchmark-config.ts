import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { isUserError, UserError } from '@unfold-zoo/core';
import {
  Catalogue,
  type Config,
  check,
  completeConfig,
  jsonSchema,
  type Located,
  type LocatedMap,
  merge,
  override,
  type Presets,
  plainValue,
  readConfig,
  readExtended,
  toYaml,
} from '@unfold-zoo/core/config';
import { z } from 'zod';
import { baseConfig, benchmarkPresets, builtInPlugins, presets } from '../built-in.js';
import { checkRunConfig } from '../session.js';
import { layShared } from './lay-shared.js';

const count = () => z.int().min(1);

const sampling = z.strictObject({
  draws: count().default(1).describe('Draws per test event'),
  events: z
    .union([z.literal('all'), count()])
    .default('all')
    .describe('How many test events to sample, from the first'),
  batch: count().default(1024).describe('Events sampled at once'),
});

const evaluation = z.strictObject({
  bootstrap: z.int().min(0).default(50).describe('Bootstrap replicas for the errors; 0 for none'),
  floor: z.boolean().default(true).describe('Whether to compare the truth with an independent truth too'),
  figures: z.enum(['main', 'all']).default('main').describe('The main distributions, or those of every quantity'),
});

const roles = () => z.looseObject({});

/**
 * A benchmark config. What `data`, `shared` and `models` hold are parts of run configs: they are checked as such,
 * each model's whole. Every `extends` has been read and taken out by then.
 */
export const benchmarkSchema = z.strictObject({
  extends: z.string().optional().describe('A benchmark that this one changes'),
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'expected letters, digits, "-", "_" and ".": it names the folder')
    .optional()
    .describe("What to call the benchmark; the file's name unless given"),
  data: z.looseObject({ kind: z.string() }).describe('The events, the same for all models'),
  seeds: z.array(z.int().min(0)).min(1).default([0]).describe('Each model is trained once per seed'),
  shared: roles().default({}).describe('Laid over the preset of every model, where the model has such a thing'),
  models: z
    .array(z.looseObject({ extends: z.string().min(1), name: z.string().min(1).optional() }))
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
        items: { type: 'object', properties: shareable, required: ['extends'], additionalProperties: false },
      },
    },
  };
}

/** Parsed keys of a benchmark config. */
export type BenchmarkOptions = z.output<typeof benchmarkSchema>;

/** One training of a benchmark. */
export interface BenchmarkRun {
  /** As tables call the model, whatever its seed. */
  readonly model: string;
  readonly seed: number;
  /** As progress and logs call it: with its seed where a model is trained more than once. */
  readonly label: string;
  /** Of its folder below `runs`. */
  readonly folder: string;
  readonly config: Config;
}

/** A benchmark config, checked and complete. */
export interface Benchmark {
  readonly name: string;
  readonly options: BenchmarkOptions;
  readonly jobs: number;
  /** By seed, then in the order of the config. */
  readonly runs: readonly BenchmarkRun[];
  /** The same runs on other data, e.g. those that a generator made once for all. */
  on(data: Readonly<Record<string, unknown>>): Promise<readonly BenchmarkRun[]>;
  /** YAML that loads to the same benchmark from anywhere on this machine. */
  readonly resolvedYaml: string;
}

/** Reads a benchmark and the config of each of its runs. Throws a UserError that lists every mistake with its place. */
export async function readBenchmark(config: string, overrides: readonly string[]): Promise<Benchmark> {
  const read = readConfig(config, benchmarkPresets());
  const written = overrides.reduce<Located>(override, read) as LocatedMap;
  const options = check(benchmarkSchema, written);
  const data = written.entries.get('data')!.value;
  const parts = readParts(written);
  const seeds = unique(options.seeds, 'seeds');
  const runs = await composeRuns(parts, seeds, data);
  const [first] = runs;
  const parsedData = first!.config.choices['data'] as Readonly<Record<string, unknown>>;
  const name = options.name ?? basename(config, extname(config));
  return {
    name,
    options,
    jobs: options.jobs ?? Math.min(availableParallelism(), MOST_JOBS_UNASKED, runs.length),
    runs,
    on: (other) => composeRuns(parts, seeds, locatedAs(other, data)),
    resolvedYaml: toYaml({ name, ...options, data: parsedData, models: parts.models.map(plainModel) }),
  };
}

/** More would need more memory than one may take without being asked to. */
const MOST_JOBS_UNASKED = 4;

interface ModelPart {
  /** What it extends. */
  readonly preset: LocatedMap;
  /** What is to be different. */
  readonly own: LocatedMap;
  readonly extends: string;
}

interface Parts {
  readonly models: readonly ModelPart[];
  readonly shared: LocatedMap;
}

const EMPTY: LocatedMap = { type: 'map', origin: { place: 'default', folder: '.' }, entries: new Map() };

function readParts(written: LocatedMap): Parts {
  const list = written.entries.get('models')!.value as Extract<Located, { type: 'list' }>;
  const shared = (written.entries.get('shared')?.value ?? EMPTY) as LocatedMap;
  const known = presets();
  return { models: gather(list.items, (item) => readModel(item as LocatedMap, known)), shared };
}

function readModel(item: LocatedMap, known: Presets): ModelPart {
  for (const key of ['data', 'seed']) refuseKey(item, key, 'it is the same for all models: set it in the benchmark');
  const parent = item.entries.get('extends')!;
  const only = { ...item, entries: new Map([['extends', parent]]) };
  const own = { ...item, entries: new Map([...item.entries].filter(([key]) => key !== 'extends')) };
  return { preset: readExtended(only, known), own, extends: String(plainValue(parent.value)) };
}

function refuseKey(map: LocatedMap, key: string, why: string): void {
  const found = map.entries.get(key);
  if (found) throw new UserError(`${found.key.place} invalid key "${key}": ${why}`);
}

async function composeRuns({ models, shared }: Parts, seeds: readonly number[], data: Located) {
  for (const key of ['data', 'seed', 'name', 'extends', 'plugins']) {
    refuseKey(shared, key, key === 'seed' ? 'the benchmark has a list "seeds"' : 'it cannot be shared');
  }
  const base = readConfig(baseConfig, presets());
  const catalogue = new Catalogue(builtInPlugins);
  const bases = models.map(({ preset, own }) => merge(merge(base, preset), own) as LocatedMap);
  const laid = layShared(shared, bases, catalogue);
  const configs = await gatherAsync(models, (model, i) => {
    const written = [laid[i]!, model.own].reduce<Located>(merge, bases[i]!) as LocatedMap;
    const onData = withEntry(written, 'data', data);
    return Promise.all(seeds.map((seed) => composeRun(onData, model, seed)));
  });
  checkFolders(configs.map(([first]) => first!));
  return seeds.flatMap((_, s) => configs.map((ofModel) => labelled(ofModel[s]!, seeds)));
}

async function composeRun(written: LocatedMap, model: ModelPart, seed: number): Promise<BenchmarkRun> {
  const origin = { place: 'seeds', folder: '.' };
  const seeded = withEntry(written, 'seed', { type: 'scalar', origin, value: seed });
  const config = await completeConfig(seeded, builtInPlugins);
  inEntry(model, () => checkRunConfig(config));
  inEntry(model, () => refuseEvaluators(config));
  const name = config.name ?? basename(model.extends, extname(model.extends));
  // Told from the seed alone, so that a seed that is added moves no run.
  const suffix = seed === 0 ? '' : `-seed-${seed}`;
  return { model: name, seed, label: name, folder: `${name.replace(/[^\w.-]+/g, '-')}${suffix}`, config };
}

function refuseEvaluators({ choices }: Config): void {
  const { evaluators } = choices;
  if (!Array.isArray(evaluators) || evaluators.length === 0) return;
  throw new UserError(
    'unused evaluators: a benchmark compares models by their metrics alone; leave them out, and run unfold evaluate on each run',
  );
}

function labelled(run: BenchmarkRun, seeds: readonly number[]): BenchmarkRun {
  return seeds.length === 1 ? run : { ...run, label: `${run.model} seed ${run.seed}` };
}

/** With a value in place of the one there was, of which nothing is kept. */
function withEntry(map: LocatedMap, key: string, value: Located): LocatedMap {
  return { ...map, entries: new Map([...map.entries, [key, { key: value.origin, value }]]) };
}

function locatedAs(value: unknown, like: Located): Located {
  const { origin } = like;
  if (typeof value !== 'object' || value === null) return { type: 'scalar', origin, value };
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return {
    type: 'map',
    origin,
    entries: new Map(entries.map(([key, each]) => [key, { key: origin, value: locatedAs(each, like) }])),
  };
}

// What a config as a whole lacks or has too much of is told with the place of the model.
function inEntry({ own }: ModelPart, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw isUserError(error) ? new UserError(`${own.origin.place} ${error.message}`, { cause: error }) : error;
  }
}

function plainModel({ extends: parent, own }: ModelPart): Readonly<Record<string, unknown>> {
  return {
    extends: Object.hasOwn(presets(), parent) ? parent : join(own.origin.folder, parent),
    ...(plainValue(own) as object),
  };
}

function checkFolders(runs: readonly BenchmarkRun[]): void {
  const folders = runs.map(({ folder }) => folder.toLowerCase());
  const twice = runs.find(({ folder }, i) => folders.indexOf(folder.toLowerCase()) !== i);
  if (twice) throw new UserError(`duplicate models: two are called "${twice.model}"; give one of them another name`);
}

function unique(values: readonly number[], key: string): readonly number[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new UserError(`duplicate ${key}: ${twice} is listed twice; keep one of them`);
  return values;
}

/** Does the same to every item and throws one error with everything that users did wrong. */
function gather<T, R>(items: readonly T[], work: (item: T) => R): R[] {
  const problems: string[] = [];
  const results = items.map((item): R | undefined => {
    try {
      return work(item);
    } catch (error) {
      if (!isUserError(error)) throw error;
      problems.push(error.message);
      return undefined;
    }
  });
  throwProblems(problems);
  return results as R[];
}

async function gatherAsync<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  const reasons = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  for (const reason of reasons) if (!isUserError(reason)) throw reason;
  throwProblems(reasons.map((reason) => (reason as Error).message));
  return settled.map((each) => (each as PromiseFulfilledResult<R>).value);
}

// A mistake in what is shared is one mistake, however many models share it.
function throwProblems(problems: readonly string[]): void {
  const lines = new Set(problems.flatMap((problem) => problem.split('\n')));
  if (lines.size > 0) throw new UserError([...lines].join('\n'));
}
