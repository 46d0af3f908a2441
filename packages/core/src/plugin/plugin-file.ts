import { fileURLToPath } from 'node:url';
import type { Plugin } from './plugin.js';

const loadedFrom = new WeakMap<Plugin, string>();

/** Notes the file that a plugin was loaded from. */
export function rememberPluginFile(plugin: Plugin, file: string): void {
  loadedFrom.set(plugin, file);
}

/**
 * Absolute path of the file whose default export a plugin is, from which a thread or another process loads it too;
 * undefined for a plugin that was not loaded from a file and has no `url`.
 */
export function pluginFile(plugin: Plugin): string | undefined {
  return loadedFrom.get(plugin) ?? (plugin.url === undefined ? undefined : fileURLToPath(plugin.url));
}
