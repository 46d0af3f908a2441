import { basename, extname } from 'node:path';
import { isUserError, UserError } from '@unfold-zoo/core';
import {
  type Config,
  findConfig,
  type Located,
  type LocatedMap,
  loadPlugins,
  plainValue,
  presetsOf,
  readExtended,
} from '@unfold-zoo/core/config';
import { builtInPlugins } from '../../configs/built-in.js';
import { unique } from './unique.js';
import { variantsOf } from './vary.js';

/** A model of a benchmark as its config has it. */
export interface ModelPart {
  /** What it extends. */
  readonly preset: LocatedMap;
  /** What is to be different. */
  readonly own: LocatedMap;
  readonly extends: string;
  /** Those of the benchmark unless given. */
  readonly seeds?: readonly number[];
}

/** The models that an entry stands for: several where it has `vary`. */
export async function readModels(
  item: LocatedMap,
  ofBenchmark: Located | undefined,
  trustPlugins: boolean | undefined,
): Promise<ModelPart[]> {
  for (const key of ['data', 'seed']) refuseKey(item, key, 'it is the same for all models: set it in the benchmark');
  const parent = item.entries.get('extends')!;
  const seeds = seedsOf(item);
  const only = { ...item, entries: new Map([['extends', parent]]) };
  const ofBenchmarks = ['extends', 'seeds'];
  const changes = { ...item, entries: new Map([...item.entries].filter(([key]) => !ofBenchmarks.includes(key))) };
  const loaded = await loadPlugins(withPlugins(changes, ofBenchmark), builtInPlugins);
  const known = [...builtInPlugins, ...loaded.map(({ plugin }) => plugin)];
  const preset = await readExtended(only, known, { trustPlugins });
  const listed = item.entries.get('plugins') ?? preset.entries.get('plugins');
  const own = withPlugins(listed ? withEntry(changes, 'plugins', listed.value) : changes, ofBenchmark);
  const start = String(plainValue(parent.value));
  const named = (own.entries.get('name') ?? preset.entries.get('name'))?.value;
  const name = named ? String(plainValue(named)) : nameOfPreset(start);
  return variantsOf(own, name).map((variant) => ({ preset, own: variant, extends: start, ...seeds }));
}

/** The seeds that an entry asks for, which the schema has checked; a key without a value counts as absent. */
function seedsOf(item: LocatedMap): Pick<ModelPart, 'seeds'> {
  const written = item.entries.get('seeds');
  const seeds = written && plainValue(written.value);
  return seeds ? { seeds: unique(seeds as number[], 'seeds', `${written.key.place} `) } : {};
}

/** What a model is called that has no name. */
export function nameOfPreset(preset: string): string {
  return basename(preset, extname(preset));
}

/** A model whose plugins are those of the benchmark, then those that it lists. */
function withPlugins(model: LocatedMap, ofBenchmark: Located | undefined): LocatedMap {
  const own = model.entries.get('plugins')?.value;
  // What is no list is told by the check of the whole config.
  if (ofBenchmark?.type !== 'list' || (own && own.type !== 'list')) return model;
  return withEntry(model, 'plugins', { ...ofBenchmark, items: [...ofBenchmark.items, ...(own?.items ?? [])] });
}

export function refuseKey(map: LocatedMap, key: string, why: string): void {
  const found = map.entries.get(key);
  if (found) throw new UserError(`${found.key.place} invalid key "${key}": ${why}`);
}

/** With a value in place of the one there was, of which nothing is kept. */
export function withEntry(map: LocatedMap, key: string, value: Located): LocatedMap {
  return { ...map, entries: new Map([...map.entries, [key, { key: value.origin, value }]]) };
}

// What a config as a whole lacks or has too much of is told with the place of the model.
export function inEntry({ own }: ModelPart, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw isUserError(error) ? new UserError(`${own.origin.place} ${error.message}`, { cause: error }) : error;
  }
}

/** The model from anywhere on this machine: what is no preset's name, and its plugins, by absolute paths. */
export function plainModel(
  { extends: parent, own, seeds }: ModelPart,
  config: Config,
): Readonly<Record<string, unknown>> {
  const presets = presetsOf(config.plugins);
  const isPreset = presets.find(parent) !== undefined;
  return {
    extends: isPreset ? parent : findConfig(parent, own.origin.folder, presets),
    ...(plainValue(own) as object),
    ...(seeds && { seeds }),
    ...(config.pluginFiles.length > 0 && { plugins: config.pluginFiles }),
  };
}
