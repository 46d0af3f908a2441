import { type Metric, Metric as MetricRole, Rng } from '@unfold-zoo/core';
import { Catalogue, type Choices, loadPlugin } from '@unfold-zoo/core/config';
import metricsPlugin from '../plugin.js';

/** What a thread needs to assemble the metrics of a config again, each as the calling thread has it. Plain data. */
export interface MetricAssembly {
  /** Absolute paths of the files that the config's plugins were loaded from: its `pluginFiles`. */
  readonly plugins: readonly string[];
  /** The roles of the config. Of these, metrics may ask for those of the same plugins. */
  readonly choices: Choices;
  /** Seed of the run, and the name of the stream that the metrics were assembled with. */
  readonly seed: number;
  readonly stream: string;
}

/**
 * Assembles the metrics of a config, those of this package included, in the order of the config.
 * @throws UserError for plugins that cannot be loaded, and for metrics that ask for a part of another plugin.
 */
export async function assembleMetrics({ plugins, choices, seed, stream }: MetricAssembly): Promise<readonly Metric[]> {
  const loaded = await Promise.all(plugins.map((file) => loadPlugin(file, process.cwd())));
  const catalogue = new Catalogue([metricsPlugin, ...loaded.map(({ plugin }) => plugin)]);
  return catalogue.assembleAll(MetricRole, choices, new Rng(seed).fork(stream));
}
