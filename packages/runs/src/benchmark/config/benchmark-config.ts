import { availableParallelism } from 'node:os';
import { basename, extname } from 'node:path';
import { type Plugin, UserError } from '@unfold-zoo/core';
import {
  Catalogue,
  type Config,
  checkConfig,
  completeConfig,
  type Located,
  type LocatedMap,
  loadOverridePlugins,
  mergeConfigs,
  override,
  readConfig,
  readExtended,
  toYaml,
} from '@unfold-zoo/core/config';
import { isFileName } from '@unfold-zoo/core/files';
import { baseConfig, builtInPlugins } from '../../configs/built-in.js';
import { locatedMap, locatedValue } from '../../configs/located-value.js';
import {
  type ConfigInput,
  type ConfigOptions,
  checkRunConfig,
  overridesOf,
  type Settings,
} from '../../configs/run-config.js';
import { applyShared } from './apply-shared.js';
import {
  inEntry,
  type ModelPart,
  nameOfPreset,
  plainModel,
  readModels,
  refuseKey,
  withEntry,
} from './benchmark-models.js';
import { type BenchmarkKeys, benchmarkSchema } from './benchmark-schema.js';
import { gather } from './gather.js';
import { unique } from './unique.js';

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
export interface BenchmarkPlan {
  readonly name: string;
  readonly options: BenchmarkKeys;
  readonly jobs: number;
  /** By seed, then in the order of the config. */
  readonly runs: readonly BenchmarkRun[];
  /** The same runs on other data, e.g. those that a generator made once for all. */
  on(data: Readonly<Record<string, unknown>>): Promise<readonly BenchmarkRun[]>;
  /** YAML that loads to the same benchmark from anywhere on this machine. */
  readonly resolvedYaml: string;
}

/**
 * Reads a benchmark, from a file, by the name of one that comes along, or from an object, and the config of each of its
 * runs.
 * @param set changes to the benchmark's config, e.g. `{ 'shared.training.steps': 100 }`.
 * @throws UserError that lists every mistake with its place.
 * @example
 * const { runs } = await readBenchmark('quick', ['shared.training.steps=100']);
 * console.log(runs.map(({ label }) => label));
 */
export async function readBenchmark(
  config: ConfigInput,
  set: Settings = [],
  { trustPlugins }: Pick<ConfigOptions, 'trustPlugins'> = {},
): Promise<BenchmarkPlan> {
  const { assignments, writtenWith } = overridesOf(set);
  const named = await loadOverridePlugins(assignments, builtInPlugins, writtenWith);
  const read = await readWritten(config, [...builtInPlugins, ...named], trustPlugins);
  const written = assignments.reduce((changed, each) => override(changed, each, writtenWith), read);
  const options = checkConfig(benchmarkSchema, written);
  const data = written.entries.get('data')!.value;
  const parts = await readParts(written, unique(options.seeds, 'seeds'), trustPlugins);
  const runs = await composeRuns(parts, data);
  const [first] = runs;
  const { plugins: _, ...shown } = options;
  const parsedData = first!.config.choices['data'] as Readonly<Record<string, unknown>>;
  const name = options.name ?? nameOf(config);
  return {
    name,
    options,
    jobs: options.jobs ?? Math.min(availableParallelism(), MOST_JOBS_UNASKED, runs.length),
    runs,
    on: (other) => composeRuns(parts, locatedValue(other, data.origin)),
    resolvedYaml: toYaml({
      name,
      ...shown,
      data: parsedData,
      models: parts.models.map((part, i) => plainModel(part, runs[i]!.config)),
    }),
  };
}

async function readWritten(
  config: ConfigInput,
  plugins: readonly Plugin[],
  trustPlugins: boolean | undefined,
): Promise<LocatedMap> {
  const options = { kind: 'benchmarks', trustPlugins } as const;
  if (typeof config === 'string') return readConfig(config, plugins, options);
  return readExtended(locatedMap(config, { place: 'benchmark', folder: process.cwd() }), plugins, options);
}

function nameOf(config: ConfigInput): string {
  const name = typeof config === 'string' ? basename(config, extname(config)) : undefined;
  if (name !== undefined && isFileName(name)) return name;
  throw new UserError(
    'missing name: the benchmark needs one for its folder and tables, which a file of a plain name gives it',
  );
}

