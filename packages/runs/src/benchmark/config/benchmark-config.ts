import { availableParallelism } from 'node:os';
import { basename, extname } from 'node:path';
import { isUserError, type Plugin, UserError } from '@unfold-zoo/core';
import {
  Catalogue,
  type Config,
  checkConfig,
  completeConfig,
  findConfig,
  type Located,
  type LocatedMap,
  loadOverridePlugins,
  loadPlugins,
  mergeConfigs,
  override,
  plainValue,
  presetsOf,
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
import { type BenchmarkKeys, benchmarkSchema } from './benchmark-schema.js';
import { gather } from './gather.js';
import { variantsOf } from './vary.js';

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
  const parts = await readParts(written, trustPlugins);
  const seeds = unique(options.seeds, 'seeds');
  const runs = await composeRuns(parts, seeds, data);
  const [first] = runs;
  const { plugins: _, ...shown } = options;
  const parsedData = first!.config.choices['data'] as Readonly<Record<string, unknown>>;
  const name = options.name ?? nameOf(config);
  return {
    name,
    options,
    jobs: options.jobs ?? Math.min(availableParallelism(), MOST_JOBS_UNASKED, runs.length),
    runs,
    on: (other) => composeRuns(parts, seeds, locatedValue(other, data.origin)),
    resolvedYaml: toYaml({
      name,
      ...shown,
      data: parsedData,
      models: parts.models.map((part, i) => plainModel(part, runs[i]!)),
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

async function readParts(written: LocatedMap, trustPlugins: boolean | undefined): Promise<Parts> {
  const list = written.entries.get('models')!.value as Extract<Located, { type: 'list' }>;
  // A key whose value is left out counts as absent.
  const given = written.entries.get('shared')?.value;
  const shared = given?.type === 'map' ? given : EMPTY;
  const plugins = written.entries.get('plugins')?.value;
  const read = (item: Located): Promise<ModelPart[]> => readModels(item as LocatedMap, plugins, trustPlugins);
  return { models: (await gather(list.items, read)).flat(), shared };
}

/** The models that an entry stands for: several where it has `vary`. */
async function readModels(
  item: LocatedMap,
  ofBenchmark: Located | undefined,
  trustPlugins: boolean | undefined,
): Promise<ModelPart[]> {
  for (const key of ['data', 'seed']) refuseKey(item, key, 'it is the same for all models: set it in the benchmark');
  const parent = item.entries.get('extends')!;
  const only = { ...item, entries: new Map([['extends', parent]]) };
  const changes = { ...item, entries: new Map([...item.entries].filter(([key]) => key !== 'extends')) };
  const loaded = await loadPlugins(withPlugins(changes, ofBenchmark), builtInPlugins);
  const known = [...builtInPlugins, ...loaded.map(({ plugin }) => plugin)];
  const preset = await readExtended(only, known, { trustPlugins });
  const listed = item.entries.get('plugins') ?? preset.entries.get('plugins');
  const own = withPlugins(listed ? withEntry(changes, 'plugins', listed.value) : changes, ofBenchmark);
  const start = String(plainValue(parent.value));
  const named = (own.entries.get('name') ?? preset.entries.get('name'))?.value;
  const name = named ? String(plainValue(named)) : nameOfPreset(start);
  return variantsOf(own, name).map((variant) => ({ preset, own: variant, extends: start }));
}

/** What a model is called that has no name. */
function nameOfPreset(preset: string): string {
  return basename(preset, extname(preset));
}

/** A model whose plugins are those of the benchmark, then those that it lists. */
function withPlugins(model: LocatedMap, ofBenchmark: Located | undefined): LocatedMap {
  const own = model.entries.get('plugins')?.value;
  // What is no list is told by the check of the whole config.
  if (ofBenchmark?.type !== 'list' || (own && own.type !== 'list')) return model;
  return withEntry(model, 'plugins', { ...ofBenchmark, items: [...ofBenchmark.items, ...(own?.items ?? [])] });
}

function refuseKey(map: LocatedMap, key: string, why: string): void {
  const found = map.entries.get(key);
  if (found) throw new UserError(`${found.key.place} invalid key "${key}": ${why}`);
}

async function composeRuns({ models, shared }: Parts, seeds: readonly number[], data: Located) {
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
  const name = config.name ?? nameOfPreset(model.extends);
  // Told from the seed alone, so that a seed that is added moves no run.
  const suffix = seed === 0 ? '' : `-seed-${seed}`;
  return { model: name, seed, label: name, folder: `${name.replace(/[^\w.-]+/g, '-')}${suffix}`, config };
}

function labelled(run: BenchmarkRun, seeds: readonly number[]): BenchmarkRun {
  return seeds.length === 1 ? run : { ...run, label: `${run.model} seed ${run.seed}` };
}

/** With a value in place of the one there was, of which nothing is kept. */
function withEntry(map: LocatedMap, key: string, value: Located): LocatedMap {
  return { ...map, entries: new Map([...map.entries, [key, { key: value.origin, value }]]) };
}

// What a config as a whole lacks or has too much of is told with the place of the model.
function inEntry({ own }: ModelPart, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw isUserError(error) ? new UserError(`${own.origin.place} ${error.message}`, { cause: error }) : error;
  }
}

/** The model from anywhere on this machine: what is no preset's name, and its plugins, by absolute paths. */
function plainModel({ extends: parent, own }: ModelPart, { config }: BenchmarkRun): Readonly<Record<string, unknown>> {
  const presets = presetsOf(config.plugins);
  const isPreset = presets.find(parent) !== undefined;
  return {
    extends: isPreset ? parent : findConfig(parent, own.origin.folder, presets),
    ...(plainValue(own) as object),
    ...(config.pluginFiles.length > 0 && { plugins: config.pluginFiles }),
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
