import { z } from 'zod';
import { UserError } from '../errors.js';
import { scalingOptions } from '../events/fit-scaling.js';
import { fileName } from '../files/file-name.js';
import { filePath } from '../files/file-path.js';
import { Catalogue, type Choices } from '../plugin/catalogue.js';
import { loadOverridePlugins, loadPlugins, pluginsOption } from '../plugin/load-plugins.js';
import type { Plugin } from '../plugin/plugin.js';
import { type TrainingOptions, trainingOptions } from '../training/training-options.js';
import { checkLibraries } from '../trust/check-libraries.js';
import { checkConfig } from './check-config.js';
import { interpret } from './interpret.js';
import { findAt, type LocatedMap, plainValue } from './located.js';
import { mergeConfigs, override } from './merge.js';
import { readConfig } from './read-config.js';
import { resolvedYaml } from './resolved-yaml.js';
import { checkSpelledOnce, replacedKeys } from './training-roles/short-spelling.js';
import { valueAt } from './value-at.js';

/** What to load. */
export interface ConfigRequest {
  /** A config file, the bare name of a preset, or a config in a package (`@me/plugin/presets/x.yaml`). */
  readonly config: string;
  /** Changes of single values, in order, as the command line's `--set` takes them: `denoiser.blocks=4`. */
  readonly overrides?: readonly string[];
  /** Plugins that need not be listed in a config. */
  readonly plugins: readonly Plugin[];
  /** A config that lies beneath every other, as if what extends nothing extended it. */
  readonly base?: string;
  /** Whether code that a run or benchmark names may be loaded, and is trusted from here on; false if absent. */
  readonly trustPlugins?: boolean | undefined;
}

/** A config, checked and complete. */
export interface Config {
  /** The roles it sets. */
  readonly choices: Choices;
  readonly training: TrainingOptions;
  /** How the truth is scaled. */
  readonly scaling: z.output<typeof scalingOptions>;
  /** Seed of every random stream of the run. */
  readonly seed: number;
  /** Absolute path of the run from whose weights a training starts; absent: from random ones. */
  readonly startFrom?: string;
  /** Trainings of the model that are drawn from as one; absent: one training. */
  readonly ensemble?: EnsembleOptions;
  /** What the run is called in tables and plots, if the config says so. */
  readonly name?: string;
  /** The built-in plugins, then those the config loads. */
  readonly plugins: readonly Plugin[];
  /** Absolute paths of the files that its own plugins were loaded from, in their order. */
  readonly pluginFiles: readonly string[];
  /** Absolute paths of the code that configs of the user's own name, not those of runs: plugins and libraries. */
  readonly ownCode: readonly string[];
  /** What the plugins offer. */
  readonly catalogue: Catalogue;
  /**
   * Who wrote the value at a path like `denoiser.blocks`: `run.yaml:3:5`, `--set denoiser.blocks`, `default`; undefined
   * if nobody.
   */
  provenance(path: string): string | undefined;
  /** YAML that loads to the same config from anywhere on this machine, every default written out. */
  resolvedYaml(): string;
}

const seeds = () =>
  z
    .array(z.int().min(0))
    .refine((all) => new Set(all).size === all.length, 'expected each seed once')
    .min(1);

const ensembleOptions = z
  .strictObject({
    seeds: seeds().describe('Seeds of the initial weights of its members'),
    drawFrom: seeds().optional().describe('Seeds of the members to draw from; absent: all of them'),
  })
  .refine(({ seeds: all, drawFrom = all }) => drawFrom.every((seed) => all.includes(seed)), {
    path: ['drawFrom'],
    error: 'expected seeds of the members, as ensemble.seeds has them',
  });

/** The `ensemble` key of a config. */
export type EnsembleOptions = Readonly<z.output<typeof ensembleOptions>>;

/**
 * The keys of a config beside those of roles. `extends` has been read and taken out by the time a config is checked.
 */
export const configKeys = z.strictObject({
  extends: z.string().optional().describe('A preset, a path, or a config in a package, that this one changes'),
  plugins: pluginsOption.optional(),
  name: fileName().optional().describe('What to call the run in tables and plots'),
  seed: z.int().min(0).default(0).describe('Seed of everything random in the run'),
  training: trainingOptions.prefault({}).describe('How the model is trained'),
  scaling: scalingOptions.prefault({}).describe('How the truth is scaled'),
  startFrom: filePath()
    .optional()
    .describe(
      'A trained run, or a checkpoint in it such as runs/other/checkpoints/best: training starts from its weights ' +
        'and takes its scaling; absent: random weights',
    ),
  ensemble: ensembleOptions
    .optional()
    .describe('Trains the model several times and draws from the mixture, e.g. { seeds: [0, 1, 2] }'),
});

