import { basename } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { force, plugin } from '../command-line/common-options.js';
import { printMessage } from '../terminal/print.js';

function kind(description: string, defaultText = 'the first that is listed') {
  return z.string().optional().describe(description).meta({ placeholder: 'kind', defaultText });
}

/** `unfold create config <file>`: a config of the chosen parts, and the schema that an editor checks it with. */
export const command = defineCommand({
  options: z.strictObject({
    file: z.string().describe('YAML file to write'),
    model: kind('kind of the model'),
    conditionEncoder: kind('kind of the detector encoder'),
    codec: kind('kind of the codec'),
    schedule: kind('kind of the noise schedule'),
    denoiser: kind('kind of the denoising network'),
    sampler: kind('kind of the sampler'),
    data: kind('kind of the data', 'ttbar-generator'),
    plugin: plugin('a package or file that has some of them'),
    part: z
      .array(z.string().regex(/^[^=]+=./, { error: 'expected role=kind' }))
      .default([])
      .describe('a kind of any other role')
      .meta({ placeholder: 'role=kind' }),
    force,
  }),
  positional: ['file'],
  run: async ({ file, plugin: plugins, part, force, ...chosen }) => {
    const { createConfig } = await import('@unfold-zoo/runs');
    const parts = part.map((each) => each.split('=', 2) as [role: string, kind: string]);
    const kinds = { ...chosen, ...Object.fromEntries(parts) };
    const { schema, problem } = await createConfig(file, { kinds, plugins, force });
    const next = problem === undefined ? `train it with unfold run ${file}` : `before it runs, mend\n${problem}`;
    printMessage(`wrote ${file} and ${basename(schema)}; ${next}`);
  },
});
