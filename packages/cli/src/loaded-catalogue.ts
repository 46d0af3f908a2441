import type { Component } from '@unfold-zoo/core';
import { Catalogue, loadCatalogue, loadPlugin } from '@unfold-zoo/core/config';
import { baseConfig, builtInPlugins, presets } from './built-in.js';

/** What else is loaded than the built-in plugins. */
export interface PluginOptions {
  /** A config whose plugins are. */
  readonly config?: string;
  /** Packages, or paths of files, seen from the working directory. */
  readonly plugin: readonly string[];
}

/** Every component of the built-in plugins and of those that a config or the command line names. */
export async function loadedCatalogue({ config, plugin }: PluginOptions): Promise<Catalogue> {
  const request = { plugins: builtInPlugins, presets: presets(), base: baseConfig };
  const known = config === undefined ? new Catalogue(builtInPlugins) : await loadCatalogue({ ...request, config });
  const named = await Promise.all(plugin.map(async (name) => (await loadPlugin(name, process.cwd())).plugin));
  return new Catalogue([...known.plugins, ...named.filter((each) => !known.plugins.includes(each))]);
}

/** Where a component is from, unless it comes with the command line. */
export function foreignOwner(catalogue: Catalogue, component: Component): string | undefined {
  const { name, version } = catalogue.owner(component);
  return builtInPlugins.some((each) => each.name === name) ? undefined : `${name} ${version}`;
}
