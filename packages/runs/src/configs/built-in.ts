import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, type Plugin, version } from '@unfold-zoo/core';
import { corePlugin } from '@unfold-zoo/core/config';
import data from '@unfold-zoo/data';
import diagnostics from '@unfold-zoo/diagnostics';
import distributed from '@unfold-zoo/distributed';
import native from '@unfold-zoo/engine-native';
import engines from '@unfold-zoo/engines';
import measurement from '@unfold-zoo/measurement';
import metrics from '@unfold-zoo/metrics';
import baselines from '@unfold-zoo/models-baselines';
import vld from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import { generative } from '../measurement/generative/generative.js';
import { progressReporter } from './progress-reporter.js';

const runs = definePlugin(
  {
    name: '@unfold-zoo/runs',
    version,
    presets: new URL('../../presets/', import.meta.url),
    benchmarks: new URL('../../benchmarks/', import.meta.url),
  },
  [progressReporter, generative],
);

/** The plugins that a config need not list. */
export const builtInPlugins: readonly Plugin[] = [
  corePlugin,
  data,
  diagnostics,
  distributed,
  engines,
  native,
  metrics,
  measurement,
  parts,
  vld,
  baselines,
  runs,
];

/** The folder of this package. */
export const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Lies beneath every config; not a preset, since nobody needs to name it. */
export const baseConfig = join(PACKAGE, 'config/base.yaml');
