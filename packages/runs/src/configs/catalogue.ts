import { type Component, type Plugin, UserError } from '@unfold-zoo/core';
import { alternatives, Catalogue, isUntrustedCode, loadCatalogue, loadPlugin } from '@unfold-zoo/core/config';
import { type OptionRow, optionRows } from '@unfold-zoo/core/options';
import { baseConfig, builtInPlugins } from './built-in.js';

/** What else is loaded than the built-in plugins. */
export interface CatalogueOptions {
  /** A config whose plugins are: a file, or the name of a preset. */
  readonly config?: string | undefined;
  /** Names of packages, or paths of files, seen from the working directory; or plugins themselves. */
  readonly plugins?: readonly (string | Plugin)[];
  /** Whether plugins that a run from elsewhere names may be loaded; see `ConfigOptions`. */
  readonly trustPlugins?: boolean | undefined;
  /** Told of plugins of a run that are not trusted, which are then left out; without it they are refused. */
  readonly onUntrusted?: (error: UserError) => void;
}

/**
 * Every component of the built-in plugins and of those that are asked for.
 * @throws UserError for a plugin that cannot be loaded; UntrustedCode where a run names it and it is not trusted.
 * @example
 * const catalogue = await catalogueOf({ plugins: ['my-plugin'] });
 * console.log(listKinds(catalogue, 'schedule').map(({ kind }) => kind));
 */
export async function catalogueOf(options: CatalogueOptions = {}): Promise<Catalogue> {
  const { plugins = [] } = options;
  const known = await catalogueOfConfig(options);
  const others = await Promise.all(plugins.map(loaded));
  return new Catalogue([...known.plugins, ...others.filter((each) => !known.plugins.includes(each))]);
}

async function catalogueOfConfig({ config, trustPlugins, onUntrusted }: CatalogueOptions): Promise<Catalogue> {
  if (config === undefined) return new Catalogue(builtInPlugins);
  try {
    return await loadCatalogue({ config, plugins: builtInPlugins, base: baseConfig, trustPlugins });
  } catch (error) {
    if (!onUntrusted || !isUntrustedCode(error)) throw error;
    onUntrusted(error);
    return new Catalogue(builtInPlugins);
  }
}

async function loaded(plugin: string | Plugin): Promise<Plugin> {
  return typeof plugin === 'string' ? (await loadPlugin(plugin, process.cwd())).plugin : plugin;
}

/** One kind that a config can choose for a role. */
export interface KindDescription {
  readonly role: string;
  readonly kind: string;
  readonly description: string;
  readonly plugin: {
    readonly name: string;
    readonly version: string;
    /** Whether a config need not list it. */
    readonly isBuiltIn: boolean;
  };
  /** Whether the role takes a list of kinds. */
  readonly isOneOfMany: boolean;
  /** Keys of the roles and services that it needs. */
  readonly inject: readonly string[];
  readonly options: readonly OptionRow[];
}

/**
 * The kinds of a role, or of every role, in the order their plugins were loaded.
 * @throws UserError for a role that no plugin has.
 * @example
 * for (const { kind, description } of listKinds(await catalogueOf(), 'sampler')) console.log(kind, description);
 */
export function listKinds(catalogue: Catalogue, role?: string): KindDescription[] {
  if (role !== undefined && !catalogue.roles.includes(role)) {
    throw new UserError(`unknown role "${role}"${alternatives(role, 'roles', catalogue.roles)}`);
  }
  const roles = role === undefined ? catalogue.roles : [role];
  return roles.flatMap((each) => catalogue.components(each).map((one) => describe(catalogue, one)));
}

/**
 * The kinds of a name, one for each role that has it.
 * @throws UserError if no role has one.
 * @example
 * const [{ options }] = describeKind(await catalogueOf(), 'pndm');
 */
export function describeKind(catalogue: Catalogue, kind: string): KindDescription[] {
  const all = listKinds(catalogue);
  const found = all.filter((each) => each.kind === kind);
  if (found.length > 0) return found;
  const kinds = [...new Set(all.map((each) => each.kind))];
  throw new UserError(`unknown kind "${kind}"${alternatives(kind, 'kinds', kinds)}`);
}

function describe(catalogue: Catalogue, component: Component): KindDescription {
  const { name, version } = catalogue.owner(component);
  return {
    role: component.role.key,
    kind: component.kind,
    description: component.description,
    plugin: { name, version, isBuiltIn: builtInPlugins.some((each) => each.name === name) },
    isOneOfMany: component.role.cardinality === 'many',
    inject: component.inject.map(({ key }) => key),
    options: optionRows(component.options),
  };
}
