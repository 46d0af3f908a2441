import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Engine, type Plugin, Rng, UserError } from '@unfold-zoo/core';
import {
  Catalogue,
  type Choice,
  type Choices,
  checkConfig,
  loadPlugins,
  override,
  readConfig,
  service,
} from '@unfold-zoo/core/config';
import { type NamedUnfolder, ObservableFunction, RatioEstimator, Unfolder } from '@unfold-zoo/measurement';
import { builtInPlugins, PACKAGE } from '../configs/built-in.js';
import { locatedMap } from '../configs/located-value.js';
import { type ConfigInput, type ConfigOptions, overridesOf } from '../configs/run-config.js';
import { ModelOpener } from './generative/draw-for-data.js';
import { modelOpener } from './generative/model-opener.js';
import { type MeasurementKeys, measurementSchema } from './measurement-schema.js';

/** A measurement file, checked, with its methods. */
export interface MeasurementPlan {
  readonly name: string;
  readonly keys: MeasurementKeys;
  readonly catalogue: Catalogue;
  /** Of all roles. */
  readonly choices: Choices;
  readonly plugins: readonly Plugin[];
  readonly unfolders: readonly NamedUnfolder[];
  readonly functions: readonly ObservableFunction[];
  /** Files of plugins. */
  readonly pluginFiles: readonly string[];
  readonly rng: Rng;
}

/**
 * Reads a measurement from a file, by the name of one that comes along (`sample`), or from an object that says what a
 * file would.
 * @throws UserError that lists every mistake with its place.
 * @example
 * const { unfolders } = await readMeasurement('measurement.yaml', { set: { 'errors.replicas': 20 } });
 */
export async function readMeasurement(
  config: ConfigInput,
  { set = [], plugins = [], trustPlugins }: ConfigOptions = {},
): Promise<MeasurementPlan> {
  const known = [...builtInPlugins, ...plugins];
  const { assignments, writtenWith } = overridesOf(set);
  const read =
    typeof config === 'string'
      ? await readConfig(fileOf(config), known, { trustPlugins })
      : locatedMap(config, { place: 'measurement', folder: process.cwd() });
  const written = assignments.reduce((changed, each) => override(changed, each, writtenWith), read);
  const loaded = await loadPlugins(written, known);
  const all = [...known, ...loaded.map(({ plugin }) => plugin)];
  const catalogue = new Catalogue(all);
  const keys = checkConfig(measurementSchema(catalogue), written);
  if (Object.keys(keys.observables).length === 0) throw new UserError('missing observables: name one at least');
  const rng = new Rng(keys.seed);
  const choices = {
    [Unfolder.key]: keys.unfolders,
    [ObservableFunction.key]: keys.observableFunctions,
    [RatioEstimator.key]: keys.classifier,
    [Engine.key]: keys.engine,
  } as Choices;
  const methods = catalogue.assembleAll(Unfolder, choices, rng, [service(ModelOpener, modelOpener({ trustPlugins }))]);
  return {
    name: keys.name ?? (typeof config === 'string' ? basename(config, extname(config)) : 'measurement'),
    keys,
    catalogue,
    choices,
    plugins: all,
    unfolders: labelled(keys.unfolders as readonly Choice[], methods, choices),
    functions: catalogue.assembleAll(ObservableFunction, choices, rng),
    pluginFiles: loaded.map(({ file }) => file),
    rng,
  };
}

/**
 * The file of a measurement: that of one that comes along, for its bare name.
 * @throws UserError for a bare name that is neither one of those nor a file.
 */
export function fileOf(name: string): string {
  const folder = join(PACKAGE, 'measurements');
  const known = readdirSync(folder).map((file) => basename(file, extname(file)));
  if (known.includes(name)) return join(folder, `${name}.yaml`);
  if (/^[\w-]+$/.test(name) && !existsSync(name)) {
    throw new UserError(`unknown measurement "${name}", expected a file or one that comes along: ${known.join(', ')}`);
  }
  return name;
}

/** Methods by their kinds, numbered where a kind is there twice. */
function labelled(own: readonly Choice[], methods: readonly Unfolder[], all: Choices): NamedUnfolder[] {
  return methods.map((unfolder, i) => {
    const { kind } = own[i]!;
    const same = own.filter((each) => each.kind === kind);
    const label = same.length > 1 ? `${kind} ${same.indexOf(own[i]!) + 1}` : kind;
    // Its place in the list names its stream of random numbers.
    const choice = unfolder.input === 'bins' ? own[i] : [i, own[i], all[RatioEstimator.key], all[Engine.key]];
    return { label, unfolder, choice: JSON.stringify(choice) };
  });
}
