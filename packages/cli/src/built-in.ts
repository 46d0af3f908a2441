import { readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, type Plugin, version } from '@unfold-zoo/core';
import { corePlugin } from '@unfold-zoo/core/config';
import data from '@unfold-zoo/data';
import distributed from '@unfold-zoo/distributed';
import native from '@unfold-zoo/engine-native';
import engines from '@unfold-zoo/engines';
import metrics from '@unfold-zoo/metrics';
import baselines from '@unfold-zoo/models-baselines';
import vld from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import { progressReporter } from './progress.js';

const cli = definePlugin({ name: '@unfold-zoo/cli', version }, [progressReporter]);

/** The plugins that a config need not list. */
export const builtInPlugins: readonly Plugin[] = [
  corePlugin,
  data,
  distributed,
  engines,
  native,
  metrics,
  parts,
  vld,
  baselines,
  cli,
];

const HERE = dirname(fileURLToPath(import.meta.url));

/** Lies beneath every config; not a preset, since nobody needs to name it. */
export const baseConfig = join(HERE, '../config/base.yaml');

const PRESET_FOLDERS = [
  join(HERE, '../presets'),
  ...['@unfold-zoo/parts', '@unfold-zoo/models-vld', '@unfold-zoo/models-baselines'].map((name) =>
    fileURLToPath(new URL('presets', import.meta.resolve(`${name}/package.json`))),
  ),
];

/** The file of each preset that a config or the command line can name without a path. */
export function presets(): Record<string, string> {
  return yamlFiles(PRESET_FOLDERS);
}

/** The file of each benchmark that goes by a bare name. */
export function benchmarkPresets(): Record<string, string> {
  return yamlFiles([join(HERE, '../benchmarks')]);
}

function yamlFiles(folders: readonly string[]): Record<string, string> {
  const files = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  return Object.fromEntries(
    files.filter((file) => extname(file) === '.yaml').map((file) => [basename(file, '.yaml'), file]),
  );
}
