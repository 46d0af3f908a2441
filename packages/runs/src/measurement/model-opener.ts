import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import { sha256 } from '@unfold-zoo/core/files';
import { CHECKSUMS_FILE } from '@unfold-zoo/core/training';
import { silentLog } from '../run/log.js';
import { openRun } from '../run/open-run.js';
import { RunDirectory } from '../run/run-directory.js';
import type { ModelOpener, OpenedModel } from './draw-for-data.js';

/** Opens the models of run folders. `trustPlugins`: whether plugins that the runs of others name may be loaded. */
export function modelOpener({ trustPlugins }: { readonly trustPlugins: boolean | undefined }): ModelOpener {
  return {
    check: (folder) => new RunDirectory(folder).checkExists(),
    open: async (folder, checkpoint): Promise<OpenedModel> => {
      const run = await openRun(folder, trustPlugins === undefined ? {} : { trustPlugins });
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
  };
}
