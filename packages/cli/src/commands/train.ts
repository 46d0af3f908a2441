import { createOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { config, jsonEvents, set, trustPlugins } from '../command-line/common-options.js';

const options = z
  .strictObject({
    config: config.optional(),
    out: createOptions.shape.out.meta({ short: 'o' }),
    set: set('the config'),
    resume: z
      .string()
      .optional()
      .describe('go on with a run from its latest checkpoint, with the settings that its config and --set have now')
      .meta({ placeholder: 'run' }),
    from: z
      .string()
      .optional()
      .describe('start from the weights of another run, and take its scaling: startFrom of the config')
      .meta({ placeholder: 'run' }),
    force: createOptions.shape.force,
    trustPlugins,
    json: jsonEvents,
  })
  .refine(({ config, resume }) => config !== undefined || resume !== undefined, {
    error: 'missing config: give a file or the name of a preset, or --resume <run>',
  })
  .refine(({ config, resume, out, from, force }) => resume === undefined || !(given([config, out, from]) || force), {
    error: 'invalid --resume: it goes on with the run where it is; give it no config, --out, --from or --force',
  });

function given(values: readonly unknown[]): boolean {
  return values.some((value) => value !== undefined);
}

/** `unfold train <config>` and `unfold train --resume <run>`. */
export const command = defineCommand({
  options,
  positional: ['config'],
  collective: true,
  run: async ({ config, resume, from, json, ...rest }) => {
    const { createRun, openRun, runPlace } = await import('@unfold-zoo/runs');
    const { createLog, exitCodeOf, tellNext, trainRun } = await import('../terminal/index.js');
    const log = createLog({ json });
    const set = from === undefined ? rest.set : [...rest.set, `startFrom=${JSON.stringify(runPlace(from).folder)}`];
    const { trustPlugins } = rest;
    await using run =
      config === undefined
        ? await openRun(resume!, { set, trustPlugins, log })
        : await createRun(config, { ...rest, set, log });
    const outcome = await trainRun(run, log, { json });
    process.exitCode = exitCodeOf(outcome);
    const next = outcome === 'interrupted' ? ['train', '--resume', run.folder] : ['sample', run.folder];
    tellNext(log, next, { json });
  },
});
