import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import { sha256 } from '@unfold-zoo/core/files';
import { CHECKSUMS_FILE } from '@unfold-zoo/core/training';
import { topologyTextOf } from '@unfold-zoo/data';
import { type ConfigOptions, readStoredConfig } from '../../configs/run-config.js';
import type { OnProgress } from '../../progress/progress.js';
import { RunLog, silentLog } from '../../run/log.js';
import { createRun, openRun } from '../../run/open-run.js';
import { Run } from '../../run/run.js';
import { RunDirectory } from '../../run/run-directory.js';
import { sourceOfRun } from '../../run/topology-copy.js';
import type { ModelOpener, OpenedModel, WeightedTraining } from './draw-for-data.js';
import { factorsOf, weightedEvents } from './weighted-events.js';

/** Opens the models of run folders. `trustPlugins`: whether plugins that the runs of others name may be loaded. */
export function modelOpener({ trustPlugins }: { readonly trustPlugins: boolean | undefined }): ModelOpener {
  const trust: ConfigOptions = trustPlugins === undefined ? {} : { trustPlugins };
  return {
    check: (folder) => new RunDirectory(folder).checkExists(),
    open: async (folder, checkpoint): Promise<OpenedModel> => {
      const run = await openRun(folder, trust);
      try {
        const model = await run.model(checkpoint);
        const { spec, scaling } = run;
        return { model, spec, scaling, rng: new Rng(run.config.seed), close: () => run.close() };
      } catch (error) {
        await run.close();
        throw error;
      }
    },
    checksum: (folder, checkpoint) => {
      const directory = new RunDirectory(folder);
      // Whoever opens the model is warned of a damaged checkpoint.
      const { path } = directory.samplingWeights(checkpoint, silentLog);
      return sha256([directory.config, join(path, CHECKSUMS_FILE)].map((file) => readFileSync(file)));
    },
    factors: async (folder, ratioAt, signal) => {
      const run = await openRun(folder, trust);
      try {
        return await factorsOf(await run.source(), ratioAt, signal);
      } finally {
        await run.close();
      }
    },
    trainAtFirst: async (folder, config, how) => {
      const isThere = existsSync(new RunDirectory(folder).config);
      const run = isThere ? await openRun(folder, trust) : await createRun(config, { ...trust, out: folder });
      await trainAndClose(run, how);
    },
    train: async (request) => trainAndClose(await weightedRun(request, trust), request),
  };
}

async function trainAndClose(
  run: Run,
  { signal, onTrained }: Pick<WeightedTraining, 'signal' | 'onTrained'>,
): Promise<void> {
  try {
    const onProgress: OnProgress = ({ done, total }) => onTrained?.(done, total);
    await run.train({ onProgress, ...(signal && { signal }) });
    signal?.throwIfAborted();
  } finally {
    await run.close();
  }
}

/** The run of a round: as the first one but for its steps, its first weights and the weights of its events. */
async function weightedRun(
  { run: first, folder, startFrom, steps, weights }: WeightedTraining,
  trust: ConfigOptions,
): Promise<Run> {
  const [base, directory] = [new RunDirectory(first), new RunDirectory(folder)];
  const set = {
    parallel: { kind: 'single' },
    ...(startFrom !== undefined && { startFrom: resolve(startFrom) }),
    ...(steps !== undefined && { 'training.steps': steps }),
  };
  const config = await readStoredConfig(base.config, { ...trust, set });
  const source = sourceOfRun(base, config, silentLog);
  if (!existsSync(directory.config)) {
    using _lock = await directory.reserve({ force: true, log: silentLog });
    const begin = { config: config.resolvedYaml(), topology: topologyTextOf(source), inputs: [] };
    await directory.create(begin, silentLog);
  }
  return new Run({ directory, config, log: new RunLog(), source: weightedEvents(source, weights) });
}
