import { createOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { config, set, trustPlugins } from '../command-line/common-options.js';

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
  })
  .refine(({ config, resume }) => config !== undefined || resume !== undefined, {
    error: 'missing config: give a file or the name of a preset, or --resume <run>',
  })
  .refine((given) => given.resume === undefined || isNothingElse(given), {
    error: 'invalid --resume: it goes on with the run where it is; give it no config, --out, --from or --force',
  });

interface NewRun {
  readonly config?: string | undefined;
  readonly out?: string | undefined;
  readonly from?: string | undefined;
  readonly force: boolean;
}

function isNothingElse({ config, out, from, force }: NewRun): boolean {
  return config === undefined && out === undefined && from === undefined && !force;
}

/** `unfold train <config>` and `unfold train --resume <run>`. */
export const command = defineCommand({
  options,
  positional: ['config'],
  collective: true,
  run: async ({ config, resume, from, ...given }) => {
    const { createRun, openRun } = await import('@unfold-zoo/runs');
    const { createLog, exitCodeOf, trainRun } = await import('../terminal/index.js');
    const log = createLog();
    const rest = {
      ...given,
      set: from === undefined ? given.set : [...given.set, `startFrom=${JSON.stringify(from)}`],
    };
    const { set, trustPlugins } = rest;
    await using run =
      config === undefined
        ? await openRun(resume!, { set, trustPlugins, log })
        : await createRun(config, { ...rest, log });
    process.exitCode = exitCodeOf(await trainRun(run, log));
  },
});