/** More would need more memory than one may take without being asked to. */
const MOST_JOBS_UNASKED = 4;

interface Parts {
  readonly models: readonly ModelPart[];
  readonly shared: LocatedMap;
  readonly seeds: readonly number[];
}

const EMPTY: LocatedMap = { type: 'map', origin: { place: 'default', folder: '.' }, entries: new Map() };

async function readParts(
  written: LocatedMap,
  seeds: readonly number[],
  trustPlugins: boolean | undefined,
): Promise<Parts> {
  const list = written.entries.get('models')!.value as Extract<Located, { type: 'list' }>;
  // A key whose value is left out counts as absent.
  const given = written.entries.get('shared')?.value;
  const shared = given?.type === 'map' ? given : EMPTY;
  const plugins = written.entries.get('plugins')?.value;
  const read = (item: Located): Promise<ModelPart[]> => readModels(item as LocatedMap, plugins, trustPlugins);
  return { models: (await gather(list.items, read)).flat(), shared, seeds };
}

async function composeRuns({ models, shared, seeds }: Parts, data: Located) {
  for (const key of ['data', 'seed', 'name', 'extends', 'plugins']) {
    refuseKey(shared, key, key === 'seed' ? 'the benchmark has a list "seeds"' : 'it cannot be shared');
  }
  const base = await readConfig(baseConfig, builtInPlugins);
  const catalogue = new Catalogue(builtInPlugins);
  const bases = models.map(({ preset, own }) => mergeConfigs(mergeConfigs(base, preset), own));
  const overlays = applyShared(shared, bases, catalogue);
  const configs = await gather(models, (model, i) => {
    const written = [overlays[i]!, model.own].reduce(mergeConfigs, bases[i]!);
    const onData = withEntry(written, 'data', data);
    return Promise.all((model.seeds ?? seeds).map((seed) => composeRun(onData, model, seed)));
  });
  checkNames(configs);
  const most = Math.max(...configs.map(({ length }) => length));
  return Array.from({ length: most }, (_, s) => configs.flatMap((ofModel) => labelled(ofModel, s))).flat();
}

async function composeRun(written: LocatedMap, model: ModelPart, seed: number): Promise<BenchmarkRun> {
  const origin = { place: 'seeds', folder: '.' };
  const seeded = withEntry(written, 'seed', { type: 'scalar', origin, value: seed });
  const config = await completeConfig(seeded, builtInPlugins);
  inEntry(model, () => checkRunConfig(config));
  const name = config.name ?? nameOfPreset(model.extends);
  // Told from the seed alone, so that a seed that is added moves no run.
  const suffix = seed === 0 ? '' : `-seed-${seed}`;
  return { model: name, seed, label: name, folder: `${folderName(name)}${suffix}`, config };
}

/** The training of a model with its seed number `s`, if it has as many. */
function labelled(ofModel: readonly BenchmarkRun[], s: number): BenchmarkRun[] {
  const run = ofModel[s];
  if (!run) return [];
  return [ofModel.length === 1 ? run : { ...run, label: `${run.model} seed ${run.seed}` }];
}

/** Each model has a name of its own, and each training a folder. */
function checkNames(configs: readonly (readonly BenchmarkRun[])[]): void {
  const models = configs.map(([first]) => first!.model);
  const named = repeated(models, folderName);
  if (named) throw new UserError(`duplicate models: two are called "${named}"; give one of them another name`);
  const run = repeated(configs.flat(), ({ folder }) => folder);
  if (run)
    throw new UserError(
      `duplicate folder: seed ${run.seed} of "${run.model}" and another model would both be kept in ` +
        `"${run.folder}"; give one of them another name`,
    );
}

/** The first of which there is another before it; file systems may not tell capitals. */
function repeated<T>(items: readonly T[], folder: (item: T) => string): T | undefined {
  const folders = items.map((item) => folder(item).toLowerCase());
  return items.find((_, i) => folders.indexOf(folders[i]!) !== i);
}

function folderName(model: string): string {
  return model.replace(/[^\w.-]+/g, '-');
}
