import { Rng } from '@unfold-zoo/core';
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
  };
}