/**
 * Reads a config with everything it extends, applies the overrides, loads its plugins and checks the whole against
 * what the plugins offer.
 * @throws UserError that lists every problem with file, line and column.
 */
export async function loadConfig(request: ConfigRequest): Promise<Config> {
  return completeConfig(await readWritten(request), request.plugins);
}

/**
 * Loads the plugins of a config that has been read, checks it against what they offer and fills its defaults in.
 * @throws UserError that lists every problem with its place; UntrustedCode for code that a run names, if it is not
 * trusted.
 */
export async function completeConfig(written: LocatedMap, builtIn: readonly Plugin[]): Promise<Config> {
  const loaded = await loadPlugins(written, builtIn);
  const plugins = [...builtIn, ...loaded.map(({ plugin }) => plugin)];
  const catalogue = new Catalogue(plugins);

  const schema = configSchema(catalogue);
  const { plugins: _, ...checked } = checkConfig(schema, written);
  const libraries = checkLibraries(interpret(schema, written).libraries);
  checkSpelledOnce(written);
  const parsed = { ...checked, training: trainingToWrite(checked) };
  const { name: title, seed, training, scaling, ensemble, startFrom, ...choices } = checked;
  const origin = (path: readonly string[]) =>
    placeOf(written, path) ?? (valueAt(parsed, path) === undefined ? undefined : 'default');
  return {
    choices: choices as Choices,
    training,
    scaling,
    seed,
    ...(ensemble && { ensemble }),
    ...(startFrom !== undefined && { startFrom }),
    ...(title === undefined ? {} : { name: title }),
    plugins,
    pluginFiles: loaded.map(({ file }) => file),
    ownCode: [...loaded.filter(({ isOwn }) => isOwn).map(({ file }) => file), ...libraries],
    catalogue,
    provenance: (path) => origin(path.split('.')),
    resolvedYaml: () => resolvedYaml({ written: plainValue(written), parsed, builtIn, loaded, origin }),
  };
}

/** Where a value was written, or the one that it was made of, as files are of a pattern. */
function placeOf(written: LocatedMap, path: readonly string[]): string | undefined {
  const found = findAt(written, path);
  if (found) return found.value.origin.place;
  const above = path.length > 1 ? findAt(written, path.slice(0, -1)) : undefined;
  return above?.value.type === 'scalar' ? above.value.origin.place : undefined;
}

/** The `training` key of a checked config, without what its roles take the place of. */
function trainingToWrite({ training, ...keys }: { readonly training: TrainingOptions }): Partial<TrainingOptions> {
  const replaced = replacedKeys(Object.keys(keys));
  return Object.fromEntries(Object.entries(training).filter(([key]) => !replaced.includes(key)));
}

/**
 * What the plugins of a config offer, whatever else is right or wrong in it.
 * @throws UserError for a config that cannot be read and plugins that cannot be loaded.
 */
export async function loadCatalogue(request: ConfigRequest): Promise<Catalogue> {
  const loaded = await loadPlugins(await readWritten(request), request.plugins);
  return new Catalogue([...request.plugins, ...loaded.map(({ plugin }) => plugin)]);
}

async function readWritten({
  config: name,
  overrides = [],
  plugins,
  base,
  trustPlugins,
}: ConfigRequest): Promise<LocatedMap> {
  const known = [...plugins, ...(await loadOverridePlugins(overrides, plugins))];
  const config = await readConfig(name, known, { trustPlugins });
  const onBase = base === undefined ? config : mergeConfigs(await readConfig(base, plugins), config);
  return overrides.reduce((written, each) => override(written, each), onBase);
}

/**
 * JSON Schema of the config files that the loaded plugins allow, for completion in editors. It asks for no key, since
 * any may come from what the config extends, and takes a null for any, since that removes what it extends.
 */
export function jsonSchema(catalogue: Catalogue): Record<string, unknown> {
  const keys: Record<string, z.ZodType> = configSchema(catalogue).shape;
  const nullable = Object.fromEntries(Object.entries(keys).map(([key, schema]) => [key, schema.nullable()]));
  return z.toJSONSchema(z.strictObject(nullable), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete jsonSchema.required;
      if (!jsonSchema.oneOf) return;
      // Without `kind` to tell them apart, options of several kinds may fit.
      jsonSchema.anyOf = jsonSchema.oneOf;
      delete jsonSchema.oneOf;
    },
  });
}

function configSchema(catalogue: Catalogue) {
  const taken = catalogue.roles.find((role) => Object.hasOwn(configKeys.shape, role));
  if (taken !== undefined) {
    throw new UserError(`invalid role "${taken}": a plugin cannot use this name, it is a key of the config`);
  }
  return z.strictObject({ ...configKeys.shape, ...catalogue.roleSchemas() });
}
